import { canSignIn } from '@example/password-reset-react/settings';
import { expect, test } from 'vitest';
import type { Config } from './config';
import { pageAt } from './links';

test.each([
  ['/', 'forgot-password'],
  ['/forgot-password', 'forgot-password'],
  ['/account/reset-password', 'reset-password'],
  ['/reset-password/', 'reset-password'],
  ['//reset-password//', 'reset-password'],
  ['/sign-in', 'sign-in'],
])('%s is %s', (path, page) => {
  expect(pageAt(path)).toBe(page);
});

test.each([
  [null, null, false, false],
  ['https://app.example.com/', null, false, true],
  [null, '/session', false, true],
  [null, null, true, true],
])('with the address %s, the form %s and sessions %s there is somewhere to sign in: %s', (signInUrl, signInAction, sessions, can) => {
  expect(canSignIn({ signInUrl, signInAction, sessions } as Config)).toBe(can);
});
