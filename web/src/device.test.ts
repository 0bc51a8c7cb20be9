import { afterEach, expect, test, vi } from 'vitest';
import { Api } from './api';
import { knownDevice, rememberDevice } from './device';

afterEach(() => vi.unstubAllGlobals());

test('the latest token is kept', () => {
  const kept = new Map<string, string>();
  vi.stubGlobal('localStorage', {
    getItem: (name: string) => kept.get(name) ?? null,
    setItem: (name: string, value: string) => kept.set(name, value),
  });
  expect(knownDevice()).toBeUndefined();
  rememberDevice('first');
  rememberDevice('second');
  expect(knownDevice()).toBe('second');
  expect([...kept]).toEqual([['deviceToken', 'second']]);
});

test('without storage no device is known, and signing in goes on', () => {
  const refuse = () => {
    throw new DOMException('denied', 'SecurityError');
  };
  vi.stubGlobal('localStorage', { getItem: refuse, setItem: refuse });
  rememberDevice('token');
  expect(knownDevice()).toBeUndefined();
});

test.each([
  [undefined, '{"email":"a@example.com","password":"p"}'],
  ['d', '{"email":"a@example.com","password":"p","deviceToken":"d"}'],
])('sign-in sends the token %s', async (token, body) => {
  const fetch = vi.fn(async () => new Response('{}'));
  vi.stubGlobal('fetch', fetch);
  await new Api('').signIn('a@example.com', 'p', token);
  expect(fetch).toHaveBeenCalledExactlyOnceWith('/auth/sign-in', expect.objectContaining({ body }));
});
