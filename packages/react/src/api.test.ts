import { afterEach, expect, test, vi } from 'vitest';
import { Api } from './api';

afterEach(() => vi.unstubAllGlobals());

const REQUEST = { token: 't', newPassword: 'p' };

function answering(...answers: (Response | Error)[]) {
  vi.stubGlobal('fetch', async () => {
    const answer = answers.shift();
    if (answer instanceof Response) return answer;
    throw answer ?? new Error('one request too many');
  });
}

function problem(status: number, code: string) {
  return new Response(JSON.stringify({ code }), { status });
}

test.each([
  ['done', new Response('{"message":""}'), true, 'changed'],
  ['refused', problem(400, 'weak_password'), true, 'not changed'],
  ['limited', problem(429, 'rate_limited'), true, 'not changed'],
  ['unavailable', problem(503, 'unavailable'), true, 'unknown'],
  ['unavailable before anything was changed', new Response('{"code":"unavailable","outcome":"unchanged"}', { status: 503 }), true, 'not changed'],
  ['lost', new TypeError('Failed to fetch'), true, 'unknown'],
  ['not sent', new TypeError('Failed to fetch'), false, 'not changed'],
  ['answered by a page', new Response('<html>'), false, 'unknown'],
])('a change that is %s', async (_, response, onLine, outcome) => {
  answering(response);
  vi.stubGlobal('navigator', { onLine });
  const api = new Api('');
  await api.resetPassword(REQUEST);
  expect(api.outcome).toBe(outcome);
});

test('after an answer that was lost, a refusal leaves it open what became of the first attempt', async () => {
  const api = new Api('');
  answering(new TypeError('Failed to fetch'), problem(400, 'invalid_token'));
  await api.resetPassword(REQUEST);
  await api.resetPassword(REQUEST);
  expect(api.outcome).toBe('unknown');
});

test('a page asks once: its button is there for more', async () => {
  answering(new TypeError('Failed to fetch'));
  expect(await new Api('').passwordPolicy()).toEqual({ ok: false, problem: { code: 'unreachable', mayHaveArrived: true } });
});
