/** Exchanges the code of a message for a token, which is handed on and kept nowhere else. */
import { type FormEvent, useEffect, useRef, useState } from 'react';
import { CODE_LENGTH, readCode } from './codes';
import { useApi } from './configured';
import { useFailure } from './failure';

export interface CodeFormOptions {
  /** The request that the code answers. */
  flow: string;
  onToken: (token: string) => void;
}

export type CodeRefusal = 'code.missing' | 'code.incomplete' | 'code.invalid';

/** Give `input` to the field: it gets the focus back where its text is refused. */
export function useCodeForm({ flow, onToken }: CodeFormOptions) {
  const api = useApi();
  const [text, setText] = useState('');
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<CodeRefusal | null>(null);
  const trouble = useFailure();
  const input = useRef<HTMLInputElement>(null);
  /** Sent by itself once: a guess costs one of five. */
  const tried = useRef('');

  function refuse(reason: CodeRefusal) {
    setError(reason);
    input.current?.focus();
  }

  function submit(event?: FormEvent) {
    event?.preventDefault();
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

  function change(typed: string) {
    setText(typed);
    setError(null);
    const code = readCode(typed);
    if (code.length === CODE_LENGTH && code !== tried.current) void exchange(code);
  }

  // What the latest render would do with a code; the wait below outlives renders.
  const latest = useRef(change);
  latest.current = change;
  useEffect(() => {
    const waiting = new AbortController();
    awaitMessage(waiting.signal).then((code) => code && latest.current(code));
    return () => waiting.abort();
  }, []);

  return { text, change, submit, busy, error, message: trouble.message, left: trouble.left, input };
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
