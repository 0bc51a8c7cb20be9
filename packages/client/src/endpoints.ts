/**
 * A method for each endpoint, a `Result` for each outcome. Nothing is thrown for what a network can do, and nothing is
 * sent again.
 */
import type * as D from './description.js';
import { type Problem, readProblem, type Result } from './problems.js';

export interface SingleOptions {
  /** Base URL of the API without a final slash; empty where it shares the page's origin. */
  baseUrl: string;
  /** How long one attempt may take: 35 s, longer than the gateway waits for an answer. */
  timeoutMs?: number;
  /** In place of the platform's own. */
  fetch?: typeof fetch;
  /** Solves a challenge in place of `solve`: shows a Turnstile widget and returns its token, for example. */
  solve?: (challenge: D.Challenge, signal?: AbortSignal) => Promise<string | null>;
}

export interface CallOptions {
  signal?: AbortSignal | undefined;
}

export interface ForgotPasswordOptions extends CallOptions {
  /** Called once there is a challenge to solve: it takes a phone some seconds. */
  onSolving?: () => void;
}

export interface Call extends CallOptions {
  body?: object;
  bearer?: string;
  /** Whether doing it twice is as doing it once. */
  repeatable?: boolean;
}

/** A second one, where the first was late, or too easy in the meantime. */
const CHALLENGES = 2;
/** Until another try makes sense where none could be solved. */
const UNSOLVED_SECONDS = 60;
/** Node.js's names for a connection that never was. */
const UNSENT = /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|ENETUNREACH|EHOSTUNREACH|UND_ERR_CONNECT_TIMEOUT)$/;

export class ClientWithoutRetries {
  constructor(private readonly options: SingleOptions) {}

  /** Requests a reset, and solves a challenge on the way where the API wants one. */
  async forgotPassword(
    request: D.ForgotPasswordRequest,
    { onSolving, signal }: ForgotPasswordOptions = {},
  ): Promise<Result<D.ForgotPasswordAnswer>> {
    const send = (challenge?: string) =>
      this.call<D.ForgotPasswordAnswer>('forgot-password', { body: challenge ? { ...request, challenge } : request, signal });
    let result = await send();
    for (let number = 0; ; number++) {
      if (result.ok || !('harder' in result.problem)) return result;
      if (number === CHALLENGES) break;
      onSolving?.();
      const issued = await this.challenge(result.problem.harder ? 2 : 1, { signal });
      if (!issued.ok) return issued;
      let solution;
      try {
        // Rarely needed, so loaded then.
        const solve = this.options.solve ?? (await import('./challenge.js')).solve;
        solution = await solve(issued.value, signal);
      } catch {
        return no({ code: 'unreachable', mayHaveArrived: false }); // the solver isn't
      }
      if (signal?.aborted) return no({ code: 'aborted', mayHaveArrived: false });
      if (!solution) break;
      result = await send(solution);
    }
    return no({ code: 'rate_limited', retryAfter: UNSOLVED_SECONDS });
  }

  challenge(difficulty: 1 | 2 = 1, options?: CallOptions): Promise<Result<D.Challenge>> {
    return this.call(`challenge?difficulty=${difficulty}`, { ...options, repeatable: true });
  }

  verifyResetToken(body: D.VerifyResetTokenRequest, options?: CallOptions): Promise<Result<D.VerifyResetTokenAnswer>> {
    return this.call('verify-reset-token', { ...options, body, repeatable: true });
  }

  /** A wrong code costs one of five guesses. */
  verifyResetCode(body: D.VerifyResetCodeRequest, options?: CallOptions): Promise<Result<D.VerifyResetCodeAnswer>> {
    return this.call('verify-reset-code', { ...options, body });
  }

  /** With `phone` and without a value, a code is sent by the account's other channel. */
  verifyResetFactor(
    body: D.VerifyResetFactorRequest,
    options?: CallOptions,
  ): Promise<Result<D.VerifyResetFactorAnswer>> {
    return this.call('verify-reset-factor', { ...options, body });
  }

  /** Changes the password. After a problem that `mayHaveArrived`, say so: it may be the new one. */
  resetPassword(body: D.ResetPasswordRequest, options?: CallOptions): Promise<Result<D.ResetPasswordAnswer>> {
    return this.call('reset-password', { ...options, body });
  }

  /** Locks the account of a notice's link; `email` is as it was typed. */
  reportChange(body: D.ReportChangeRequest, options?: CallOptions): Promise<Result<D.ReportChangeAnswer>> {
    return this.call('report-change', { ...options, body, repeatable: true });
  }

  passwordPolicy(options?: CallOptions): Promise<Result<D.PasswordPolicy>> {
    return this.call('password-policy', { ...options, repeatable: true });
  }

  signIn(body: D.SignInRequest, options?: CallOptions): Promise<Result<D.SignInAnswer>> {
    return this.call('sign-in', { ...options, body });
  }

  signOut(bearer: string, options?: CallOptions): Promise<Result<null>> {
    return this.call('sign-out', { ...options, body: {}, bearer });
  }

  me(bearer: string, options?: CallOptions): Promise<Result<D.MeAnswer>> {
    return this.call('me', { ...options, bearer, repeatable: true });
  }

  protected async call<Value>(path: string, { body, bearer, signal }: Call): Promise<Result<Value>> {
    if (signal?.aborted) return no({ code: 'aborted', mayHaveArrived: false });
    const ending = new AbortController();
    const end = () => ending.abort();
    const timer = setTimeout(end, this.options.timeoutMs ?? 35_000);
    signal?.addEventListener('abort', end);
    const offline = isOffline();
    let answered = false;
    try {
      const response = await (this.options.fetch ?? fetch)(`${this.options.baseUrl}/auth/${path}`, {
        cache: 'no-store',
        credentials: 'omit',
        redirect: 'error',
        referrerPolicy: 'no-referrer',
        signal: ending.signal,
        headers: { ...(body && { 'Content-Type': 'application/json' }), ...(bearer && { Authorization: `Bearer ${bearer}` }) },
        ...(body && { method: 'POST', body: JSON.stringify(body) }),
      });
      answered = true;
      if (!response.ok) return no(await readProblem(response));
      return { ok: true, value: (response.status === 204 ? null : await response.json()) as Value };
    } catch (error) {
      // Offline before and after: one that is lost on its way finds the browser offline afterwards alone.
      const unsent = !answered && ((offline && isOffline()) || neverConnected(error));
      return no({ code: signal?.aborted ? 'aborted' : 'unreachable', mayHaveArrived: !unsent });
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener('abort', end);
    }
  }
}

function no(problem: Problem): { ok: false; problem: Problem } {
  return { ok: false, problem };
}

function isOffline(): boolean {
  return globalThis.navigator?.onLine === false;
}

/** Whether a connection was refused or never found: Node.js says so, browsers don't. */
function neverConnected(error: unknown): boolean {
  const { cause } = error as { cause?: { code?: string; errors?: { code?: string }[] } };
  return (cause?.errors ?? [cause]).every((one) => UNSENT.test(one?.code ?? ''));
}
