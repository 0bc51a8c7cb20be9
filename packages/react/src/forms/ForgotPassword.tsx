/**
 * Asks for an address, says the same to everybody who gives one, and takes the code where one may come.
 *
 * Each step is a place of its own. What a step needs is in memory; the flow alone also outlives a reload.
 */
import { carried, mayComeAsCode } from '../codes';
import { Button } from '../components/Button';
import { Channels } from '../components/Channels';
import { EmailField } from '../components/EmailField';
import { FailureNotice } from '../components/FailureNotice';
import { Done, Ended } from '../components/Outcomes';
import { SignInLink } from '../components/PageLink';
import { Panel } from '../components/Panel';
import { useConfig, useVisit } from '../configured';
import { useNavigation } from '../navigation';
import type { Channel, Settings } from '../settings';
import { useForgotPassword } from '../useForgotPassword';
import { isolate, useWords, type Words } from '../words';
import { CodeForm } from './CodeForm';
import { ResetPassword } from './ResetPassword';

export function ForgotPassword() {
  const words = useWords();
  const config = useConfig();
  const visit = useVisit();
  const { go } = useNavigation();
  const forgot = useForgotPassword();
  const { address, channel } = forgot;

  if (forgot.step === 'done') return <Done byCode email={visit.email} key="done" />;
  if (forgot.step === 'choose') {
    if (!visit.codeToken) return <Ended key="ended" />;
    return <ResetPassword token={visit.codeToken} byCode key="choose" />;
  }
  const several = config.channels.length > 1;
  if (forgot.step === 'sent') {
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
        <FailureNotice message={forgot.message} left={forgot.left} />
        <div className="actions">
          {address && (
            <Button kind="secondary" busy={forgot.busy} resting={forgot.resting} onClick={forgot.resend}>
              {words.say(what === 'link' ? 'sent.resend' : 'sent.resendCode')}
            </Button>
          )}
          {address && forgot.wait > 0 && (
            <p className="wait">{words.say('sent.wait', { duration: words.duration(forgot.wait, 'up') })}</p>
          )}
          <div role="status">
            {forgot.solving && <p className="wait">{words.say('forgot.solving')}</p>}
            {forgot.again && <p className="wait">{words.say(what === 'link' ? 'sent.again' : 'sent.againCode')}</p>}
          </div>
          <Button kind="plain" onClick={forgot.startOver}>
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
      <form onSubmit={forgot.submit} noValidate aria-busy={forgot.busy}>
        <EmailField
          ref={forgot.input}
          value={forgot.email}
          onChange={forgot.change}
          error={forgot.error ? words.say(forgot.error) : undefined}
          autoComplete="email"
          enterKeyHint="send"
          autoFocus
        />
        {several && <Channels chosen={channel} onChoose={forgot.setChannel} />}
        <FailureNotice message={forgot.message} left={forgot.left} />
        <div className="actions">
          <Button type="submit" busy={forgot.busy} resting={forgot.resting}>
            {words.say(forgot.busy ? 'forgot.submitting' : what === 'code' ? 'forgot.submitCode' : 'forgot.submit')}
          </Button>
          <div role="status">
            {forgot.solving && <p className="wait">{words.say('forgot.solving')}</p>}
            {forgot.wait > 0 && (
              <p className="wait">{words.say('forgot.resting')}</p>
            )}
          </div>
          {forgot.wait > 0 && (
            <p className="wait">{words.say('sent.wait', { duration: words.duration(forgot.wait, 'up') })}</p>
          )}
          <SignInLink say="common.backToSignIn" email={address} />
        </div>
      </form>
    </Panel>
  );
}

function sentTo(words: Words, config: Settings, channel: Channel, email: string): string {
  if (channel !== 'email') {
    return words.say('sent.bodyPhone', { email, channel: isolate(words.say(`channel.${channel}`)) });
  }
  return words.say(({ link: 'sent.body', code: 'sent.bodyCode', both: 'sent.bodyBoth' } as const)[config.emailStyle], { email });
}

function expiry(words: Words, config: Settings, channel: Channel): string {
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
