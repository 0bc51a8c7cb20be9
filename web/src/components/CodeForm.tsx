/** Exchanges the code of a message for a token, which is handed on and kept nowhere else. */
import { type FormEvent, useEffect, useId, useRef, useState } from 'react';
import { CODE_LENGTH, readCode } from '../codes';
import { useApi } from '../configured';
import { useFailure } from '../failure';
import { useWords } from '../words';
import { Button } from './Button';
import { FailureNotice } from './FailureNotice';
import { Field } from './Field';

interface Props {
  /** The request that the code answers. */
  flow: string;
  onToken: (token: string) => void;
}

type Refusal = 'code.missing' | 'code.incomplete' | 'code.invalid';

export function CodeForm({ flow, onToken }: Props) {
  const words = useWords();
  const api = useApi();
  const hintId = useId();
  const [text, setText] = useState('');
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<Refusal | null>(null);
  const trouble = useFailure();
  const input = useRef<HTMLInputElement>(null);
  /** Sent by itself once: a guess costs one of five. */
  const tried = useRef('');
  const digits = { n: words.number(CODE_LENGTH) };

  function refuse(reason: Refusal) {
    setError(reason);
    input.current?.focus();
  }

  function submit(event: FormEvent) {
    event.preventDefault();
    const code = readCode(text);
    if (!code) refuse('code.missing');
    else if (code.length !== CODE_LENGTH) refuse('code.incomplete');
    else void exchange(code);
  }

  async function exchange(code: string) {
    if (busy || trouble.left > 0) return;
    tried.current = code;
    trouble.say(null);
    setError(null); // said anew, it is announced anew
    setBusy(true);
    const result = await api.verifyResetCode({ flow, code });
    setBusy(false);
    if (result.ok) {
      onToken(result.value.token);
      return;
    }
    if (!trouble.tell(result.problem)) refuse('code.invalid');
  }

  function take(typed: string) {
    setText(typed);
    setError(null);
    const code = readCode(typed);
    if (code.length === CODE_LENGTH && code !== tried.current) void exchange(code);
  }

  // What the latest render would do with a code; the wait below outlives renders.
  const latest = useRef(take);
  latest.current = take;
  useEffect(() => {
    const waiting = new AbortController();
    awaitMessage(waiting.signal).then((code) => code && latest.current(code));
    return () => waiting.abort();
  }, []);

  return (
    <form onSubmit={submit} noValidate aria-busy={busy} method="post">
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
        enterKeyHint="go"
        spellCheck={false}
        dir="ltr"
        autoFocus
        required
        value={text}
        onChange={(event) => take(event.target.value)}
      />
      <p id={hintId} className="muted small hint">
        {words.say('code.hint', digits)}
      </p>
      <FailureNotice message={trouble.message} left={trouble.left} />
      <Button type="submit" busy={busy} resting={trouble.left > 0}>
        {words.say(busy ? 'code.submitting' : 'code.submit')}
      </Button>
    </form>
  );
}

/** WebOTP: Chrome on a phone hands over the code of a message that names these pages, if its owner agrees. */
async function awaitMessage(signal: AbortSignal): Promise<string | null> {
  if (!('OTPCredential' in window)) return null;
  try {
    const credential = await navigator.credentials.get({ otp: { transport: ['sms'] }, signal } as CredentialRequestOptions);
    return (credential as { code?: string } | null)?.code ?? null;
  } catch {
    return null; // refused, timed out, or the page went on
  }
}
