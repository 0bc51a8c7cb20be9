import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Client, type Problem } from './index.js';

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const LOST = new TypeError('Failed to fetch');
const REFUSED = new TypeError('fetch failed', { cause: { code: 'ECONNREFUSED' } });
const NOWHERE = new TypeError('fetch failed', { cause: { code: 'ECONNREFUSED', errors: [{ code: 'ECONNREFUSED' }, { code: 'ENETUNREACH' }] } });
const HALF = new TypeError('fetch failed', { cause: { code: 'ECONNREFUSED', errors: [{ code: 'ECONNREFUSED' }, { code: 'ECONNRESET' }] } });
const RESET = new TypeError('fetch failed', { cause: { code: 'ECONNRESET' } });

type Answer = Error | [status: number, body: unknown, headers?: Record<string, string>];

/** A client whose requests are answered in turn, and where they went. */
function answering(...answers: Answer[]) {
  const sent: string[] = [];
  const fetch = vi.fn(async (url: RequestInfo | URL, options?: RequestInit) => {
    sent.push(`${String(url)} ${String(options?.body ?? '')}`.trim());
    const answer = answers.shift();
    if (!answer || answer instanceof Error) throw answer ?? new Error('one request too many');
    const [status, body, headers = {}] = answer;
    return new Response(status === 204 ? null : typeof body === 'string' ? body : JSON.stringify(body), { status, headers });
  });
  return { sent, fetch, client: new Client({ baseUrl: 'https://api.example.com', fetch }) };
}

/** Lets pauses pass without waiting for them. */
async function settled<Value>(call: Promise<Value>): Promise<Value> {
  await vi.runAllTimersAsync();
  return call;
}

const BUSY: Answer = [503, { code: 'unavailable' }, { 'Retry-After': '1' }];
const DONE: Answer = [200, { message: 'done' }];

/** Every method with a body: what it sends, and whether the client may send it twice. */
const CALLS: [string, boolean, (client: Client) => Promise<unknown>][] = [
  ['forgot-password {"email":"a@example.com"}', false, (client) => client.forgotPassword({ email: 'a@example.com' })],
  ['challenge?difficulty=2', true, (client) => client.challenge(2)],
  ['verify-reset-token {"token":"t"}', true, (client) => client.verifyResetToken({ token: 't' })],
  ['verify-reset-code {"flow":"f","code":"c"}', false, (client) => client.verifyResetCode({ flow: 'f', code: 'c' })],
  ['verify-reset-factor {"token":"t","kind":"totp","value":"1"}', false, (client) => client.verifyResetFactor({ token: 't', kind: 'totp', value: '1' })],
  ['reset-password {"token":"t","newPassword":"p"}', false, (client) => client.resetPassword({ token: 't', newPassword: 'p' })],
  ['report-change {"token":"t","email":"a@example.com"}', true, (client) => client.reportChange({ token: 't', email: 'a@example.com' })],
  ['password-policy', true, (client) => client.passwordPolicy()],
  ['sign-in {"email":"a@example.com","password":"p"}', false, (client) => client.signIn({ email: 'a@example.com', password: 'p' })],
  ['sign-out {}', false, (client) => client.signOut('s')],
  ['me', true, (client) => client.me('s')],
];

test.each(CALLS)('%s: sent again after an answer that is lost or says later: %s', async (request, repeatable, call) => {
  for (const trouble of [LOST, RESET, HALF, BUSY, [429, ''], [502, '<html>']] as Answer[]) {
    const { client, sent } = answering(trouble, trouble, DONE);
    await settled(call(client));
    const times = repeatable && !(Array.isArray(trouble) && !trouble[2]) ? 3 : 1; // half a minute is too long to wait
    expect(sent).toEqual(Array(times).fill(`https://api.example.com/auth/${request}`));
  }
});

test.each(CALLS)('%s: sent again where no connection was made', async (request, _, call) => {
  for (const trouble of [REFUSED, NOWHERE]) {
    const { client, sent } = answering(trouble, trouble, DONE);
    expect(await settled(call(client))).toEqual({ ok: true, value: { message: 'done' } });
    expect(sent).toEqual(Array(3).fill(`https://api.example.com/auth/${request}`));
  }
});

test('a reset whose answer is lost is one reset, and says that it may have arrived', async () => {
  const { client, sent } = answering(LOST, DONE);
  const result = await settled(client.resetPassword({ token: 't', newPassword: 'p' }));
  expect(result).toEqual({ ok: false, problem: { code: 'unreachable', mayHaveArrived: true } });
  expect(sent).toHaveLength(1);
});

test('a reset is one reset even after a connection that was refused and one that was lost', async () => {
  const { client, sent } = answering(REFUSED, LOST, DONE);
  const result = await settled(client.resetPassword({ token: 't', newPassword: 'p' }));
  expect(result).toEqual({ ok: false, problem: { code: 'unreachable', mayHaveArrived: true } });
  expect(sent).toHaveLength(2);
});

