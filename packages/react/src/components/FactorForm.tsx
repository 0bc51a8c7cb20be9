/** Shows a second factor of the account, so that the token may be used. Few accounts have one: it is loaded then. */
import { type FormEvent, useId, useRef, useState } from 'react';
import type { Factor } from '../api';
import { readCode } from '../codes';
import { useApi } from '../configured';
import { useFailure } from '../failure';
import { useWords } from '../words';
import { Button } from './Button';
import { FailureNotice } from './FailureNotice';
import { Field } from './Field';

interface Props {
  token: string;
  /** Which factors the account has; any of them will do. */
  kinds: Factor[];
  onProven: () => void;
  onInvalid: () => void;
}

type Refusal = 'factor.missing' | 'factor.invalid' | 'factor.phone.failed';

export function FactorForm({ token, kinds, onProven, onInvalid }: Props) {
  const words = useWords();
  const api = useApi();
  const hintId = useId();
  const [kind, setKind] = useState(kinds[0]!);
  const [text, setText] = useState('');
  const [sent, setSent] = useState(false);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<Refusal | null>(null);
  const trouble = useFailure();
  const input = useRef<HTMLInputElement>(null);

  /** The code is yet to be sent. */
  const asking = kind === 'phone' && !sent;
  /** It's made of digits alone; what a directory takes, it knows alone. */
  const digits = kind === 'totp' || kind === 'phone';

  function refuse(reason: Refusal) {
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

  async function submit(event: FormEvent) {
    event.preventDefault();
    if (busy || trouble.left > 0) return;
    const value = digits ? readCode(text) : text.trim();
    if (!asking && !value) {
      refuse('factor.missing');
      return;
    }
    trouble.say(null);
    setError(null); // said anew, it is announced anew
    setBusy(true);
    const result = await api.verifyResetFactor({ token, kind, ...(!asking && { value }) });
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

  return (
    <form onSubmit={(event) => void submit(event)} noValidate aria-busy={busy} method="post">
      <p>{words.say('factor.intro')}</p>
      {!asking && <Field
        ref={input}
        label={words.say(`factor.${kind}`)}
        error={error ? words.say(error) : undefined}
        describedBy={hintId}
        type="text"
        name={kind}
        className="code"
        inputMode={digits ? 'numeric' : 'text'}
        autoComplete={kind === 'recovery_code' ? 'off' : 'one-time-code'}
        autoCapitalize="none"
        autoCorrect="off"
        enterKeyHint="go"
        spellCheck={false}
        dir="ltr"
        autoFocus
        required
        value={text}
        onChange={(event) => {
          setText(event.target.value);
          setError(null);
        }}
      />}
      <p id={hintId} className="muted small hint">
        {words.say(asking ? 'factor.phone.ask' : `factor.${kind}.hint`)}
      </p>
      {asking && error && <p role="alert">{words.say(error)}</p>}
      <FailureNotice message={trouble.message} left={trouble.left} />
      <Button type="submit" busy={busy} resting={trouble.left > 0}>
        {words.say(busy ? 'code.submitting' : asking ? 'sent.resendCode' : 'code.submit')}
      </Button>
      {kinds
        .filter((other) => other !== kind)
        .map((other) => (
          <Button kind="plain" onClick={() => choose(other)} key={other}>
            {words.say(`factor.${other}.use`)}
          </Button>
        ))}
    </form>
  );
}
