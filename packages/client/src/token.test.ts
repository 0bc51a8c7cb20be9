import { expect, test, vi } from 'vitest';
import { takeToken } from './token.js';

const TOKEN = '3Dab-_7Z'.repeat(6).slice(0, 43);
const OTHER = 'abcXYZ-_09'.repeat(5).slice(0, 43);
const PAGE = 'https://a.example/reset-password';

function take(address: string) {
  const history = { replaceState: vi.fn(), state: { step: 'done' } };
  const token = takeToken(new URL(address) as unknown as Location, history as unknown as History);
  const [state, , cleaned] = (history.replaceState.mock.calls[0] ?? []) as [unknown, unknown, string | undefined];
  return { token, state, address: cleaned };
}

test.each([TOKEN, OTHER].flatMap((token) => [
  [`#token=${token}`, token],
  [`?lang=de#token=${token}`, token],
  [`#token=${token}.`, token],
  [`#token=${token})`, token],
  [`#token=${token}>`, token],
  [`#token=${token}%3E`, token],
  [`#token=${token}%20`, token],
  [`#token=${token}%22%20target`, token],
  [`#token=${token.slice(0, 20)}%20${token.slice(20)}`, token],
  [`#token=${token.slice(0, 20)}%0D%0A%20${token.slice(20)}`, token],
  [`#token=${token.slice(0, 20)}=%0A${token.slice(20)}`, token],
  [`#token=${token.slice(0, 20)}%E2%80%8B${token.slice(20)}`, token],
  [`#token= ${token}`, token],
  [`#token=3D${token}`, token],
  [`#token=%3D${token}`, token],
  [`#token%3D${token}`, token],
  [`#token%253D${token}`, token],
  [`#token:${token}`, token],
  [`##token=${token}`, token],
  [`#/token=${token}`, token],
  [`#!/token=${token}`, token],
  [`#TOKEN=${token}`, token],
  [`#Token=${token}`, token],
  [`#%23token=${token}`, token],
  [`%23token=${token}`, token],
  [`%23token%3D${token}.`, token],
  [`?lang=de%23token=${token}`, token],
  [`#token=${token}?utm_source=x`, token],
  [`#token=${token}&utm_source=x`, token],
  [`#token=${token}#top`, token],
  [`#utm_source=x&token=${token}`, token],
  [`#token=${token}%`, token],
  [`#token=${token}%E4`, token],
  [`#${token}`, token],
  [`?token=${token}`, token],
  [`?TOKEN=3D${token}&lang=de`, token],
  [`?lang=de&amp;token=${token}`, token],
]))('%s', (rest, token) => {
  const taken = take(PAGE + rest);
  expect(taken.token).toBe(token);
  expect([PAGE, `${PAGE}?lang=de`]).toContain(taken.address);
  expect(taken.state).toBe(null);
});

test.each([
  ['/reset-password/#token=', '/reset-password'],
  ['//reset-password#token=', '/reset-password'],
  ['/account//reset-password//#token=', '/account/reset-password'],
  ['/#token=', '/'],
])('the path %s is put right on the way', (path, right) => {
  expect(take(`https://a.example${path}${TOKEN}`)).toEqual({ token: TOKEN, state: null, address: `https://a.example${right}` });
});

test('neighbours of a token in the query stay; one of two places counts, the fragment', () => {
  const { token, address } = take(`${PAGE}?token=${OTHER}&lang=de&x=1#token=${TOKEN}`);
  expect([token, address]).toEqual([TOKEN, `${PAGE}?lang=de&x=1`]);
});

test.each(['#token=', '#tok', '#=', '#'])('%s has none, and leaves the address all the same', (rest) => {
  expect(take(PAGE + rest)).toEqual({ token: '', state: { step: 'done' }, address: PAGE });
});

test('half a token is one, for the page to say that it is not complete', () => {
  expect(take(`${PAGE}#token=abc`)).toEqual({ token: 'abc', state: null, address: PAGE });
});

test('without a token the address is left alone', () => {
  expect(take(`${PAGE}?lang=de`)).toEqual({ token: '', state: undefined, address: undefined });
});
