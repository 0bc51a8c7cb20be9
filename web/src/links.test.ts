import { expect, test } from 'vitest';
import { pageAt } from './links';

test.each([
  ['/', 'forgot-password'],
  ['/forgot-password', 'forgot-password'],
  ['/account/reset-password', 'reset-password'],
  ['/sign-in', 'sign-in'],
])('%s is %s', (path, page) => {
  expect(pageAt(path)).toBe(page);
});