test('what may have arrived once is not forgotten for a later attempt that did not leave', async () => {
  const { client } = answering(LOST, REFUSED, REFUSED);
  const result = await settled(client.reportChange({ token: 't', email: 'a@example.com' }));
  expect(result).toEqual({ ok: false, problem: { code: 'unreachable', mayHaveArrived: true } });
});

test.each([
  ['offline before and after', [false, false], false],
  ['lost, and offline since', [true, false], true],
  ['online again', [false, true], true],
])('a browser that is %s', async (_, states, mayHaveArrived) => {
  const onLine = states[Symbol.iterator]();
  vi.stubGlobal('navigator', { get onLine() { return onLine.next().value ?? states[1]; } });
  const { fetch } = answering(LOST);
  const client = new Client({ baseUrl: '', fetch, retries: 0 });
  expect(await client.resetPassword({ token: 't', newPassword: 'p' })).toEqual({ ok: false, problem: { code: 'unreachable', mayHaveArrived } });
});

test('an answer that breaks off has arrived, whatever the browser thinks of its network', async () => {
  vi.stubGlobal('navigator', { onLine: false });
  const { client, sent } = answering([200, '{"message"'], DONE);
  const result = await settled(client.resetPassword({ token: 't', newPassword: 'p' }));
  expect(result).toEqual({ ok: false, problem: { code: 'unreachable', mayHaveArrived: true } });
  expect(sent).toHaveLength(1);
});

test.each([
  ['1', 1000],
  ['10', 10_000],
  ['0', 250],
  ['Wed, 01 Jan 2025 00:00:04 GMT', 4000],
])('Retry-After %s is waited for', async (header, milliseconds) => {
  vi.setSystemTime(new Date('2025-01-01T00:00:00Z'));
  vi.spyOn(Math, 'random').mockReturnValue(0);
  const { client, sent } = answering([503, {}, { 'Retry-After': header }], DONE);
  const result = client.passwordPolicy();
  await vi.advanceTimersByTimeAsync(milliseconds - 1);
  expect(sent).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(1);
  expect(sent).toHaveLength(2);
  expect((await result).ok).toBe(true);
});

test.each([
  ['3600', 3600],
  ['11', 11],
  ['soon', 30],
  ['-1', 30],
  ['', 30],
])('Retry-After %j is told instead', async (header, retryAfter) => {
  const { client, sent } = answering([429, { code: 'rate_limited', title: 'T' }, { 'Retry-After': header }]);
  expect(await settled(client.passwordPolicy())).toEqual({ ok: false, problem: { code: 'rate_limited', title: 'T', retryAfter } });
  expect(sent).toHaveLength(1);
});

test('twice more, and no more', async () => {
  const { client, sent } = answering(BUSY, BUSY, BUSY, DONE);
  expect(await settled(client.passwordPolicy())).toEqual({ ok: false, problem: { code: 'unavailable', retryAfter: 1, mayHaveArrived: true } });
  expect(sent).toHaveLength(3);
});

test('without retries once', async () => {
  const { fetch, sent } = answering(BUSY, DONE);
  await settled(new Client({ baseUrl: '', fetch, retries: 0 }).passwordPolicy());
  expect(sent).toEqual(['/auth/password-policy']);
});

test('a request that takes too long ends', async () => {
  const fetch = vi.fn((_: unknown, options?: RequestInit) => new Promise<Response>((__, reject) => {
    options?.signal?.addEventListener('abort', () => reject(new DOMException('', 'AbortError')));
  }));
  let result: unknown = null;
  void new Client({ baseUrl: '', fetch }).resetPassword({ token: 't', newPassword: 'p' }).then((value) => (result = value));
  await vi.advanceTimersByTimeAsync(34_999);
  expect(result).toBeNull();
  await vi.advanceTimersByTimeAsync(1);
  expect(result).toEqual({ ok: false, problem: { code: 'unreachable', mayHaveArrived: true } });
  expect(vi.getTimerCount()).toBe(0);
});

test('its caller ends a request: before it is sent, on its way, and in a pause', async () => {
  const early = answering(DONE);
  expect(await early.client.passwordPolicy({ signal: AbortSignal.abort() })).toEqual({ ok: false, problem: { code: 'aborted', mayHaveArrived: false } });
  expect(early.sent).toEqual([]);

  const ending = new AbortController();
  const fetch = vi.fn((_: unknown, options?: RequestInit) => new Promise<Response>((__, reject) => {
    options?.signal?.addEventListener('abort', () => reject(new DOMException('', 'AbortError')));
  }));
  const underway = new Client({ baseUrl: '', fetch }).resetPassword({ token: 't', newPassword: 'p' }, { signal: ending.signal });
  ending.abort();
  expect(await underway).toEqual({ ok: false, problem: { code: 'aborted', mayHaveArrived: true } });

  const pausing = new AbortController();
  const late = answering(REFUSED, DONE);
  const result = late.client.resetPassword({ token: 't', newPassword: 'p' }, { signal: pausing.signal });
  await vi.advanceTimersByTimeAsync(0);
  pausing.abort();
  expect(await result).toEqual({ ok: false, problem: { code: 'aborted', mayHaveArrived: false } });
  expect(late.sent).toHaveLength(1);
  expect(vi.getTimerCount()).toBe(0);
});

