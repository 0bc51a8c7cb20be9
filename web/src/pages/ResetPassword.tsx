/** From a mailed link or a code to a new password. The token is looked at here; only the form's click uses it up. */
import { useCallback, useEffect, useState } from 'react';
import type { Factor, PasswordPolicy } from '../api';
import { Button } from '../components/Button';
import { FactorForm } from '../components/FactorForm';
import { NewPassword } from '../components/NewPassword';
import { Done, Invalid, Missing, ProbablyDone } from '../components/Outcomes';
import { Panel } from '../components/Panel';
import { useApi, useConfig, useVisit } from '../configured';
import { useCountdown } from '../countdown';
import { useNavigation } from '../navigation';
import { useWords } from '../words';

type State =
  | { name: 'checking' }
  | { name: 'invalid' }
  | { name: 'unreachable'; kind: 'offline' | 'unavailable' }
  | { name: 'form'; policy: PasswordPolicy; expiresAt: number; factors: Factor[] }
  /** `inTime`: the token had not expired, so that only its use can have ended it. */
  | { name: 'probably done'; inTime: boolean };

interface Props {
  token: string;
  /** Whether the token was had for a code: then there is no link to speak of. */
  byCode?: boolean;
}

export function ResetPassword({ token, byCode = false }: Props) {
  const words = useWords();
  const api = useApi();
  const visit = useVisit();
  const { place, go } = useNavigation();
  const [state, setState] = useState<State>({ name: 'checking' });
  // Told by the server while the token was valid, and by nothing else.
  const [email, setEmail] = useState('');
  const [first, setFirst] = useState(false);

  const check = useCallback(async () => {
    const [verified, policy] = await Promise.all([api.verifyResetToken({ token }), api.passwordPolicy()]);
    if (verified.ok && policy.ok) {
      const { valid, expiresAt, email: address, client, purpose, factors = [] } = verified.value;
      if (valid) setFirst(purpose === 'invitation');
      if (valid && address) setEmail(address);
      if (client) visit.client = client;
      const form = { name: 'form', policy: policy.value, expiresAt: Date.parse(expiresAt ?? ''), factors } as const;
      setState(valid ? form : { name: 'invalid' });
      return;
    }
    const offline = [verified, policy].some((result) => !result.ok && result.problem.code === 'unreachable');
    setState({ name: 'unreachable', kind: offline ? 'offline' : 'unavailable' });
  }, [api, token, visit]);

  useEffect(() => {
    if (token && place.step !== 'done') void check();
  }, [check, token, place.step]);

  const refuse = useCallback(
    (inTime: boolean) => setState(api.outcome === 'unknown' ? { name: 'probably done', inTime } : { name: 'invalid' }),
    [api],
  );
  const expired = useCallback(() => refuse(false), [refuse]);

  const unreachable = state.name === 'unreachable';
  useEffect(() => {
    if (!unreachable) return undefined;
    const retry = () => void check();
    window.addEventListener('online', retry);
    return () => window.removeEventListener('online', retry);
  }, [unreachable, check]);

  if (place.step === 'done') return <Done byCode={byCode} email={email || visit.email} first={first} key="done" />;
  if (!token) return <Missing key="missing" />;
  switch (state.name) {
    case 'checking':
      return (
        <Panel title={words.say('reset.title')} key="checking">
          <p role="status" className="checking">
            <span className="ring" aria-hidden="true" />
            <span>{words.say(byCode ? 'code.submitting' : 'reset.checking')}</span>
          </p>
        </Panel>
      );
    case 'invalid':
      return <Invalid byCode={byCode} email={email} key="invalid" />;
    case 'unreachable':
      return (
        <Panel title={words.say(`${state.kind}.title`)} icon="offline" tone="bad" key={state.kind}>
          <p>{words.say(`${state.kind}.body`)}</p>
          <div className="actions">
            <Retry check={check} />
          </div>
        </Panel>
      );
    case 'form':
      if (state.factors.length > 0) {
        return (
          <Panel title={words.say('factor.title')} key="factor">
            <FactorForm
              token={token}
              kinds={state.factors}
              onProven={() => setState({ ...state, factors: [] })}
              onInvalid={() => refuse(!(Date.now() >= state.expiresAt))}
            />
            <Expiry at={state.expiresAt} token={token} byCode={byCode} first={first} onExpired={expired} />
          </Panel>
        );
      }
      return (
        <Panel title={words.say(first ? 'invite.title' : 'reset.title')} key="form">
          <NewPassword
            token={token}
            email={email}
            first={first}
            policy={state.policy}
            onDone={() => {
              visit.email = email;
              visit.finish();
              go({ ...place, step: 'done', client: visit.client }, 'replace');
            }}
            onInvalid={() => refuse(!(Date.now() >= state.expiresAt))}
            onFactor={() => void check()}
          />
          <Expiry at={state.expiresAt} token={token} byCode={byCode} first={first} onExpired={expired} />
        </Panel>
      );
    case 'probably done':
      return <ProbablyDone byCode={byCode} email={email} inTime={state.inTime} key="probably done" />;
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
/** The link for the last place of a window lives until a place falls free: an hour at the most. */
const LONGEST_SECONDS = 3600;
const LONGEST_INVITATION_SECONDS = 604_800;

interface ExpiryProps extends Required<Props> {
  at: number;
  first: boolean;
  onExpired: () => void;
}

/**
 * How long the token still lives. The server is asked at the end, for this device's clock may be wrong;
 * where it plainly is, nothing is said.
 */
function Expiry({ at, token, byCode, first, onExpired }: ExpiryProps) {
  const words = useWords();
  const api = useApi();
  const { tokenTtlSeconds } = useConfig();
  const seconds = (at - Date.now()) / 1000;
  const longest = first ? LONGEST_INVITATION_SECONDS : Math.max(tokenTtlSeconds, LONGEST_SECONDS);
  const [plausible, setPlausible] = useState(seconds > 0 && seconds <= longest + 1);
  const { left, start } = useCountdown(plausible ? seconds : tokenTtlSeconds);

  useEffect(() => {
    if (left > 0) return;
    start(RECHECK_SECONDS);
    void api.verifyResetToken({ token }).then((result) => {
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
