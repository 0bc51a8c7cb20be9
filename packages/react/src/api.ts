/** The API, and what became of the password. */
import { ClientWithoutRetries, type Problem, type ResetPasswordAnswer, type ResetPasswordRequest, type Result } from '@example/password-reset';

export type { Challenge, Factor, PasswordPolicy, Problem } from '@example/password-reset';

/** Nothing is sent again by itself: whoever looks at a page sees what happened, and has a button. */
export class Api extends ClientWithoutRetries {
  /** As far as the answers tell: `unknown` from the moment a new password is sent. */
  outcome: 'not changed' | 'unknown' | 'changed' = 'not changed';

  constructor(baseUrl: string) {
    super({ baseUrl });
  }

  override async resetPassword(body: ResetPasswordRequest): Promise<Result<ResetPasswordAnswer>> {
    const before = this.outcome;
    this.outcome = 'unknown';
    const result = await super.resetPassword(body);
    if (result.ok) this.outcome = 'changed';
    // A refusal says that this attempt changed nothing; of an earlier one without an answer it says nothing.
    else if (!mayHaveArrived(result.problem)) this.outcome = before;
    return result;
  }
}

/** Whether a request that ended like this may have had its effect. */
export function mayHaveArrived(problem: Problem): boolean {
  return 'mayHaveArrived' in problem && problem.mayHaveArrived;
}
