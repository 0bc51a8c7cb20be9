/** Signs in through the API. The session's token lives in this component alone; the device's, which opens nothing, is kept. */
import { type FormEvent, useRef, useState } from 'react';
import { cleanAddress } from '../addresses';
import { useApi } from '../configured';
import { useCountdown } from '../countdown';
import { knownDevice, rememberDevice } from '../device';
import { isolate, useWords } from '../words';
import { Button } from './Button';
import { type FailureMessage, FailureNotice } from './FailureNotice';
import { Panel } from './Panel';
import { SignInFields } from './SignInFields';

interface Session {
  email: string;
  accessToken: string;
}

export function SessionSignIn() {
  const words = useWords();
  const api = useApi();
  const [session, setSession] = useState<Session | null>(null);
  const [busy, setBusy] = useState(false);
  const [refused, setRefused] = useState(false);
  const [message, setMessage] = useState<FailureMessage | null>(null);
  const wait = useCountdown();
  const password = useRef<HTMLInputElement>(null);

  async function signIn(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    if (busy || wait.left > 0) return;
    const values = new FormData(event.currentTarget);
    const email = cleanAddress(String(values.get('email')));
    setBusy(true);
    setRefused(false);
    setMessage(null);
    const result = await api.signIn(email, String(values.get('password')), knownDevice());
    setBusy(false);
    if (result.ok) {
      rememberDevice(result.value.deviceToken);
      setSession({ email, accessToken: result.value.accessToken });
      return;
    }
    const { failure } = result;
    switch (failure.kind) {
      case 'rate_limited':
      case 'unavailable':
        setMessage(`failure.${failure.kind}`);
        wait.start(failure.retryAfter);
        return;
      case 'offline':
        setMessage('failure.offline');
        return;
      default: // an address that is none is wrong as well
        setRefused(true);
        password.current?.focus();
    }
  }

  async function signOut() {
    if (busy || !session) return;
    setBusy(true);
    setMessage(null);
    const result = await api.signOut(session.accessToken);
    setBusy(false);
    if (result.ok || result.failure.kind === 'invalid_credentials') {
      setSession(null);
    } else {
      setMessage(result.failure.kind === 'offline' ? 'failure.offline' : 'failure.unavailable');
    }
  }

  if (session) {
    return (
      <Panel title={words.say('signedIn.title')} icon="check" tone="good" key="session">
        <p>{words.say('signedIn.body', { email: isolate(session.email) })}</p>
        <FailureNotice message={message} left={0} />
        <div className="actions">
          <Button kind="secondary" busy={busy} onClick={() => void signOut()}>
            {words.say('signedIn.signOut')}
          </Button>
        </div>
      </Panel>
    );
  }
  return (
    <Panel title={words.say('signIn.title')} key="form">
      <form onSubmit={(event) => void signIn(event)} aria-busy={busy} method="post">
        <SignInFields
          passwordRef={password}
          error={refused ? words.say('signIn.refused') : undefined}
          before={<FailureNotice message={message} left={wait.left} />}
          button={
            <Button type="submit" busy={busy} resting={wait.left > 0}>
              {words.say(busy ? 'signIn.submitting' : 'signIn.submit')}
            </Button>
          }
        />
      </form>
    </Panel>
  );
}
