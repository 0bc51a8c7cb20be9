/** Shows a second factor of the account, by which the token may be used. */
import { type FormEvent, useRef, useState } from 'react';
import type { Factor } from './api';
import { readCode } from './codes';
import { useApi } from './configured';
import { useFailure } from './failure';

export interface FactorFormOptions {
  token: string;
  /** Which factors the account has; any of them will do. */
  kinds: Factor[];
  onProven: () => void;
  /** The token is none, or none any more. */
  onInvalid: () => void;
}

export type FactorRefusal = 'factor.missing' | 'factor.invalid' | 'factor.phone.failed';

/** Give `input` to the field: it gets the focus back where its text is refused. */
export function useFactorForm({ token, kinds, onProven, onInvalid }: FactorFormOptions) {
  const api = useApi();
  const [kind, setKind] = useState(kinds[0]!);
  const [text, setText] = useState('');
  const [sent, setSent] = useState(false);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<FactorRefusal | null>(null);
  const trouble = useFailure();
  const input = useRef<HTMLInputElement>(null);

  const asking = kind === 'phone' && !sent;
  const digits = kind === 'totp' || kind === 'phone';

  function refuse(reason: FactorRefusal) {
    setError(reason);
    input.current?.focus();
  }

  function choose(other: Factor) {
    setKind(other);
    setText('');
    setError(null);
    trouble.say(null);
    setSent(false);
    input.current?.focus();
  }

  function submit(event?: FormEvent) {
    event?.preventDefault();
    if (busy || trouble.left > 0) return;
    const value = digits ? readCode(text) : text.trim();
    if (!asking && !value) refuse('factor.missing');
    else void show(value);
  }

  async function show(value: string) {
    trouble.say(null);
    setError(null); // said anew, it is announced anew
    setBusy(true);
    const result = await api.verifyResetFactor({ token, kind, value: asking ? undefined : value });
    setBusy(false);
    if (result.ok) {
      if (result.value.verified) onProven();
      else setSent(true);
      return;
    }
    if (result.problem.code === 'invalid_token') {
      onInvalid();
    } else if (!trouble.tell(result.problem)) {
      refuse(asking ? 'factor.phone.failed' : 'factor.invalid');
    }
  }

  return {
    /** The one that is asked for. */
    kind,
    /** Asks for another one of `kinds`. */
    choose,
    text,
    change: (typed: string) => {
      setText(typed);
      setError(null);
    },
    /** Whether the next `submit` sends a code, rather than `text`. */
    asking,
    /** Whether it is made of digits alone; what a directory takes, it knows alone. */
    digits,
    submit,
    busy,
    error,
    message: trouble.message,
    left: trouble.left,
    input,
  };
}
