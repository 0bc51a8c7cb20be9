import { afterEach, expect, test, vi } from 'vitest';
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
