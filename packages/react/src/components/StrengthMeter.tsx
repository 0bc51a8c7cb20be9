/** How hard the password is to guess: an advice, never a condition. */
import { useEffect, useState } from 'react';
import { type Score, useConfigured } from '../configured';
import { useWords } from '../words';

/** Long enough to skip most keystrokes: an estimate takes a phone some time. */
const PAUSE_MS = 150;

export function StrengthMeter({ password }: { password: string }) {
  const words = useWords();
  const { config: { productName }, strength } = useConfigured();
  const [score, setScore] = useState<ReturnType<Score> | null>(null);

  // On its way before the first key, so that the verdict need not wait for it.
  useEffect(() => void strength?.().catch(() => undefined), [strength]);
  useEffect(() => {
    if (!password || !strength) {
      setScore(null);
      return undefined;
    }
    let current = true;
    const timer = setTimeout(async () => {
      try {
        const { score: estimate } = await strength();
        if (current) setScore(estimate(password, [productName]));
      } catch {
        // Offline: the form works without its advice.
      }
    }, PAUSE_MS);
    return () => {
      current = false;
      clearTimeout(timer);
    };
  }, [password, productName, strength]);
  if (!strength) return null;

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
