/** Why a request came to nothing, and when the next try makes sense. */
import { useEffect, useRef } from 'react';
import { useWords } from '../words';
import { Icon } from './Icon';

export type FailureMessage =
  | 'failure.rate_limited'
  | 'forgot.limited'
  | 'failure.offline'
  | 'failure.unavailable'
  | 'failure.outcomeUnknown';

interface Props {
  message: FailureMessage | null;
  /** Seconds to wait before another try. */
  left: number;
}

/** The seconds tick outside of the alert: a screen reader would read every one of them. */
export function FailureNotice({ message, left }: Props) {
  const words = useWords();
  const alert = useRef<HTMLDivElement>(null);
  useEffect(() => {
    // Nobody would learn what became of the password. The pages begin anew.
    if (message && !alert.current?.isConnected) throw new Error('something else took the page apart');
  }, [message]);
  const limited = message === 'failure.rate_limited' || message === 'forgot.limited';
  return (
    <div className={message ? 'failure' : 'no-failure'}>
      <div role="alert" ref={alert}>
        {message && (
          <p>
            <Icon name="warning" />
            <span>{words.say(message)}</span>
          </p>
        )}
      </div>
      {message && left > 0 && <p className="wait">{words.say('failure.wait', { duration: limited ? words.minutes(left) : words.duration(left, 'up') })}</p>}
      <div role="status">
        {limited && left === 0 && <p className="wait">{words.say('failure.ready')}</p>}
      </div>
    </div>
  );
}
