/** What can come instead of a value, by `code`: what the service refuses, what stops it, and what never answers. */
import type { Factor, Schemas } from './description.js';

type Told = Schemas['Problem'];
export type FieldProblem = Schemas['FieldProblem'];

/** What the description's `code` may be. */
type ToldCode = Told['code'];
/** As far as somebody answered that speaks for the service. */
type Details = Partial<Omit<Told, 'code' | 'errors' | 'factors'>>;

/** Codes with something that a program needs. Every other code of the description has its details alone. */
type Particular =
  /** Wait before the next try: seconds. */
  | ({ code: 'rate_limited'; retryAfter: number } & Details)
  /** No answer that the service would give, whoever gave it. Where it's sure that nothing was done, `mayHaveArrived` is false. */
  | ({ code: 'unavailable'; retryAfter: number; mayHaveArrived: boolean } & Details)
  | ({ code: 'weak_password' | 'invalid_request'; errors: FieldProblem[] } & Details)
  /** `harder`: the next challenge must be of difficulty 2. */
  | ({ code: 'challenge_required' | 'invalid_challenge'; harder: boolean } & Details)
  | ({ code: 'factor_required'; factors: Factor[] } & Details);

type Plain<Code> = Code extends Particular['code'] ? never : { code: Code } & Details;

export type Problem =
  | Particular
  | Plain<ToldCode>
  /** No answer came: the request may have had its effect, unless it's sure that it never left. */
  | { code: 'unreachable'; mayHaveArrived: boolean }
  /** The caller's signal ended it. */
  | { code: 'aborted'; mayHaveArrived: boolean };

export type ProblemCode = Problem['code'];

export type Result<Value> = { ok: true; value: Value } | { ok: false; problem: Problem };

/** Where a refusal doesn't say for how long. */
const RETRY_AFTER_SECONDS = 30;

/** Reads a refusal. What isn't a problem of this API (a firewall's page, a proxy's error) is `unavailable`. */
export async function readProblem(response: Response): Promise<Problem> {
  const told = (await response.json().catch(() => null)) as Partial<Told> | null;
  const retryAfter = secondsOf(response.headers.get('Retry-After') ?? '');
  const { errors = [], factors = [], ...details } = told ?? {};
  if (response.status === 429) return { ...details, code: 'rate_limited', retryAfter };
  const code = details.code;
  switch (code) {
    case 'weak_password':
    case 'invalid_request':
      return { ...details, code, errors };
    case 'challenge_required':
    case 'invalid_challenge':
      return { ...details, code, harder: errors.some((error) => error.code === 'harder') };
    case 'factor_required':
      return { ...details, code, factors };
    case undefined:
    case 'rate_limited':
    case 'unavailable':
      return { ...details, code: 'unavailable', retryAfter, mayHaveArrived: details.outcome !== 'unchanged' };
    default:
      return { ...details, code } as Plain<ToldCode>;
  }
}

/** Seconds, or a date as proxies write it. */
function secondsOf(header: string): number {
  const seconds = /^\d+$/.test(header) ? Number(header) : Math.ceil((Date.parse(header) - Date.now()) / 1000);
  return seconds >= 0 ? seconds : RETRY_AFTER_SECONDS;
}
