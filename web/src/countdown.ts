/** Seconds that pass while somebody watches, measured against the clock: timers rest in hidden tabs. */
import { useCallback, useEffect, useState } from 'react';

export function useCountdown(initialSeconds = 0): { left: number; start: (seconds: number) => void } {
  const [deadline, setDeadline] = useState(() => Date.now() + initialSeconds * 1000);
  const [left, setLeft] = useState(() => secondsUntil(deadline));

  useEffect(() => {
    const tick = () => {
      const seconds = secondsUntil(deadline);
      setLeft(seconds);
      if (seconds === 0) clearInterval(timer);
    };
    const timer = setInterval(tick, 1000);
    return () => clearInterval(timer);
  }, [deadline]);

  const start = useCallback((seconds: number) => {
    setDeadline(Date.now() + seconds * 1000);
    setLeft(seconds);
  }, []);
  return { left, start };
}

function secondsUntil(time: number): number {
  return Math.max(0, Math.ceil((time - Date.now()) / 1000));
}
