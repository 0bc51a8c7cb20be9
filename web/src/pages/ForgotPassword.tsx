/**
 * Asks for an address, says the same to everybody who gives one, and takes the code where one may come.
 *
 * Each step is an entry of the tab's history. What a step needs is in memory; the flow alone also outlives a reload.
 */
import { type FormEvent, useRef, useState } from 'react';
import { type AddressError, addressError, cleanAddress } from '../addresses';
import { carried, mayComeAsCode } from '../codes';
import { Button } from '../components/Button';
import { Channels } from '../components/Channels';
import { CodeForm } from '../components/CodeForm';
import { EmailField } from '../components/EmailField';
import { type FailureMessage, FailureNotice } from '../components/FailureNotice';
import { Ended, Done } from '../components/Outcomes';
import { SignInLink } from '../components/PageLink';
import { Panel } from '../components/Panel';
import type { Channel, Config } from '../config';
import { useApi, useConfig, useVisit } from '../configured';
import { useCountdown, useSecondsUntil } from '../countdown';
import { useNavigation } from '../navigation';
import { isolate, useWords, type Words } from '../words';
import { ResetPassword } from './ResetPassword';

/** Time for a message to arrive before anybody asks for another one. */
const RESEND_SECONDS = 30;

export function ForgotPassword() {
  const words = useWords();
  const api = useApi();
  const config = useConfig();
  const visit = useVisit();
  const { place, go } = useNavigation();
  const [email, setEmail] = useState(visit.email);
  const [channel, setChannel] = useState(place.channel ?? config.channels[0]!);
  const [busy, setBusy] = useState(false);
  const [solving, setSolving] = useState(false);
  const [again, setAgain] = useState(false);
  const [error, setError] = useState<AddressError | null>(null);
  const [message, setMessage] = useState<FailureMessage | null>(null);
  const service = useCountdown();
  const input = useRef<HTMLInputElement>(null);

  // The pause is the address's: another one need not wait for it.
  const address = cleanAddress(email);
  const rest = visit.rests.get(address.toLowerCase());
  const resting = useSecondsUntil(rest?.until ?? 0);
  const limited = rest?.why === 'rate_limited';
  const notice = <FailureNotice message={message ?? (limited ? 'forgot.limited' : null)} left={message ? service.left : resting} />;

  async function send() {
    if (busy || service.left > 0 || resting > 0) return;
    const pause = (seconds: number, why: 'sent' | 'rate_limited') =>
      visit.rests.set(address.toLowerCase(), { until: Date.now() + seconds * 1000, why });
    setBusy(true);
    setMessage(null);
    setAgain(false);
    visit.rests.delete(address.toLowerCase());
    // The API takes mail for granted: only another channel is named.
    const named = { ...(channel !== 'email' && { channel }), ...(visit.client && { client: visit.client }) };
    const request = { email: address, locale: words.language, ...named };
    const result = await api.forgotPassword(request, { onSolving: () => setSolving(true) });
    setBusy(false);
    setSolving(false);
    if (result.ok) {
      visit.email = address;
      visit.finished = false;
      if (mayComeAsCode(config, channel)) visit.flow = result.value.flow;
      pause(RESEND_SECONDS, 'sent');
      if (place.step === 'sent') setAgain(true);
      else go({ page: 'forgot-password', step: 'sent', channel });
      return;
    }
    const { problem } = result;
    if (problem.code === 'invalid_request') {
      refuse('email.malformed');
    } else if (problem.code === 'rate_limited') {
      pause(problem.retryAfter, 'rate_limited');
    } else if (problem.code === 'unavailable') {
      setMessage('failure.unavailable');
      service.start(problem.retryAfter);
    } else {
      setMessage('failure.offline');
    }
  }

  function refuse(reason: AddressError) {
    setError(reason);
    if (place.step) go({ page: 'forgot-password' });
    else input.current?.focus();
  }

  function submit(event: FormEvent) {
    event.preventDefault();
    setEmail(address);
    const reason = addressError(address);
    if (reason) refuse(reason);
    else void send();
  }

  function askAgain() {
    setAgain(false);
    setMessage(null);
    go({ page: 'forgot-password' });
  }

  if (place.step === 'done') return <Done byCode email={visit.email} key="done" />;
  if (place.step === 'choose') {
    if (!visit.codeToken) return <Ended key="ended" />;
    return <ResetPassword token={visit.codeToken} byCode key="choose" />;
  }
  const several = config.channels.length > 1;
  if (place.step === 'sent') {
    const what = carried(config, channel);
    const byPhone = channel !== 'email';
    const takesCode = mayComeAsCode(config, channel) && visit.flow !== '';
    return (
      <Panel title={words.say(byPhone ? 'sent.titlePhone' : 'sent.title')} icon={byPhone ? 'phone' : 'mail'} key="sent">
        <p>{address ? sentTo(words, config, channel, isolate(address)) : words.say('sent.bodyReloaded')}</p>
        {takesCode && (
          <CodeForm
            flow={visit.flow}
            onToken={(token) => {
              visit.flow = '';
              visit.codeToken = token;
              go({ page: 'forgot-password', step: 'choose', channel });
            }}
            key={visit.flow}
          />
        )}
        <p className={takesCode ? 'muted small' : ''}>{expiry(words, config, channel)}</p>
        <p className="muted small">{words.say(byPhone ? 'sent.nothingPhone' : 'sent.spam')}</p>
        {notice}
        <div className="actions">
          {address && (
            <Button kind="secondary" busy={busy} resting={service.left > 0 || resting > 0} onClick={() => void send()}>
              {words.say(what === 'link' ? 'sent.resend' : 'sent.resendCode')}
            </Button>
          )}
          {address && !message && !limited && resting > 0 && (
            <p className="wait">{words.say('sent.wait', { duration: words.duration(resting, 'up') })}</p>
          )}
          <div role="status">
            {solving && <p className="wait">{words.say('forgot.solving')}</p>}
            {again && <p className="wait">{words.say(what === 'link' ? 'sent.again' : 'sent.againCode')}</p>}
          </div>
          <Button kind="plain" onClick={askAgain}>
            {words.say(!address ? (what === 'link' ? 'invalid.newLink' : 'invalid.newCode') : several ? 'sent.otherWay' : 'sent.other')}
          </Button>
          <SignInLink say="common.backToSignIn" email={address} />
        </div>
      </Panel>
    );
  }
  const what = carried(config, channel);
  const intro = several ? 'forgot.introChannels' : what === 'code' ? 'forgot.introCode' : 'forgot.intro';
  return (
    <Panel title={words.say('forgot.title')} key="asking">
      <p>{words.say(intro, { product: isolate(config.productName) })}</p>
      <form onSubmit={submit} noValidate aria-busy={busy}>
        <EmailField
          ref={input}
          value={email}
          onChange={(typed) => {
            setEmail(typed);
            if (typed !== email) setError(null);
          }}
          error={error ? words.say(error) : undefined}
          autoComplete="email"
          enterKeyHint="send"
          autoFocus
        />
        {several && <Channels chosen={channel} onChoose={setChannel} />}
        {notice}
        <div className="actions">
          <Button type="submit" busy={busy} resting={service.left > 0 || resting > 0}>
            {words.say(busy ? 'forgot.submitting' : what === 'code' ? 'forgot.submitCode' : 'forgot.submit')}
          </Button>
          <div role="status">
            {solving && <p className="wait">{words.say('forgot.solving')}</p>}
            {!message && rest?.why === 'sent' && resting > 0 && (
              <p className="wait">{words.say('forgot.resting')}</p>
            )}
          </div>
          {!message && rest?.why === 'sent' && resting > 0 && (
            <p className="wait">{words.say('sent.wait', { duration: words.duration(resting, 'up') })}</p>
          )}
          <SignInLink say="common.backToSignIn" email={address} />
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
