/** Requests a reset, and solves a challenge on the way where the API wants one. */
import type { Api, Failure, Result } from './api';
import type { Channel } from './config';

/** A second one, where the first was late, or too easy in the meantime. */
const CHALLENGES = 2;
/** Until another try makes sense where none could be solved. */
const RETRY_AFTER_SECONDS = 60;

type Requested = Awaited<ReturnType<Api['forgotPassword']>>;

/** `onSolving` is called once the browser has work to do. */
export async function requestReset(
  api: Api,
  email: string,
  locale: string,
  channel: Channel,
  client: string,
  onSolving: () => void,
): Promise<Requested> {
  let result = await api.forgotPassword(email, locale, channel, client);
  for (let number = 0; number < CHALLENGES; number++) {
    const wanted = challenge(result);
    if (!wanted) return result;
    onSolving();
    const issued = await api.challenge(wanted.harder);
    if (!issued.ok) return issued;
    const { solve } = await import('./challenge'); // rarely needed, so loaded then
    const solution = await solve(issued.value);
    if (!solution) break;
    result = await api.forgotPassword(email, locale, channel, client, solution);
  }
  return challenge(result) ? { ok: false, failure: { kind: 'rate_limited', retryAfter: RETRY_AFTER_SECONDS } } : result;
}

function challenge(result: Result<unknown>): Extract<Failure, { harder: boolean }> | null {
  return !result.ok && 'harder' in result.failure ? result.failure : null;
}
