/** The published password policy as rules that can be told and checked while somebody types. */
import type { PasswordPolicy } from './api';
import type { Key } from './words';

/** Symbols that every policy that lists its own is likely to admit. */
export const SYMBOLS = '@$!%*?&';

export interface Rule {
  key: Extract<Key, `rules.${string}`>;
  n?: number;
  /** null: only the server can tell. */
  met: boolean | null;
}

/** The server's codes against a password, and the rule that each is about. */
export const BROKEN_BY = {
  too_short: 'rules.minLength',
  too_long: 'rules.maxLength',
  nul: 'rules.control',
  common: 'rules.guessable',
  context: 'rules.guessable',
  same_as_current: 'rules.history',
  reused: 'rules.history',
  missing_upper: 'rules.upper',
  missing_lower: 'rules.lower',
  missing_digit: 'rules.digit',
  missing_symbol: 'rules.symbol',
  breached: 'rules.breached',
  repetitive: 'rules.pattern',
  control_characters: 'rules.control',
} as const;

/** Rules that are listed only while they are broken. */
const UNLISTED = ['rules.pattern', 'rules.control', 'rules.breached'] as const;

/** Returns the rules with those marked that the server's codes say are broken. */
export function markRefused(rules: Rule[], codes: readonly string[]): Rule[] {
  const broken = new Set<string | undefined>(codes.map((code) => (BROKEN_BY as Record<string, string>)[code]));
  const isBroken = ({ key }: Rule) => broken.has(key) || (key === 'rules.histories' && broken.has('rules.history'));
  const marked = rules.map((rule) => (isBroken(rule) ? { ...rule, met: false } : rule));
  const unlisted = UNLISTED.filter((key) => broken.has(key) && !rules.some((rule) => rule.key === key));
  return [...marked, ...unlisted.map((key) => ({ key, met: false }))];
}

/** Counted as the server counts: code points after NFC, bytes of UTF-8. */
export function checkRules(policy: PasswordPolicy, password: string): Rule[] {
  const text = password.normalize('NFC');
  const length = [...text].length;
  const fits = new TextEncoder().encode(text).length <= policy.maxBytes;
  const rules: (Rule | false)[] = [
    { key: 'rules.minLength', n: policy.minLength, met: length >= policy.minLength },
    policy.maxLength !== null && { key: 'rules.maxLength', n: policy.maxLength, met: length <= policy.maxLength && length > 0 },
    // Nobody types that much by accident: the limit is worth a line only to whoever reaches it.
    !fits && { key: 'rules.maxBytes', n: policy.maxBytes, met: false },
    policy.requireUppercase && { key: 'rules.upper', met: /\p{Uppercase}/u.test(text) },
    policy.requireLowercase && { key: 'rules.lower', met: /\p{Lowercase}/u.test(text) },
    policy.requireDigit && { key: 'rules.digit', met: /\p{Nd}/u.test(text) },
    policy.requireSymbol && { key: 'rules.symbol', met: /[^\p{L}\p{N}\s]/u.test(text) },
    /\p{Cc}/u.test(text) && { key: 'rules.control', met: false },
    length > 1 && new Set(text).size === 1 && { key: 'rules.pattern', met: false },
    { key: 'rules.guessable', met: null },
    policy.history === 1 && { key: 'rules.history', met: null },
    policy.history > 1 && { key: 'rules.histories', n: policy.history, met: null },
    policy.breachCheck && { key: 'rules.breached', met: null },
  ];
  return rules.filter((rule) => rule !== false);
}

/** Returns Apple's description of the policy, by which password managers make passwords that it admits. */
export function passwordRules(policy: PasswordPolicy): string {
  const { minLength, maxLength, maxBytes } = policy;
  const required = [
    policy.requireUppercase && 'upper',
    policy.requireLowercase && 'lower',
    policy.requireDigit && 'digit',
    policy.requireSymbol && `[${SYMBOLS}]`,
  ].filter((name) => name !== false);
  const parts = [`minlength: ${minLength}`, `maxlength: ${maxLength ?? maxBytes}`, ...required.map((name) => `required: ${name}`)];
  // What is not required is allowed all the same.
  return `${[...parts, `allowed: upper, lower, digit, [${SYMBOLS}]`].join('; ')};`;
}

/** Whether nothing that can be checked here stands against the password. */
export function admits(policy: PasswordPolicy, password: string): boolean {
  return checkRules(policy, password).every((rule) => rule.met !== false);
}
