/**
 * The client: every endpoint, and patience where that is safe.
 *
 * Nothing happens twice that must not: a request is sent again only where repeating it changes nothing, or where it is
 * sure that it never left. A code is a guess of five, a request sends a message, a reset changes a password: none of
 * them is repeated after an attempt that may have arrived.
 */
import { type Call, ClientWithoutRetries, type SingleOptions } from './endpoints.js';
import type { Problem, Result } from './problems.js';

export interface ClientOptions extends SingleOptions {
  /** How often a request is sent again where that is safe: 2 times. */
  retries?: number;
}

/** A longer `Retry-After` is the caller's to wait for. */
const LONGEST_PAUSE_SECONDS = 10;

export class Client extends ClientWithoutRetries {
  private readonly retries: number;

  constructor({ retries = 2, ...options }: ClientOptions) {
    super(options);
    this.retries = retries;
  }

  protected override async call<Value>(path: string, call: Call): Promise<Result<Value>> {
    let arrived = false;
    for (let attempt = 0; ; attempt++) {
      const result = await super.call<Value>(path, call);
      if (result.ok) return result;
      const { problem } = result;
      if ('mayHaveArrived' in problem) arrived = problem.mayHaveArrived ||= arrived;
      const seconds = attempt < this.retries ? pause(problem, attempt, call.repeatable) : null;
      if (seconds === null) return result;
      await rest(seconds, call.signal);
    }
  }
}

/** Returns the seconds until the request may be sent again; null where it must not, or not before long. */
function pause(problem: Problem, attempt: number, repeatable = false): number | null {
  const retryAfter = 'retryAfter' in problem ? problem.retryAfter : 0;
  const again = repeatable
    ? 'retryAfter' in problem || problem.code === 'unreachable'
    : problem.code === 'unreachable' && !problem.mayHaveArrived;
  if (!again || retryAfter > LONGEST_PAUSE_SECONDS) return null;
  return Math.max(retryAfter, 2 ** attempt * (0.25 + Math.random() / 4)); // by chance, so that callers don't return together
}

function rest(seconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, seconds * 1000);
    signal?.addEventListener('abort', end);
  });
}