test.each([
  [[400, { code: 'weak_password', status: 400, errors: [{ field: 'newPassword', code: 'common', message: '' }] }], { code: 'weak_password', status: 400, errors: [{ field: 'newPassword', code: 'common', message: '' }] }],
  [[400, { code: 'invalid_request' }], { code: 'invalid_request', errors: [] }],
  [[400, { code: 'invalid_token', requestId: 'r' }], { code: 'invalid_token', requestId: 'r' }],
  [[400, { code: 'factor_required', factors: ['totp'] }], { code: 'factor_required', factors: ['totp'] }],
  [[401, { code: 'invalid_credentials' }], { code: 'invalid_credentials' }],
  [[404, { code: 'not_found' }], { code: 'not_found' }],
  [[403, '<html>'], { code: 'unavailable', retryAfter: 30, mayHaveArrived: true }],
  [[403, { message: 'Forbidden' }], { code: 'unavailable', message: 'Forbidden', retryAfter: 30, mayHaveArrived: true }],
  [[429, '{"message":null}'], { code: 'rate_limited', message: null, retryAfter: 30 }],
  [[504, 'null'], { code: 'unavailable', retryAfter: 30, mayHaveArrived: true }],
  [[503, { code: 'unavailable' }, { 'Retry-After': '5' }], { code: 'unavailable', retryAfter: 5, mayHaveArrived: true }],
  [[503, { code: 'unavailable', outcome: 'unchanged' }, { 'Retry-After': '300' }], { code: 'unavailable', outcome: 'unchanged', retryAfter: 300, mayHaveArrived: false }],
] as [Answer, object][])('%j', async (answer, problem) => {
  const { client } = answering(answer);
  expect(await client.resetPassword({ token: 't', newPassword: 'p' })).toEqual({ ok: false, problem });
});

test('a request names nobody but in its body', async () => {
  const { client, fetch } = answering(DONE, [204, null]);
  await client.forgotPassword({ email: 'a@example.com', locale: 'de', channel: 'sms' });
  expect(fetch).toHaveBeenLastCalledWith('https://api.example.com/auth/forgot-password', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: '{"email":"a@example.com","locale":"de","channel":"sms"}',
    cache: 'no-store',
    credentials: 'omit',
    redirect: 'error',
    referrerPolicy: 'no-referrer',
    signal: expect.any(AbortSignal),
  });
  expect(await client.signOut('s')).toEqual({ ok: true, value: null });
  expect(fetch.mock.lastCall?.[1]?.headers).toEqual({ 'Content-Type': 'application/json', Authorization: 'Bearer s' });
});

/** What a program has to know of each problem is there once its code is compared: without that, this doesn't compile. */
function told(problem: Problem): string | number | boolean | undefined {
  switch (problem.code) {
    case 'rate_limited':
      return problem.retryAfter;
    case 'unavailable':
      return problem.retryAfter || problem.mayHaveArrived;
    case 'unreachable':
    case 'aborted':
      return problem.mayHaveArrived;
    case 'weak_password':
    case 'invalid_request':
      return problem.errors[0]?.code;
    case 'challenge_required':
    case 'invalid_challenge':
      return problem.harder;
    case 'factor_required':
      return problem.factors[0];
    case 'forbidden':
    case 'has_password':
    case 'invalid_code':
    case 'invalid_credentials':
    case 'invalid_factor':
    case 'invalid_token':
    case 'no_account':
    case 'not_found':
    case 'payload_too_large':
    case 'unauthorized':
    case 'unsupported_media_type':
      // @ts-expect-error none of these says when to come back
      return problem.requestId ?? problem.retryAfter;
    default: {
      const none: never = problem; // a new code of the description fails here
      return none;
    }
  }
}

test('what is optional in a request may be undefined, whatever it is', async () => {
  const { client, sent } = answering(DONE, DONE, DONE);
  const none = undefined;
  await client.signIn({ email: 'e', password: 'p', deviceToken: none });
  await client.forgotPassword({ email: 'e', locale: none, channel: none, client: none, challenge: none });
  await client.verifyResetFactor({ token: 't', kind: 'phone', value: none });
  expect(sent.map((request) => request.split(' ')[1])).toEqual(['{"email":"e","password":"p"}', '{"email":"e"}', '{"token":"t","kind":"phone"}']);
});

test('problems are told apart by their code', () => {
  expect(told({ code: 'rate_limited', retryAfter: 60 })).toBe(60);
  expect(told({ code: 'invalid_token', requestId: 'r' })).toBe('r');
});
