/** The published password policy as rules that can be told and checked while somebody types. */
import type { PasswordPolicy } from './api';
import type { Key } from './words';

export interface Rule {
  key: Extract<Key, `rules.${string}`>;
  n?: number;
  /** null: only the server can tell. */
  met: boolean | null;
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
    { key: 'rules.guessable', met: null },
    policy.history === 1 && { key: 'rules.history', met: null },
    policy.history > 1 && { key: 'rules.histories', n: policy.history, met: null },
  ];
  return rules.filter((rule) => rule !== false);
}

/** Whether nothing that can be checked here stands against the password. */
export function admits(policy: PasswordPolicy, password: string): boolean {
  return checkRules(policy, password).every((rule) => rule.met !== false);
}
