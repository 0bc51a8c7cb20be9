/** Exchanges the code of a message for a token, which is handed on and kept nowhere else. */
import { type FormEvent, useId, useRef, useState } from 'react';
import { CODE_LENGTH, readCode } from '../codes';
import { useApi } from '../configured';
import { useCountdown } from '../countdown';
import { useWords } from '../words';
import { Button } from './Button';
import { type FailureMessage, FailureNotice } from './FailureNotice';
import { Field } from './Field';

interface Props {
  /** The request that the code answers. */
  flow: string;
  onToken: (token: string) => void;
}

export function CodeForm({ flow, onToken }: Props) {
  const words = useWords();
  const api = useApi();
  const hintId = useId();
  const [text, setText] = useState('');
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<'code.missing' | 'code.incomplete' | 'code.invalid' | null>(null);
  const [message, setMessage] = useState<FailureMessage | null>(null);
  const wait = useCountdown();
  const input = useRef<HTMLInputElement>(null);
  const digits = { n: words.number(CODE_LENGTH) };

  function refuse(reason: 'code.missing' | 'code.incomplete' | 'code.invalid') {
    setError(reason);
    input.current?.focus();
  }

  async function submit(event: FormEvent) {
    event.preventDefault();
    if (busy || wait.left > 0) return;
    setMessage(null);
    const code = readCode(text);
    if (!code) {
      refuse('code.missing');
      return;
    }
    if (code.length !== CODE_LENGTH) {
      refuse('code.incomplete');
      return;
    }
    setError(null); // said anew, it is announced anew
    setBusy(true);
    const result = await api.verifyResetCode(flow, code);
    setBusy(false);
    if (result.ok) {
      onToken(result.value.token);
      return;
    }
    const { failure } = result;
    if (failure.kind === 'rate_limited' || failure.kind === 'unavailable') {
      setMessage(`failure.${failure.kind}`);
      wait.start(failure.retryAfter);
    } else if (failure.kind === 'offline') {
      setMessage('failure.offline');
    } else {
      refuse('code.invalid');
    }
  }

  return (
    <form onSubmit={(event) => void submit(event)} noValidate aria-busy={busy} method="post">
      <Field
        ref={input}
        label={words.say('code.label')}
        error={error ? words.say(error, digits) : undefined}
        describedBy={hintId}
        type="text"
        name="code"
        className="code"
        inputMode="numeric"
        autoComplete="one-time-code"
        autoCapitalize="none"
        autoCorrect="off"
        spellCheck={false}
        dir="ltr"
        required
        value={text}
        onChange={(event) => {
          setText(event.target.value);
          setError(null);
        }}
      />
      <p id={hintId} className="muted small hint">
        {words.say('code.hint', digits)}
      </p>
      <FailureNotice message={message} left={wait.left} />
      <Button type="submit" busy={busy} resting={wait.left > 0}>
        {words.say(busy ? 'code.submitting' : 'code.submit')}
      </Button>
    </form>
  );
}
