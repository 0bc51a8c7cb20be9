import { expect, test } from 'vitest';
import { carried, mayComeAsCode, readCode } from './codes';
import type { Settings } from './settings';

test.each([
  ['as it is', '20471163'],
  ['spaces', ' 2047 1163\n'],
  ['hyphens and dashes', '2047-11–63'],
  ['unbreakable and invisible characters', '2047\u00a0\u200b1163\u200f'],
  ['Arabic digits', '٢٠٤٧١١٦٣'],
  ['Persian digits', '۲۰۴۷۱۱۶۳'],
  ['full-width digits', '２０４７　１１６３'],
  ['the line for browsers', '#20471163'],
])('a code with %s', (_, text) => {
  expect(readCode(text)).toBe('20471163');
});

test.each(['', 'code', ' - '])('%j has no digits', (text) => {
  expect(readCode(text)).toBe('');
});

test('a code keeps its zeros in front', () => {
  expect(readCode('0000 0001')).toBe('00000001');
});

test.each([
  ['link', null, 'email', 'link', false],
  ['link', 'email', 'email', 'link', false],
  ['link', 'sms', 'email', 'link', true],
  ['code', null, 'email', 'code', true],
  ['both', null, 'email', 'both', true],
  ['link', null, 'sms', 'code', true],
  ['link', 'email', 'whatsapp', 'code', true],
] as const)('mails with a %s, falling back to %s: by %s comes a %s', (emailStyle, fallbackChannel, channel, what, may) => {
  const config = { emailStyle, fallbackChannel } as Settings;
  expect(carried(config, channel)).toBe(what);
  expect(mayComeAsCode(config, channel)).toBe(may);
});
