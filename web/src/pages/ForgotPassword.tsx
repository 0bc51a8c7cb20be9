/** Asks for an address, says the same to everybody who gives one, and takes the code where one may come. */
import { type FormEvent, useRef, useState } from 'react';
import { carried, mayComeAsCode } from '../codes';
import { Button } from '../components/Button';
import { Channels } from '../components/Channels';
import { CodeForm } from '../components/CodeForm';
import { type FailureMessage, FailureNotice } from '../components/FailureNotice';
import { Field } from '../components/Field';
import { Panel } from '../components/Panel';
import type { Channel, Config } from '../config';
import { useApi, useConfig } from '../configured';
import { useCountdown } from '../countdown';
import { signInLink } from '../links';
import { isolate, useWords, type Words } from '../words';
import { ResetPassword } from './ResetPassword';

/** Time for a mail to arrive before anybody asks for another one. */
const RESEND_SECONDS = 30;

export function ForgotPassword() {
  const words = useWords();
  const api = useApi();
  const config = useConfig();
  const [email, setEmail] = useState('');
  const [channel, setChannel] = useState(config.channels[0]!);
  const [flow, setFlow] = useState('');
  const [token, setToken] = useState('');
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
    const result = await api.forgotPassword(email.trim(), words.language, channel);
    setBusy(false);
    if (result.ok) {
      setFlow(result.value.flow);
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

  const what = carried(config, channel);
  const byPhone = channel !== 'email';
  if (token) return <ResetPassword token={token} byCode />;
  if (state === 'sent') {
    return (
      <Panel title={words.say(byPhone ? 'sent.titlePhone' : 'sent.title')} icon={byPhone ? 'phone' : 'mail'} follows>
        <p>{sentTo(words, config, channel, isolate(email.trim()))}</p>
        <p>{expiry(words, config, channel)}</p>
        {mayComeAsCode(config, channel) && <CodeForm flow={flow} onToken={setToken} key={flow} />}
        <p className="muted">{words.say(byPhone ? 'sent.nothingPhone' : 'sent.spam')}</p>
        <FailureNotice message={message} left={message ? wait.left : 0} />
        <div className="actions">
          <Button kind="secondary" busy={busy} resting={wait.left > 0} onClick={() => void send()}>
            {words.say(what === 'link' ? 'sent.resend' : 'sent.resendCode')}
          </Button>
          {!message && wait.left > 0 && (
            <p className="wait">{words.say('sent.wait', { duration: words.duration(wait.left, 'up') })}</p>
          )}
          <div role="status">
            {again && <p className="wait">{words.say(what === 'link' ? 'sent.again' : 'sent.againCode')}</p>}
          </div>
          <Button kind="plain" onClick={() => setState('asking another')}>
            {words.say(config.channels.length > 1 ? 'sent.otherWay' : 'sent.other')}
          </Button>
          <a className="button plain" href={signInLink(config)}>
            {words.say('common.backToSignIn')}
          </a>
        </div>
      </Panel>
    );
  }
  const several = config.channels.length > 1;
  const intro = several ? 'forgot.introChannels' : what === 'code' ? 'forgot.introCode' : 'forgot.intro';
  return (
    <Panel title={words.say('forgot.title')} follows={state === 'asking another'}>
      <p>{words.say(intro, { product: isolate(config.productName) })}</p>
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
        {several && <Channels chosen={channel} onChoose={setChannel} />}
        <FailureNotice message={message} left={wait.left} />
        <div className="actions">
          <Button type="submit" busy={busy} resting={wait.left > 0}>
            {words.say(busy ? 'forgot.submitting' : what === 'code' ? 'forgot.submitCode' : 'forgot.submit')}
          </Button>
          <a className="button plain" href={signInLink(config)}>
            {words.say('common.backToSignIn')}
          </a>
        </div>
      </form>
    </Panel>
  );
}

function sentTo(words: Words, config: Config, channel: Channel, email: string): string {
  if (channel !== 'email') {
    return words.say('sent.bodyPhone', { email, channel: isolate(words.say(`channel.${channel}`)) });
  }
  return words.say(({ link: 'sent.body', code: 'sent.bodyCode', both: 'sent.bodyBoth' } as const)[config.emailStyle], { email });
}

function expiry(words: Words, config: Config, channel: Channel): string {
  const link = words.duration(config.tokenTtlSeconds, 'down');
  const code = words.duration(config.codeTtlSeconds, 'down');
  switch (carried(config, channel)) {
    case 'link':
      return words.say('sent.expiry', { duration: link });
    case 'code':
      return words.say('sent.expiryCode', { duration: code });
    case 'both':
      return words.say('sent.expiryBoth', { duration: link, codeDuration: code });
  }
}
