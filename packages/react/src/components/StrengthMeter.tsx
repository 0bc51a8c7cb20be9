/** How hard the password is to guess: an advice, never a condition. */
import { useEffect, useRef, useState } from 'react';
import { type Score, useConfigured } from '../configured';
import { useWords } from '../words';

/** Between one estimate and the next, for it takes a phone some time. */
const PAUSE_MS = 150;

export function StrengthMeter({ password }: { password: string }) {
  const words = useWords();
  const { config: { productName }, strength } = useConfigured();
  const [judged, setJudged] = useState<{ password: string; score: ReturnType<Score> | null }>({ password: '', score: null });
  const latest = useRef(password);
  latest.current = password;

  // On its way before the first key, so that the verdict need not wait for it.
  useEffect(() => void strength?.().catch(() => undefined), [strength]);

  const stale = password !== judged.password;
  useEffect(() => {
    if (!stale || !strength) return undefined;
    let current = true;
    const timer = setTimeout(async () => {
      // Offline: the form works without its advice, and the next key tries again.
      const estimate = await strength().then(({ score }) => score, () => () => null);
      const typed = latest.current;
      if (current) setJudged({ password: typed, score: estimate(typed, [productName]) });
    }, PAUSE_MS);
    return () => {
      current = false;
      clearTimeout(timer);
    };
  }, [stale, judged, productName, strength]);
  if (!strength) return null;

  const score = password ? judged.score : null;
  const label = words.say('strength.label');
  const verdict = score === null ? '–' : words.say(`strength.${score}`);
  return (
    <div className="strength" data-score={score ?? 'none'}>
      <div
        className="meter"
        role="meter"
        aria-label={label}
        aria-valuemin={0}
        aria-valuemax={4}
        aria-valuenow={score ?? 0}
        aria-valuetext={verdict}
      >
        <span />
        <span />
        <span />
        <span />
      </div>
      <p aria-hidden="true">
        <span>{label}</span>
        <strong>{verdict}</strong>
      </p>
    </div>
  );
}
