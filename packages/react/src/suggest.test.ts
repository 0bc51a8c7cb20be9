import { expect, test } from 'vitest';
import { CLASSIC, POLICY } from './policies.fixture';
import { admits } from './rules';
import * as rules from './rules';
import { suggestPassword } from './suggest';

test.each([
  ['the default policy', POLICY, 18],
  ['the classic policy', CLASSIC, 18],
  ['a short maximum', { ...CLASSIC, maxLength: 10 }, 10],
  ['a long minimum', { ...POLICY, minLength: 64 }, 64],
])('every suggestion meets %s', (_, policy, length) => {
  for (let i = 0; i < 200; i += 1) {
    const password = suggestPassword(policy, rules);
    expect(password).toHaveLength(length);
    expect(admits(policy, password)).toBe(true);
    expect(password).not.toMatch(/[0O1lI]/);
  }
});

test('bytes beyond the last whole round are drawn again, so every character is equally likely', () => {
  const bytes = Array.from({ length: 256 }, (_, i) => 255 - i);
  const counts = new Map<string, number>();
  let at = 0;
  const cycle = (array: Uint8Array) => {
    array[0] = bytes[at % 256]!;
    at += 1;
  };
  const drawn = Array.from({ length: 14 }, () => suggestPassword({ ...POLICY, minLength: 64 }, rules, cycle)).join('');
  for (const character of drawn) counts.set(character, (counts.get(character) ?? 0) + 1);
  expect(new Set(counts.values())).toEqual(new Set([14 * 64 / 56]));
});

test('no two suggestions are the same', () => {
  expect(new Set(Array.from({ length: 1000 }, () => suggestPassword(POLICY, rules))).size).toBe(1000);
});
