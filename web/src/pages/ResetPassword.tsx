/** From a mailed link or a code to a new password. The token is looked at here; only the form's click uses it up. */
import { useCallback, useEffect, useState } from 'react';
import type { PasswordPolicy } from '../api';
import { Button } from '../components/Button';
import { NewPassword } from '../components/NewPassword';
import { Panel } from '../components/Panel';
import { useApi, useConfig } from '../configured';
import { useCountdown } from '../countdown';
import { pageLink, signInLink } from '../links';
import { useWords } from '../words';

type State =
  | { name: 'checking' }
  | { name: 'invalid' }
  | { name: 'unreachable'; kind: 'offline' | 'unavailable' }
  | { name: 'form'; policy: PasswordPolicy; expiresAt: number }
  | { name: 'done' };

interface Props {
  token: string;
  /** Whether the token was had for a code: then there is no link to speak of. */
  byCode?: boolean;
}

export function ResetPassword({ token, byCode = false }: Props) {
  const words = useWords();
  const api = useApi();
  const config = useConfig();
  const [state, setState] = useState<State>({ name: 'checking' });

  const check = useCallback(async () => {
    const [verified, policy] = await Promise.all([api.verifyResetToken(token), api.passwordPolicy()]);
    if (verified.ok && policy.ok) {
      setState(
        verified.value.valid
          ? { name: 'form', policy: policy.value, expiresAt: Date.parse(verified.value.expiresAt ?? '') }
          : { name: 'invalid' },
      );
      return;
    }
    const offline = [verified, policy].some((result) => !result.ok && result.failure.kind === 'offline');
    setState({ name: 'unreachable', kind: offline ? 'offline' : 'unavailable' });
  }, [api, token]);

  useEffect(() => {
    if (token) void check();
  }, [check, token]);

  const expired = useCallback(() => setState({ name: 'invalid' }), []);

  const unreachable = state.name === 'unreachable';
  useEffect(() => {
    if (!unreachable) return undefined;
    const retry = () => void check();
    window.addEventListener('online', retry);
    return () => window.removeEventListener('online', retry);
  }, [unreachable, check]);

  const newLink = (
    <div className="actions">
      <a className="button primary" href={pageLink('forgot-password')}>
        {words.say(byCode ? 'invalid.newCode' : 'invalid.newLink')}
      </a>
      <a className="button plain" href={signInLink(config)}>
        {words.say('common.backToSignIn')}
      </a>
    </div>
  );

  if (!token) {
    return (
      <Panel title={words.say('missing.title')} icon="link">
        <p>{words.say('missing.body')}</p>
        {newLink}
      </Panel>
    );
  }
  switch (state.name) {
    case 'checking':
      return (
        <Panel title={words.say('reset.title')}>
          <p role="status" className="checking">
            <span className="ring" aria-hidden="true" />
            <span>{words.say(byCode ? 'code.submitting' : 'reset.checking')}</span>
          </p>
        </Panel>
      );
    case 'invalid':
      return (
        <Panel title={words.say(byCode ? 'invalid.codeTitle' : 'invalid.title')} icon={byCode ? 'warning' : 'link'} tone="bad" follows key="invalid">
          <p>{words.say(byCode ? 'invalid.codeBody' : 'invalid.body')}</p>
          {newLink}
        </Panel>
      );
    case 'unreachable':
      return (
        <Panel title={words.say(`${state.kind}.title`)} icon="offline" tone="bad" follows key={state.kind}>
          <p>{words.say(`${state.kind}.body`)}</p>
          <div className="actions">
            <Retry check={check} />
          </div>
        </Panel>
      );
    case 'form':
      return (
        <Panel title={words.say('reset.title')} follows key="form">
          <NewPassword token={token} policy={state.policy} onDone={() => setState({ name: 'done' })} onInvalid={expired} />
          <Expiry at={state.expiresAt} token={token} byCode={byCode} onExpired={expired} />
        </Panel>
      );
    case 'done':
      return (
        <Panel title={words.say('done.title')} icon="check" tone="good" follows key="done">
          <p>{words.say(byCode ? 'done.bodyCode' : 'done.body')}</p>
          <div className="actions">
            <a className="button primary" href={signInLink(config)}>
              {words.say('done.signIn')}
            </a>
          </div>
        </Panel>
      );
  }
}

function Retry({ check }: { check: () => Promise<void> }) {
  const words = useWords();
  const [busy, setBusy] = useState(false);
  async function retry() {
    if (busy) return;
    setBusy(true);
    await check();
    setBusy(false);
  }
  return (
    <Button busy={busy} onClick={() => void retry()}>
      {words.say('common.tryAgain')}
    </Button>
  );
}

const RECHECK_SECONDS = 30;

interface ExpiryProps extends Required<Props> {
  at: number;
  onExpired: () => void;
}

/**
 * How long the token still lives. The server is asked at the end, for this device's clock may be wrong;
 * where it plainly is, nothing is said.
 */
function Expiry({ at, token, byCode, onExpired }: ExpiryProps) {
  const words = useWords();
  const api = useApi();
  const { tokenTtlSeconds } = useConfig();
  const seconds = (at - Date.now()) / 1000;
  const [plausible, setPlausible] = useState(seconds > 0 && seconds <= tokenTtlSeconds + 1);
  const { left, start } = useCountdown(plausible ? seconds : tokenTtlSeconds);

  useEffect(() => {
    if (left > 0) return;
    start(RECHECK_SECONDS);
    void api.verifyResetToken(token).then((result) => {
      if (result.ok && !result.value.valid) onExpired();
      else setPlausible(false);
    });
  }, [left, start, api, token, onExpired]);

  if (!plausible) return null;
  return (
    <p className="muted small">
      {words.say(byCode ? 'reset.timeLeft' : 'reset.expiry', { duration: words.duration(left, 'down') })}
    </p>
  );
}
