/** The API, typed by its published description; every refusal and fault becomes one `Failure`. */
import type { Channel } from './config';
import type { components } from './openapi';
import { timeout } from './timeout';

type Schemas = components['schemas'];
export type PasswordPolicy = Schemas['PasswordPolicy'];
type Problem = Schemas['Problem'];

export type Factor = NonNullable<Schemas['VerifyResetTokenAnswer']['factors']>[number];

export type Failure =
  | { kind: 'rate_limited' | 'unavailable'; retryAfter: number }
  | { kind: 'challenge_required' | 'invalid_challenge'; harder: boolean }
  | { kind: 'factor_required' | 'invalid_factor' }
  | { kind: 'weak_password'; codes: string[] }
  | { kind: 'invalid_token' | 'invalid_code' | 'invalid_request' | 'invalid_credentials' }
  /** No answer came: the request may have arrived or not. */
  | { kind: 'offline' };

export type Result<Value> = { ok: true; value: Value } | { ok: false; failure: Failure };

/** The description has the address from the release that tells it. */
type Told = { email?: string };

/** Longer than the gateway waits for a function (29 s): whatever comes later is no answer. */
const PATIENCE_MS = 35_000;
/** Where a gateway refuses without saying for how long. */
const RETRY_AFTER_SECONDS = 30;

export class Api {
  /** What became of the new password, as far as the answers tell: `unknown` from the moment it is sent. */
  outcome: 'not changed' | 'unknown' | 'changed' = 'not changed';

  constructor(private readonly baseUrl: string) {}

  /** The API takes mail for granted: only another channel is named. `client` is empty, or one that the API knows. */
  forgotPassword(
    email: string,
    locale: string,
    channel: Channel,
    client = '',
    challenge?: string,
  ): Promise<Result<Schemas['ForgotPasswordAnswer']>> {
    const named = { ...(channel !== 'email' && { channel }), ...(client && { client }), ...(challenge && { challenge }) };
    return this.call('/auth/forgot-password', { email, locale, ...named });
  }

  challenge(harder: boolean): Promise<Result<Schemas['ChallengeAnswer']>> {
    return this.call(`/auth/challenge?difficulty=${harder ? 2 : 1}`);
  }

  verifyResetToken(token: string): Promise<Result<Schemas['VerifyResetTokenAnswer'] & Told>> {
    return this.call('/auth/verify-reset-token', { token });
  }

  verifyResetCode(flow: string, code: string): Promise<Result<Schemas['VerifyResetCodeAnswer']>> {
    return this.call('/auth/verify-reset-code', { flow, code });
  }

  /** Without a value, a code is sent by the account's other channel. */
  verifyResetFactor(token: string, kind: Factor, value?: string): Promise<Result<Schemas['VerifyResetFactorAnswer']>> {
    return this.call('/auth/verify-reset-factor', { token, kind, value });
  }

  async resetPassword(token: string, newPassword: string): Promise<Result<Schemas['ResetPasswordAnswer']>> {
    const before = this.outcome;
    this.outcome = 'unknown';
    const result = await this.call<Schemas['ResetPasswordAnswer']>('/auth/reset-password', { token, newPassword });
    if (result.ok) this.outcome = 'changed';
    // A refusal says that this attempt changed nothing; of an earlier one without an answer it says nothing.
    else if (!mayHaveArrived(result.failure)) this.outcome = before;
    return result;
  }

  /** Locks the account of a notice's link; `email` is as it was typed. */
  reportChange(token: string, email: string): Promise<Result<Schemas['ReportChangeAnswer']>> {
    return this.call('/auth/report-change', { token, email });
  }

  passwordPolicy(): Promise<Result<PasswordPolicy>> {
    return this.call('/auth/password-policy');
  }

  signIn(email: string, password: string, deviceToken?: string): Promise<Result<Schemas['SignInAnswer']>> {
    return this.call('/auth/sign-in', { email, password, deviceToken });
  }

  signOut(accessToken: string): Promise<Result<null>> {
    return this.call('/auth/sign-out', {}, { Authorization: `Bearer ${accessToken}` });
  }

  private async call<Value>(
    path: string,
    body?: object,
    headers: Record<string, string> = {},
  ): Promise<Result<Value>> {
    let response: Response;
    try {
      response = await fetch(this.baseUrl + path, {
        cache: 'no-store',
        credentials: 'omit',
        redirect: 'error',
        referrerPolicy: 'no-referrer',
        signal: timeout(PATIENCE_MS),
        ...(body && {
          method: 'POST',
          headers: { 'Content-Type': 'application/json', ...headers },
          body: JSON.stringify(body),
        }),
      });
      if (response.ok) return { ok: true, value: (response.status === 204 ? null : await response.json()) as Value };
    } catch {
      return { ok: false, failure: { kind: 'offline' } };
    }
    return { ok: false, failure: await failure(response) };
  }
}

/** Whether a request that failed like this may have had its effect. Known to be offline, the browser sent nothing. */
export function mayHaveArrived({ kind }: Failure): boolean {
  return kind === 'unavailable' || (kind === 'offline' && navigator.onLine);
}

async function failure(response: Response): Promise<Failure> {
  const retryAfter = Number(response.headers.get('Retry-After') ?? Number.NaN);
  const wait = Number.isFinite(retryAfter) && retryAfter >= 0 ? retryAfter : RETRY_AFTER_SECONDS;
  if (response.status === 429) return { kind: 'rate_limited', retryAfter: wait };
  const problem = await readProblem(response);
  switch (problem?.code) {
    case 'weak_password':
      return { kind: 'weak_password', codes: (problem.errors ?? []).map((error) => error.code) };
    case 'challenge_required':
    case 'invalid_challenge':
      return { kind: problem.code, harder: (problem.errors ?? []).some((error) => error.code === 'harder') };
    case 'invalid_token':
    case 'invalid_code':
    case 'factor_required':
    case 'invalid_factor':
    case 'invalid_request':
    case 'invalid_credentials':
      return { kind: problem.code };
    default: // also what a firewall or a proxy says in a language of its own
      return { kind: 'unavailable', retryAfter: wait };
  }
}

async function readProblem(response: Response): Promise<Problem | null> {
  try {
    return (await response.json()) as Problem;
  } catch {
    return null;
  }
}
