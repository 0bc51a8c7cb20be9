/** A new password: checked as it is typed, refused with reasons, and sent once. */
import { type FormEvent, useRef, useState } from 'react';
import type { PasswordPolicy, Problem } from './api';
import type { FailureMessage } from './components/FailureNotice';
import { useApi } from './configured';
import { useCountdown } from './countdown';
import { type Reason, refusal, tell } from './refusals';
import { admits, checkRules, markRefused, type Rule, SYMBOLS } from './rules';
import { useWords } from './words';

export interface NewPasswordOptions {
  token: string;
  policy: PasswordPolicy;
  onDone: () => void;
  /** The token is none, or none any more. */
  onInvalid: () => void;
  /** The account has a second factor by now. */
  onFactor: () => void;
}

/** Give the two refs to the fields: whichever is refused gets the focus back. */
export function useNewPassword({ token, policy, onDone, onInvalid, onFactor }: NewPasswordOptions) {
  const words = useWords();
  const api = useApi();
  const [password, setPassword] = useState('');
  const [confirmation, setConfirmation] = useState('');
  const [suggested, setSuggested] = useState('');
  const [shown, setShown] = useState(false);
  const [busy, setBusy] = useState(false);
  const [passwordErrors, setPasswordErrors] = useState<Reason[]>([]);
  const [refusedCodes, setRefusedCodes] = useState<string[]>([]);
  const [confirmationError, setConfirmationError] = useState<'reset.confirmationMissing' | 'reset.mismatch' | null>(null);
  const [message, setMessage] = useState<FailureMessage | null>(null);
  const wait = useCountdown();
  const passwordInput = useRef<HTMLInputElement>(null);
  const confirmationInput = useRef<HTMLInputElement>(null);
  const matches = password === confirmation;

  function edit(change: () => void) {
    change();
    setPasswordErrors([]);
    setRefusedCodes([]);
    setConfirmationError(null);
    setMessage(null);
  }

  function refusePassword(...reasons: Reason[]) {
    setPasswordErrors(reasons);
    passwordInput.current?.focus();
  }

  function refuseConfirmation(reason: 'reset.confirmationMissing' | 'reset.mismatch') {
    setConfirmationError(reason);
    confirmationInput.current?.focus();
  }

  function submit(event?: FormEvent) {
    event?.preventDefault();
    if (busy || wait.left > 0) return;
    if (!password) refusePassword('reset.missing');
    else if (!admits(policy, password)) refusePassword('reset.rulesBroken');
    else if (!confirmation) refuseConfirmation('reset.confirmationMissing');
    else if (!matches) refuseConfirmation('reset.mismatch');
    else void change();
  }

  async function change() {
    setBusy(true);
    setMessage(null);
    setShown(false); // a field that is shown may end up among a browser's remembered texts
    const result = await api.resetPassword({ token, newPassword: password });
    setBusy(false);
    if (result.ok) onDone();
    else fail(result.problem);
  }

  function fail(problem: Problem) {
    const open = api.outcome === 'unknown'; // by this attempt, or one before it
    switch (problem.code) {
      case 'invalid_token':
        onInvalid();
        return;
      case 'factor_required':
        onFactor();
        return;
      case 'weak_password':
        setRefusedCodes(problem.errors.map(({ code }) => code));
        refusePassword(...problem.errors.map(({ code }) => refusal(code)));
        return;
      case 'invalid_request':
        refusePassword('refused.other');
        return;
      case 'rate_limited':
        setMessage('failure.rate_limited');
        wait.start(problem.retryAfter);
        return;
      case 'unavailable':
        setMessage(open ? 'failure.outcomeUnknown' : 'failure.unavailable');
        wait.start(problem.retryAfter);
        return;
      case 'unreachable':
        setMessage(open ? 'failure.outcomeUnknown' : 'failure.offline');
        return;
    }
  }

  async function suggest() {
    const { suggestPassword } = await import('./suggest');
    const suggestion = suggestPassword(policy, { admits, SYMBOLS });
    edit(() => {
      setPassword(suggestion);
      setConfirmation(suggestion);
      setSuggested(suggestion);
      setShown(true);
    });
  }

  return {
    password,
    confirmation,
    changePassword: (typed: string) => edit(() => setPassword(typed)),
    changeConfirmation: (typed: string) => edit(() => setConfirmation(typed)),
    /** Why the password is refused: `say` has the texts. */
    passwordErrors,
    confirmationError,
    matches,
    shown,
    toggleShown: () => setShown(!shown),
    /** The policy's rules, and which of them the password meets. */
    rules: markRefused(checkRules(policy, password), refusedCodes),
    /** Returns the text of one of `passwordErrors` or `rules`. */
    say: (what: Reason | Rule) => tell(words, policy, what),
    /** The suggestion that the form holds. */
    suggested: suggested !== '' && suggested === password && suggested === confirmation ? suggested : null,
    suggest: () => void suggest(),
    submit,
    busy,
    message,
    left: wait.left,
    passwordInput,
    confirmationInput,
  };
}
