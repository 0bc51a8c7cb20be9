/** From a mailed link or a code to a new password. The token is looked at here; only the form's click uses it up. */
import { useEffect, useState } from 'react';
import { Button } from '../components/Button';
import { FactorForm } from '../components/FactorForm';
import { NewPassword } from '../components/NewPassword';
import { Outline } from '../components/Outline';
import { Done, Invalid, Missing, ProbablyDone } from '../components/Outcomes';
import { Panel } from '../components/Panel';
import { useApi, useConfig, useVisit } from '../configured';
import { useCountdown } from '../countdown';
import { useResetPassword } from '../useResetPassword';
import { isolate, useWords } from '../words';

interface Props {
  token: string;
  /** Whether the token was had for a code: then there is no link to speak of. */
  byCode?: boolean;
}

export function ResetPassword({ token, byCode = false }: Props) {
  const words = useWords();
  const visit = useVisit();
  const reset = useResetPassword(token);
  const { productName, passwordPolicy } = useConfig();
  const { state, email, first, check } = reset;

  if (reset.done) return <Done byCode={byCode} email={email || visit.email} first={first} key="done" />;
  if (!token) return <Missing key="missing" />;
  switch (state.name) {
    case 'checking':
      return (
        <Panel title={words.say('reset.title')} key="checking">
          <p>
            <span>{words.say('reset.intro', { product: isolate(productName) })}</span>
            <span role="status" className="account muted">
              <span className="ring" aria-hidden="true" />
              <span>{words.say(byCode ? 'code.submitting' : 'reset.checking')}</span>
            </span>
          </p>
          {passwordPolicy && <Outline policy={passwordPolicy} />}
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
            <FactorForm token={token} kinds={state.factors} onProven={reset.proven} onInvalid={reset.invalid} />
            <Expiry at={state.expiresAt} token={token} byCode={byCode} first={first} onExpired={reset.expired} />
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
            onDone={reset.finish}
            onInvalid={reset.invalid}
            onFactor={() => void check()}
          />
          <Expiry at={state.expiresAt} token={token} byCode={byCode} first={first} onExpired={reset.expired} />
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
