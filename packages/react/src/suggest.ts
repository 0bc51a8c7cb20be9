/** Passwords that nobody has to think up. */
import type { PasswordPolicy } from './api';

/** The rules that the page has already: this module comes alone, when somebody wants a suggestion. */
type Rules = Pick<typeof import('./rules'), 'admits' | 'SYMBOLS'>;

/** Letters and digits that no font confuses; 18 of them are worth 104 bits. */
const LETTERS = 'abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789';
const LENGTH = 18;

/** Returns a password drawn evenly from all those of its length and alphabet that the policy admits. */
export function suggestPassword(
  policy: PasswordPolicy,
  { admits, SYMBOLS }: Rules,
  random: (array: Uint8Array) => void = fill,
): string {
  const alphabet = policy.requireSymbol ? LETTERS + SYMBOLS : LETTERS;
  const length = Math.min(Math.max(LENGTH, policy.minLength), policy.maxLength ?? policy.maxBytes);
  for (;;) {
    const password = Array.from({ length }, () => pick(alphabet, random)).join('');
    if (admits(policy, password)) return password;
  }
}

/** Draws again above the largest multiple of the alphabet's size: a remainder would favour its first characters. */
function pick(alphabet: string, random: (array: Uint8Array) => void): string {
  const byte = new Uint8Array(1);
  const limit = 256 - (256 % alphabet.length);
  do random(byte);
  while (byte[0]! >= limit);
  return alphabet[byte[0]! % alphabet.length]!;
}

function fill(array: Uint8Array): void {
  crypto.getRandomValues(array as Uint8Array<ArrayBuffer>);
}
