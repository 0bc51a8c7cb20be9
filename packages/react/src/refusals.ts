/** Reasons against a password, the server's by their stable codes, in the reader's language. */
import type { PasswordPolicy } from './api';
import { BROKEN_BY } from './rules';
import type { Rule } from './rules';
import type { Key, Words } from './words';

const CODES = new Set(Object.keys(BROKEN_BY));

type Refusal = Extract<Key, `refused.${string}`>;

/** Kept as a key, so that it is told anew when the language changes. */
export type Reason = Refusal | 'reset.missing' | 'reset.rulesBroken';

/** A code that is not known is a refusal all the same. */
export function refusal(code: string): Refusal {
  return CODES.has(code) ? `refused.${code as keyof typeof BROKEN_BY}` : 'refused.other';
}

/** Returns the text of a reason, or of a rule. */
export function tell(words: Words, policy: PasswordPolicy, what: Reason | Rule): string {
  if (typeof what === 'object') return words.say(what.key as 'rules.minLength', { n: words.number(what.n ?? 0) });
  return what === 'refused.too_short' ? words.say(what, { n: words.number(policy.minLength) }) : words.say(what);
}
