/** What is to be done with a link's token: checked when it is shown, and used up by the form's click alone. */
import { useCallback, useEffect, useState } from 'react';
import type { Factor, PasswordPolicy } from './api';
import { useApi, useConfig, useVisit } from './configured';
import { useNavigation } from './navigation';

export type ResetState =
  | { name: 'checking' }
  | { name: 'invalid' }
  | { name: 'unreachable'; kind: 'offline' | 'unavailable' }
  | { name: 'form'; policy: PasswordPolicy; expiresAt: number; factors: Factor[] }
  /** `inTime`: the token had not expired, so that only its use can have ended it. */
  | { name: 'probably done'; inTime: boolean };

export function useResetPassword(token: string) {
  const api = useApi();
  const visit = useVisit();
  const { passwordPolicy: known } = useConfig();
  const { place, go } = useNavigation();
  const [state, setState] = useState<ResetState>({ name: 'checking' });
  // Told by the server while the token was valid, and by nothing else.
  const [email, setEmail] = useState('');
  const [first, setFirst] = useState(false);

  const check = useCallback(async () => {
    const [verified, policy] = await Promise.all([
      api.verifyResetToken({ token }),
      known ? ({ ok: true, value: known } as const) : api.passwordPolicy(),
    ]);
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
  }, [api, token, visit, known]);

  useEffect(() => {
    if (token && place.step !== 'done') void check();
  }, [check, token, place.step]);

  const refuse = useCallback(
    (inTime: boolean) => setState(api.outcome === 'unknown' ? { name: 'probably done', inTime } : { name: 'invalid' }),
    [api],
  );
  /** Call it where the token turns out to be none: used, or expired. */
  const invalid = useCallback(
    () => refuse(state.name === 'form' && !(Date.now() >= state.expiresAt)),
    [refuse, state],
  );
  const expired = useCallback(() => refuse(false), [refuse]);

  const unreachable = state.name === 'unreachable';
  useEffect(() => {
    if (!unreachable) return undefined;
    const retry = () => void check();
    window.addEventListener('online', retry);
    return () => window.removeEventListener('online', retry);
  }, [unreachable, check]);

  function proven() {
    if (state.name === 'form') setState({ ...state, factors: [] });
  }

  function finish() {
    visit.email = email;
    visit.finish();
    go({ ...place, step: 'done', client: visit.client }, 'replace');
  }

  return {
    state,
    /** Whether the password was changed. */
    done: place.step === 'done',
    /** The account's address, as far as a valid token told it. */
    email,
    /** Whether the password is the account's first one. */
    first,
    check,
    /** Call it once a second factor is proven. */
    proven,
    /** Call it once the password is changed. */
    finish,
    invalid,
    expired,
  };
}
