import { expect, test } from 'vitest';
import type { PasswordPolicy } from './api';
import { CLASSIC, POLICY } from './policies.fixture';
import { admits, checkRules } from './rules';

test.each([
  ['7 letters', 'abcdefg', false],
  ['8 letters', 'abcdefgh', true],
  ['8 emoji of two UTF-16 units each', '🦦🦦🦦🦦🦦🦦🦦🦦', true],
  ['7 emoji', '🦦🦦🦦🦦🦦🦦🦦', false],
  ['letters whose accents are apart, 4 after NFC', 'e\u0301e\u0301e\u0301e\u0301', false],
  ['72 bytes', 'x'.repeat(72), true],
  ['73 bytes', 'x'.repeat(73), false],
  ['36 two-byte letters and one more', `${'é'.repeat(36)}x`, false],
])('%s', (_, password, admitted) => {
  expect(admits(POLICY, password)).toBe(admitted);
});

test.each([
  ['abcdefgh', ['rules.upper', 'rules.digit', 'rules.symbol']],
  ['ABCDEFG1', ['rules.lower', 'rules.symbol']],
  ['Abcdef 1', ['rules.symbol']],
  ['Ábcdef٣!', []],
  ['Abcdef1!Abcdef1!Abcde', ['rules.maxLength']],
])('the classic policy on %s', (password, broken) => {
  const rules = checkRules(CLASSIC, password);
  expect(rules.filter((rule) => rule.met === false).map((rule) => rule.key)).toEqual(broken);
});

test('what only the server can tell is neither met nor broken', () => {
  const open = (policy: PasswordPolicy) =>
    checkRules(policy, 'abcdefgh').flatMap((rule) => (rule.met === null ? [rule.key] : []));
  expect(open(POLICY)).toEqual(['rules.guessable', 'rules.history']);
  expect(open({ ...POLICY, history: 0 })).toEqual(['rules.guessable']);
  expect(open({ ...POLICY, history: 3 })).toEqual(['rules.guessable', 'rules.histories']);
});
