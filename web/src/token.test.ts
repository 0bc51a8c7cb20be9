import { expect, test, vi } from 'vitest';
import { takeToken } from './token';

function take(address: string) {
  const history = { replaceState: vi.fn() };
  const token = takeToken(new URL(address) as unknown as Location, history as unknown as History);
  return { token, address: history.replaceState.mock.calls[0]?.[2] as string | undefined };
}

test('the token leaves the fragment and the address keeps nothing of it', () => {
  expect(take('https://a.example/reset-password#token=abc')).toEqual({ token: 'abc', address: '/reset-password' });
});

test('a token in the query leaves it too, and its neighbours stay', () => {
  expect(take('https://a.example/reset-password?token=abc&lang=de')).toEqual({
    token: 'abc',
    address: '/reset-password?lang=de',
  });
});

test('a token in both places leaves both; the fragment counts', () => {
  expect(take('https://a.example/r?token=old#token=new')).toEqual({ token: 'new', address: '/r' });
});

test('without a token the address is left alone', () => {
  expect(take('https://a.example/reset-password?lang=de')).toEqual({ token: '', address: undefined });
});
