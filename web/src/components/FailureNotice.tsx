/** Why a request came to nothing, and when the next try makes sense. */
import type { Key } from '../words';
import { useWords } from '../words';
import { Icon } from './Icon';

interface Props {
  message: Extract<Key, `failure.${string}`> | null;
  /** Seconds to wait before another try. */
  left: number;
}

/** The seconds tick outside of the alert: a screen reader would read every one of them. */
export function FailureNotice({ message, left }: Props) {
  const words = useWords();
  return (
    <div className={message ? 'failure' : undefined}>
      <div role="alert">
        {message && (
          <p>
            <Icon name="warning" /> <span>{words.say(message as 'failure.offline')}</span>
          </p>
        )}
      </div>
      {message && left > 0 && <p className="wait">{words.say('failure.wait', { duration: words.duration(left, 'up') })}</p>}
      <div role="status">{message && message === 'failure.rate_limited' && left === 0 && <p className="wait">{words.say('failure.ready')}</p>}</div>
    </div>
  );
}
