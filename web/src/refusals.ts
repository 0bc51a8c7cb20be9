/** Reasons against a password, the server's by their stable codes, in the reader's language. */
import type { PasswordPolicy } from './api';
import type { Key, Words } from './words';

type Refusal = Extract<Key, `refused.${string}`>;

/** Kept as a key, so that it is told anew when the language changes. */
export type Reason = Refusal | 'reset.missing' | 'reset.rulesBroken';

const CODES: Record<Exclude<Refusal, 'refused.other'>, true> = {
  'refused.too_short': true,
  'refused.too_long': true,
  'refused.nul': true,
  'refused.common': true,
  'refused.context': true,
  'refused.same_as_current': true,
  'refused.reused': true,
  'refused.missing_upper': true,
  'refused.missing_lower': true,
  'refused.missing_digit': true,
  'refused.missing_symbol': true,
  'refused.breached': true,
};

/** A code that is not known is a refusal all the same. */
export function refusal(code: string): Refusal {
  const key = `refused.${code}`;
  return Object.hasOwn(CODES, key) ? (key as Refusal) : 'refused.other';
}

export function tell(words: Words, policy: PasswordPolicy, reason: Reason): string {
  return reason === 'refused.too_short'
    ? words.say(reason, { n: words.number(policy.minLength) })
    : words.say(reason);
}
