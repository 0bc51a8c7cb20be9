/** What keeps a request from an answer, said alike by every form, and how long to wait for the next try. */
import { useState } from 'react';
import type { Problem } from './api';
import type { FailureMessage } from './components/FailureNotice';
import { useCountdown } from './countdown';

export function useFailure() {
  const [message, say] = useState<FailureMessage | null>(null);
  const { left, start } = useCountdown();

  /** Says it, and returns whether there was anything to say: other problems are answers, which the form tells. */
  function tell(problem: Problem): boolean {
    switch (problem.code) {
      case 'rate_limited':
      case 'unavailable':
        say(`failure.${problem.code}`);
        start(problem.retryAfter);
        return true;
      case 'unreachable':
        say('failure.offline');
        return true;
      default:
        return false;
    }
  }

  return { message, left, say, tell };
}
