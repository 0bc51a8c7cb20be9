import { expect, test } from 'vitest';
import type { PasswordPolicy } from './api';
import { CLASSIC, POLICY } from './policies.fixture';
import { admits, checkRules, markRefused, passwordRules } from './rules';

test.each([
  ['7 letters', 'abcdefg', false],
  ['8 letters', 'abcdefgh', true],
  ['8 emoji of two UTF-16 units each', '🦦🦦🦦🦦🦦🦦🦦🐟', true],
  ['7 emoji', '🦦🦦🦦🦦🦦🦦🦦', false],
  ['letters whose accents are apart, 4 after NFC', 'e\u0301e\u0301e\u0301e\u0301', false],
  ['72 bytes', 'xy'.repeat(36), true],
  ['73 bytes', `${'xy'.repeat(36)}x`, false],
  ['36 two-byte letters and one more', `${'é'.repeat(36)}x`, false],
])('%s', (_, password, admitted) => {
  expect(admits(POLICY, password)).toBe(admitted);
});

test.each([
  ['one character throughout', 'aaaaaaaaaa', 'rules.pattern'],
  ['one emoji throughout', '🦦🦦🦦🦦🦦🦦🦦🦦', 'rules.pattern'],
  ['a line break', 'purple\notters', 'rules.control'],
  ['a tab', 'purple\totters', 'rules.control'],
  ['NUL', 'purple\0otters', 'rules.control'],
  ['a control character of the upper half', 'purple\u0085otters', 'rules.control'],
])('%s is told before anything is sent', (_, password, key) => {
  expect(checkRules(POLICY, password).filter((rule) => rule.met === false).map((rule) => rule.key)).toEqual([key]);
  expect(admits(POLICY, password)).toBe(false);
});

test.each(['purple\u00a0otters', 'pur\u200dple otters', 'abababab'])('%j is left to the server', (password) => {
  expect(admits(POLICY, password)).toBe(true);
});

test.each([
  [POLICY, 'minlength: 8; maxlength: 72; allowed: upper, lower, digit, [@$!%*?&];'],
  [
    CLASSIC,
    'minlength: 8; maxlength: 20; required: upper; required: lower; required: digit; required: [@$!%*?&]; ' +
      'allowed: upper, lower, digit, [@$!%*?&];',
  ],
])('what password managers are told', (policy, rules) => {
  expect(passwordRules(policy)).toBe(rules);
});

test.each([
  [POLICY, 'common', 'rules.guessable'],
  [POLICY, 'context', 'rules.guessable'],
  [POLICY, 'same_as_current', 'rules.history'],
  [{ ...POLICY, history: 3 }, 'same_as_current', 'rules.histories'],
  [{ ...POLICY, history: 3 }, 'reused', 'rules.histories'],
  [{ ...POLICY, breachCheck: true }, 'breached', 'rules.breached'],
  [POLICY, 'breached', 'rules.breached'],
  [POLICY, 'repetitive', 'rules.pattern'],
  [POLICY, 'control_characters', 'rules.control'],
  [POLICY, 'nul', 'rules.control'],
  [CLASSIC, 'missing_symbol', 'rules.symbol'],
  [CLASSIC, 'too_long', 'rules.maxLength'],
])('a refusal marks its rule', (policy, code, key) => {
  const marked = markRefused(checkRules(policy, 'Otters 7!'), [code]);
  expect(marked.filter((rule) => rule.met === false).map((rule) => rule.key)).toEqual([key]);
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
