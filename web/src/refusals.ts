/** The server's reasons against a password, by their stable codes, in the reader's language. */
import type { PasswordPolicy } from './api';
import type { Key, Words } from './words';

type Code = Extract<Key, `refused.${string}`> extends `refused.${infer Code}` ? Exclude<Code, 'other'> : never;

const CODES: Record<Code, true> = {
  too_short: true,
  too_long: true,
  nul: true,
  common: true,
  context: true,
  same_as_current: true,
  reused: true,
  missing_upper: true,
  missing_lower: true,
  missing_digit: true,
  missing_symbol: true,
  breached: true,
};

export function refusal(words: Words, policy: PasswordPolicy, code: string): string {
  if (code === 'too_short') return words.say('refused.too_short', { n: words.number(policy.minLength) });
  return words.say(isKnown(code) ? `refused.${code}` : 'refused.other');
}

function isKnown(code: string): code is Exclude<Code, 'too_short'> {
  return Object.hasOwn(CODES, code);
}
