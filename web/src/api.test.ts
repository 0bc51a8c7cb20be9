import { afterEach, expect, test, vi } from 'vitest';
import { Api } from './api';

afterEach(() => vi.unstubAllGlobals());

function answering(response: Response | Error) {
  const fetch = vi.fn(async () => {
    if (response instanceof Error) throw response;
    return response;
  });
  vi.stubGlobal('fetch', fetch);
  return fetch;
}

function problem(status: number, code: string, headers: Record<string, string> = {}, errors?: object[]) {
  return new Response(JSON.stringify({ code, errors }), { status, headers });
}

test('a request carries what the endpoint takes, and nothing that could name the person', async () => {
  const fetch = answering(new Response('{"message":"","flow":""}'));
  await new Api('https://api.example.com').forgotPassword('a@example.com', 'de', 'email');
  expect(fetch).toHaveBeenCalledExactlyOnceWith(
    'https://api.example.com/auth/forgot-password',
    expect.objectContaining({
      method: 'POST',
      body: '{"email":"a@example.com","locale":"de"}',
      credentials: 'omit',
      referrerPolicy: 'no-referrer',
      cache: 'no-store',
    }),
  );
});

test('a channel other than mail is named', async () => {
  const fetch = answering(new Response('{"message":"","flow":""}'));
  await new Api('').forgotPassword('a@example.com', 'de', 'sms');
  expect(fetch).toHaveBeenCalledExactlyOnceWith(
    '/auth/forgot-password',
    expect.objectContaining({ body: '{"email":"a@example.com","locale":"de","channel":"sms"}' }),
  );
});

test.each([
  ['with a time', problem(429, 'rate_limited', { 'Retry-After': '3541' }), { kind: 'rate_limited', retryAfter: 3541 }],
  ['without one', new Response('{"message":null}', { status: 429 }), { kind: 'rate_limited', retryAfter: 30 }],
  ['unavailable', problem(503, 'unavailable', { 'Retry-After': '5' }), { kind: 'unavailable', retryAfter: 5 }],
  ['a firewall', new Response('<html>', { status: 403 }), { kind: 'unavailable', retryAfter: 30 }],
  ['a used token', problem(400, 'invalid_token'), { kind: 'invalid_token' }],
  ['a wrong code', problem(400, 'invalid_code'), { kind: 'invalid_code' }],
  [
    'a refused password',
    problem(400, 'weak_password', {}, [{ field: 'newPassword', code: 'common', message: '' }]),
    { kind: 'weak_password', codes: ['common'] },
  ],
  ['no network', new TypeError('Failed to fetch'), { kind: 'offline' }],
  ['a page instead of an answer', new Response('<html>'), { kind: 'offline' }],
])('%s', async (_, response, failure) => {
  answering(response);
  vi.stubGlobal('navigator', { onLine: true });
  expect(await new Api('').resetPassword('t', 'p')).toEqual({ ok: false, failure });
});

test.each([
  ['done', new Response('{"message":""}'), true, 'changed'],
  ['refused', problem(400, 'weak_password'), true, 'not changed'],
  ['limited', problem(429, 'rate_limited'), true, 'not changed'],
  ['unavailable', problem(503, 'unavailable'), true, 'unknown'],
  ['lost', new TypeError('Failed to fetch'), true, 'unknown'],
  ['not sent', new TypeError('Failed to fetch'), false, 'not changed'],
])('a change that is %s', async (_, response, onLine, outcome) => {
  answering(response);
  vi.stubGlobal('navigator', { onLine });
  const api = new Api('');
  await api.resetPassword('t', 'p');
  expect(api.outcome).toBe(outcome);
});

test('after an answer that was lost, a refusal leaves it open what became of the first attempt', async () => {
  vi.stubGlobal('navigator', { onLine: true });
  const api = new Api('');
  answering(new TypeError('Failed to fetch'));
  await api.resetPassword('t', 'p');
  answering(problem(400, 'invalid_token'));
  await api.resetPassword('t', 'p');
  expect(api.outcome).toBe('unknown');
});

test('a browser without AbortSignal.timeout waits as long, and no longer', async () => {
  vi.useFakeTimers();
  vi.stubGlobal('AbortSignal', { ...AbortSignal, timeout: undefined });
  vi.stubGlobal('fetch', (_: string, { signal }: { signal: AbortSignal }) => new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error));
  }));
  const result = new Api('').passwordPolicy();
  await vi.advanceTimersByTimeAsync(34_000);
  let settled = false;
  void result.then(() => (settled = true));
  await vi.advanceTimersByTimeAsync(500);
  expect(settled).toBe(false);
  await vi.advanceTimersByTimeAsync(1000);
  expect(await result).toEqual({ ok: false, failure: { kind: 'offline' } });
  vi.useRealTimers();
});
