import { afterEach, expect, test, vi } from 'vitest';
import { type Challenge, Client, solve } from './index.js';

afterEach(() => vi.unstubAllGlobals());

const NONCE = '00112233445566778899aabbccddeeff'; // pragma: allowlist secret - made up
const SALT = 'ffeeddccbbaa99887766554433221100'; // pragma: allowlist secret - made up

/** Keys that another implementation (Python's hashlib) derives at 10 iterations, by their counters. */
const KEYS = {
  0: 'ccc252bfd809d02141e1b1f163f45d7ea0a120d5ddaf9c1866905bd7fb8fca6e', // pragma: allowlist secret - of a made-up nonce
  1: '77eec56ad759197f67d55e623b318f911ae3cb34fdc766da7e99c070d349f545', // pragma: allowlist secret - of a made-up nonce
  3: 'b73d12270d06a1cfb566b178cd01cb85454c6d3f4e11d4641025f5611cc9cc96', // pragma: allowlist secret - of a made-up nonce
  77: '16fd6ae91ce769540f3fa51285986eb15938ce42c80a34cada89d5ec82cfdc40', // pragma: allowlist secret - of a made-up nonce
};

/** A challenge whose solution is this counter. */
function asking(counter: keyof typeof KEYS): Challenge {
  const parameters = {
    algorithm: 'PBKDF2/SHA-256',
    cost: 10,
    data: { difficulty: 1 },
    expiresAt: 1795821796,
    keyLength: 32,
    keyPrefix: KEYS[counter].slice(0, 32),
    keySignature: 'k',
    nonce: NONCE,
    salt: SALT,
  };
  return { kind: 'altcha', parameters, signature: 's' } as Challenge;
}

function answering(...answers: [number, object][]) {
  const sent: string[] = [];
  vi.stubGlobal('fetch', async (url: string, options: RequestInit) => {
    sent.push(`${url} ${String(options.body ?? '')}`);
    const [status, body] = answers.shift()!;
    return new Response(JSON.stringify(body), { status });
  });
  return sent;
}

function client() {
  return new Client({ baseUrl: '', retries: 0 });
}

const REQUIRED: [number, object] = [400, { code: 'challenge_required' }];
const HARDER: [number, object] = [400, { code: 'invalid_challenge', errors: [{ field: '', code: 'harder', message: '' }] }];
const DONE: [number, object] = [200, { message: '', flow: 'f' }];

test.each([0, 1, 77] as const)('the counter %i is found', async (counter) => {
  const challenge = asking(counter);
  const { kind: _, ...sent } = challenge;
  const solution = { counter, derivedKey: KEYS[counter] };
  expect(JSON.parse(atob((await solve(challenge))!))).toEqual({ challenge: sent, solution });
});

test('a page that cannot solve it says so', async () => {
  expect(await solve({ kind: 'turnstile', siteKey: 'k', action: 'a' } as Challenge)).toBeNull();
  vi.stubGlobal('crypto', {});
  expect(await solve(asking(0))).toBeNull();
});

test('a request without a challenge is one request', async () => {
  const sent = answering(DONE);
  const solving = vi.fn();
  const result = await client().forgotPassword({ email: 'a@example.com', locale: 'de' }, { onSolving: solving });
  expect(result).toEqual({ ok: true, value: { message: '', flow: 'f' } });
  expect(sent).toEqual(['/auth/forgot-password {"email":"a@example.com","locale":"de"}']);
  expect(solving).not.toHaveBeenCalled();
});

test('a challenge is solved on the way, and a harder one where that was too easy', async () => {
  const challenge = asking(3);
  const solution = await solve(challenge);
  const sent = answering(REQUIRED, [200, challenge], HARDER, [200, challenge], DONE);
  const solving = vi.fn();
  const result = await client().forgotPassword({ email: 'a@example.com', locale: 'de', channel: 'sms' }, { onSolving: solving });
  expect(result).toEqual({ ok: true, value: { message: '', flow: 'f' } });
  const request = '/auth/forgot-password {"email":"a@example.com","locale":"de","channel":"sms"';
  expect(sent).toEqual([
    `${request}}`,
    '/auth/challenge?difficulty=1 ',
    `${request},"challenge":"${solution}"}`,
    '/auth/challenge?difficulty=2 ',
    `${request},"challenge":"${solution}"}`,
  ]);
  expect(solving).toHaveBeenCalled();
});

test.each([
  ['no challenge', [REQUIRED, [503, { code: 'unavailable' }]], { code: 'unavailable', retryAfter: 30, mayHaveArrived: true }],
  ['used up', [REQUIRED, [200, asking(0)], [429, {}]], { code: 'rate_limited', retryAfter: 30 }],
  [
    'never good enough',
    [REQUIRED, [200, asking(0)], HARDER, [200, asking(0)], HARDER],
    { code: 'rate_limited', retryAfter: 60 },
  ],
] as [string, [number, object][], object][])('%s', async (_, answers, problem) => {
  answering(...answers);
  expect(await client().forgotPassword({ email: 'a@example.com' })).toEqual({ ok: false, problem });
});

test('another solver takes its place', async () => {
  const widget = { kind: 'turnstile', siteKey: 'k', action: 'a' };
  const sent = answering(REQUIRED, [200, widget], DONE);
  const solver = vi.fn(async () => 'token of the widget');
  const result = await new Client({ baseUrl: '', solve: solver }).forgotPassword({ email: 'a@example.com' });
  expect(result.ok).toBe(true);
  expect(solver).toHaveBeenCalledExactlyOnceWith(widget, undefined);
  expect(sent[2]).toBe('/auth/forgot-password {"email":"a@example.com","challenge":"token of the widget"}');
});

test('a solver that cannot be had is no answer, and nothing is thrown', async () => {
  const sent = answering(REQUIRED, [200, asking(0)]);
  const missing = async () => Promise.reject(new TypeError('Failed to fetch dynamically imported module'));
  const result = await new Client({ baseUrl: '', solve: missing }).forgotPassword({ email: 'a@example.com' });
  expect(result).toEqual({ ok: false, problem: { code: 'unreachable', mayHaveArrived: false } });
  expect(sent).toHaveLength(2);
});

test('nobody goes on solving for a caller who left', async () => {
  answering(REQUIRED, [200, { ...asking(0), parameters: { ...asking(0).parameters, keyPrefix: 'none begins so' } }]);
  const leaving = new AbortController();
  const result = client().forgotPassword({ email: 'a@example.com' }, { signal: leaving.signal, onSolving: () => setTimeout(() => leaving.abort()) });
  expect(await result).toEqual({ ok: false, problem: { code: 'aborted', mayHaveArrived: false } });
});
