import { expect, test } from 'vitest';
import { addressError, cleanAddress } from './addresses';

test.each([
  ['spaces around', '  name@example.com \u00a0'],
  ['a full-width space', '\u3000name@example.com\u3000'],
  ['a zero-width space', 'name\u200b@example.com'],
  ['a byte order mark', '\ufeffname@example.com'],
  ['marks of direction', '\u202aname@example.com\u202c\u200e'],
  ['isolates', '\u2068name@example.com\u2069'],
  ['a soft hyphen', 'na\u00adme@example.com'],
  ['a word joiner', 'name@\u2060example.com'],
  ['a line break', 'name@example.com\r\n'],
  ['a variation selector', 'name@example.com\ufe0f'],
  ['the full-width sign', 'name＠example.com'],
  ['full width throughout', 'ｎａｍｅ＠ｅｘａｍｐｌｅ．ｃｏｍ'],
  ['an ideographic full stop', 'name@example。com'],
])('%s', (_, text) => {
  expect(cleanAddress(text)).toBe('name@example.com');
});

test.each(['Name.O’x@BÜCHER.example', 'cafe\u0301@example.com', 'name @example.com'])('%s stays as it is', (text) => {
  expect(cleanAddress(text)).toBe(text);
});

test.each([
  ['', 'email.missing'],
  ['name', 'email.malformed'],
  ['a@b@c', 'email.malformed'],
  ['name @example.com', 'email.malformed'],
  ['müller@example.com', 'email.unreachable'],
  ['mu\u0308ller@example.com', 'email.unreachable'],
  ['name@bücher.example', null],
  ['name@BU\u0308CHER.example', null],
  ['name@STRAẞE.example', null],
  ["o'x+y@example.com", null],
])('%s: %s', (address, error) => {
  expect(addressError(address)).toBe(error);
});
