/** Offers a password, and a copy of it for whoever has no password manager at hand. */
import { useEffect, useState } from 'react';
import { useWords } from '../words';
import { Button } from './Button';

interface Props {
  /** The suggestion that the form holds. */
  suggested: string | null;
  onSuggest: () => void;
}

export function Suggestion({ suggested, onSuggest }: Props) {
  const words = useWords();
  const [copied, setCopied] = useState<'reset.copied' | 'reset.copyFailed' | null>(null);
  useEffect(() => setCopied(null), [suggested]);

  async function copy() {
    try {
      await navigator.clipboard.writeText(suggested ?? '');
      setCopied('reset.copied');
    } catch {
      setCopied('reset.copyFailed');
    }
  }

  return (
    <div className="suggestion">
      <div className="row">
        <Button kind="secondary" onClick={onSuggest}>
          {words.say('reset.suggest')}
        </Button>
        {suggested && (
          <Button kind="secondary" onClick={() => void copy()}>
            {words.say('reset.copy')}
          </Button>
        )}
      </div>
      <p role="status" className="muted small">
        {suggested && words.say(copied ?? 'reset.suggested')}
      </p>
    </div>
  );
}
