/** Seconds that pass while somebody watches, measured against the clock: timers rest in hidden tabs. */
import { useCallback, useEffect, useState } from 'react';

/** Returns the whole seconds until a time, in milliseconds of the epoch; 0 once it is past. */
export function useSecondsUntil(time: number): number {
  const [, setNow] = useState(0);
  useEffect(() => {
    if (secondsUntil(time) === 0) {
      setNow(time); // it may have passed since this was rendered: a phone sleeps in between
      return undefined;
    }
    const timer = setInterval(() => {
      setNow(Date.now());
      if (secondsUntil(time) === 0) clearInterval(timer);
    }, 1000);
    return () => clearInterval(timer);
  }, [time]);
  return secondsUntil(time);
}

export function useCountdown(initialSeconds = 0): { left: number; start: (seconds: number) => void } {
  const [deadline, setDeadline] = useState(() => Date.now() + initialSeconds * 1000);
  const start = useCallback((seconds: number) => setDeadline(Date.now() + seconds * 1000), []);
  return { left: useSecondsUntil(deadline), start };
}

function secondsUntil(time: number): number {
  return Math.max(0, Math.ceil((time - Date.now()) / 1000));
}
