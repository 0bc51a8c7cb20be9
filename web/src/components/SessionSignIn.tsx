/** Signs in through the API. The session's token lives in this component alone; the device's, which opens nothing, is kept. */
import { type FormEvent, useRef, useState } from 'react';
import { cleanAddress } from '@example/password-reset-react/addresses';
import { useFailure } from '@example/password-reset-react/failure';
import { isolate, useWords } from '@example/password-reset-react/words';
import { Button } from '@example/password-reset-react/components/Button';
import { FailureNotice } from '@example/password-reset-react/components/FailureNotice';
import { Panel } from '@example/password-reset-react/components/Panel';
import { useApi } from '../configured';
import { knownDevice, rememberDevice } from '../device';
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
  const trouble = useFailure();
  const password = useRef<HTMLInputElement>(null);

  async function signIn(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    if (busy || trouble.left > 0) return;
    const values = new FormData(event.currentTarget);
    const email = cleanAddress(String(values.get('email')));
    setBusy(true);
    setRefused(false);
    trouble.say(null);
    const result = await api.signIn({ email, password: String(values.get('password')), deviceToken: knownDevice() });
    setBusy(false);
    if (result.ok) {
      rememberDevice(result.value.deviceToken);
      setSession({ email, accessToken: result.value.accessToken });
      return;
    }
    if (trouble.tell(result.problem)) return;
    setRefused(true); // an address that is none is wrong as well
    password.current?.focus();
  }

  async function signOut() {
    if (busy || !session) return;
    setBusy(true);
    trouble.say(null);
    const result = await api.signOut(session.accessToken);
    setBusy(false);
    if (result.ok || result.problem.code === 'invalid_credentials') {
      setSession(null);
    } else {
      trouble.say(result.problem.code === 'unreachable' ? 'failure.offline' : 'failure.unavailable');
    }
  }

  if (session) {
    return (
      <Panel title={words.say('signedIn.title')} icon="check" tone="good" key="session">
        <p>{words.say('signedIn.body', { email: isolate(session.email) })}</p>
        <FailureNotice message={trouble.message} left={0} />
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
          before={<FailureNotice message={trouble.message} left={trouble.left} />}
          button={
            <Button type="submit" busy={busy} resting={trouble.left > 0}>
              {words.say(busy ? 'signIn.submitting' : 'signIn.submit')}
            </Button>
          }
        />
      </form>
    </Panel>
  );
}
