/** Asks for an address, and says the same to everybody who gives one. */
import { type FormEvent, useRef, useState } from 'react';
import { Button } from '../components/Button';
import { type FailureMessage, FailureNotice } from '../components/FailureNotice';
import { Field } from '../components/Field';
import { Panel } from '../components/Panel';
import { useApi, useConfig } from '../configured';
import { useCountdown } from '../countdown';
import { signInLink } from '../links';
import { isolate, useWords } from '../words';

/** Time for a mail to arrive before anybody asks for another one. */
const RESEND_SECONDS = 30;

export function ForgotPassword() {
  const words = useWords();
  const api = useApi();
  const config = useConfig();
  const [email, setEmail] = useState('');
  const [state, setState] = useState<'asking' | 'sent' | 'asking another'>('asking');
  const [busy, setBusy] = useState(false);
  const [again, setAgain] = useState(false);
  const [error, setError] = useState<'email.missing' | 'email.malformed' | null>(null);
  const [message, setMessage] = useState<FailureMessage | null>(null);
  const wait = useCountdown();
  const input = useRef<HTMLInputElement>(null);

  async function send() {
    if (busy || wait.left > 0) return;
    setBusy(true);
    setMessage(null);
    setAgain(false);
    const result = await api.forgotPassword(email.trim(), words.language);
    setBusy(false);
    if (result.ok) {
      setAgain(state === 'sent');
      setState('sent');
      wait.start(RESEND_SECONDS);
      return;
    }
    const { failure } = result;
    if (failure.kind === 'invalid_request') {
      refuse('email.malformed');
    } else if (failure.kind === 'rate_limited' || failure.kind === 'unavailable') {
      setMessage(`failure.${failure.kind}`);
      wait.start(failure.retryAfter);
    } else {
      setMessage('failure.offline');
    }
  }

  function refuse(reason: 'email.missing' | 'email.malformed') {
    setError(reason);
    setState('asking');
    input.current?.focus();
  }

  function submit(event: FormEvent) {
    event.preventDefault();
    const address = email.trim();
    if (!address) refuse('email.missing');
    else if (!/^[^\s@]+@[^\s@]+$/.test(address)) refuse('email.malformed');
    else void send();
  }

  if (state === 'sent') {
    return (
      <Panel title={words.say('sent.title')} icon="mail" follows>
        <p>{words.say('sent.body', { email: isolate(email.trim()) })}</p>
        <p>{words.say('sent.expiry', { duration: words.duration(config.tokenTtlSeconds, 'down') })}</p>
        <p className="muted">{words.say('sent.spam')}</p>
        <FailureNotice message={message} left={message ? wait.left : 0} />
        <div className="actions">
          <Button kind="secondary" busy={busy} resting={wait.left > 0} onClick={() => void send()}>
            {words.say('sent.resend')}
          </Button>
          {!message && wait.left > 0 && (
            <p className="wait">{words.say('sent.wait', { duration: words.duration(wait.left, 'up') })}</p>
          )}
          <div role="status">{again && <p className="wait">{words.say('sent.again')}</p>}</div>
          <Button kind="plain" onClick={() => setState('asking another')}>
            {words.say('sent.other')}
          </Button>
          <a className="button plain" href={signInLink(config)}>
            {words.say('common.backToSignIn')}
          </a>
        </div>
      </Panel>
    );
  }
  return (
    <Panel title={words.say('forgot.title')} follows={state === 'asking another'}>
      <p>{words.say('forgot.intro', { product: isolate(config.productName) })}</p>
      <form onSubmit={submit} noValidate aria-busy={busy}>
        <Field
          ref={input}
          label={words.say('email.label')}
          error={error ? words.say(error) : undefined}
          type="email"
          name="email"
          inputMode="email"
          autoComplete="email"
          autoCapitalize="none"
          spellCheck={false}
          dir="ltr"
          required
          value={email}
          onChange={(event) => {
            setEmail(event.target.value);
            setError(null);
          }}
        />
        <FailureNotice message={message} left={wait.left} />
        <div className="actions">
          <Button type="submit" busy={busy} resting={wait.left > 0}>
            {words.say(busy ? 'forgot.submitting' : 'forgot.submit')}
          </Button>
          <a className="button plain" href={signInLink(config)}>
            {words.say('common.backToSignIn')}
          </a>
        </div>
      </form>
    </Panel>
  );
}
