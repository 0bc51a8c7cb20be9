/** The form of a new password. */
import { type FormEvent, useId, useRef, useState } from 'react';
import { mayHaveArrived, type PasswordPolicy, type Problem } from '../api';
import { useApi, useConfig } from '../configured';
import { useCountdown } from '../countdown';
import { type Reason, refusal, tell } from '../refusals';
import { admits, checkRules, markRefused, passwordRules, SYMBOLS } from '../rules';
import { isolate, useWords } from '../words';
import { Button } from './Button';
import { type FailureMessage, FailureNotice } from './FailureNotice';
import { Field } from './Field';
import { Icon } from './Icon';
import { SignInLink } from './PageLink';
import { Reveal } from './Reveal';
import { Rules } from './Rules';
import { StrengthMeter } from './StrengthMeter';
import { Suggestion } from './Suggestion';

interface Props {
  token: string;
  /** Whose password it is; empty where the server does not say. */
  email: string;
  /** Whether it is the account's first one. */
  first: boolean;
  policy: PasswordPolicy;
  onDone: () => void;
  onInvalid: () => void;
  /** The account has a second factor by now. */
  onFactor: () => void;
}

export function NewPassword({ token, email, first, policy, onDone, onInvalid, onFactor }: Props) {
  const words = useWords();
  const api = useApi();
  const config = useConfig();
  const rulesId = useId();
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

  function submit(event: FormEvent) {
    event.preventDefault();
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
        setMessage('failure.outcomeUnknown');
        wait.start(problem.retryAfter);
        return;
      case 'unreachable':
        setMessage(mayHaveArrived(problem) ? 'failure.outcomeUnknown' : 'failure.offline');
        return;
    }
  }

  async function suggest() {
    const { suggestPassword } = await import('../suggest');
    const suggestion = suggestPassword(policy, { admits, SYMBOLS });
    edit(() => {
      setPassword(suggestion);
      setConfirmation(suggestion);
      setSuggested(suggestion);
      setShown(true);
    });
  }

  const product = isolate(config.productName);
  const secret = {
    type: shown ? 'text' : 'password',
    autoComplete: 'new-password',
    autoCapitalize: 'none',
    autoCorrect: 'off',
    spellCheck: false,
    dir: 'ltr',
    required: true,
    minLength: policy.minLength, // for password managers, as the next: the form says itself what is amiss
    passwordrules: passwordRules(policy),
  };
  return (
    <form onSubmit={submit} noValidate aria-busy={busy} method="post">
      <p>
        {email
          ? words.say(first ? 'invite.introFor' : 'reset.introFor', { product, email: isolate(email) })
          : words.say('reset.intro', { product })}
      </p>
      {/* Password managers store a new password under the name in here. */}
      <input
        className="visually-hidden"
        type="text"
        name="username"
        autoComplete="username"
        value={email}
        readOnly
        tabIndex={-1}
        aria-hidden="true"
      />
      <Field
        {...secret}
        ref={passwordInput}
        label={words.say('reset.password')}
        name="new-password"
        enterKeyHint="next"
        error={passwordErrors.map((reason) => tell(words, policy, reason)).join('\n')}
        describedBy={rulesId}
        value={password}
        onChange={(event) => edit(() => setPassword(event.target.value))}
        after={<Reveal shown={shown} onToggle={() => setShown(!shown)} />}
      />
      <Field
        {...secret}
        ref={confirmationInput}
        label={words.say('reset.confirmation')}
        name="confirm-password"
        enterKeyHint="go"
        error={confirmationError ? words.say(confirmationError) : undefined}
        value={confirmation}
        onChange={(event) => edit(() => setConfirmation(event.target.value))}
      />
      <p className={`match ${matches ? 'met' : ''}`} role="status">
        {confirmation !== '' && !confirmationError && (
          <>
            <Icon name={matches ? 'check' : 'dot'} size={18} />
            <span>{words.say(matches ? 'reset.match' : 'reset.mismatch')}</span>
          </>
        )}
      </p>
      <StrengthMeter password={password} />
      <FailureNotice message={message} left={wait.left} />
      <div className="actions">
        <Button type="submit" busy={busy} resting={wait.left > 0}>
          {words.say(busy ? 'reset.submitting' : first ? 'invite.submit' : 'reset.submit')}
        </Button>
        {message === 'failure.outcomeUnknown' && <SignInLink say="done.signIn" email={email} />}
      </div>
      <Rules
        id={rulesId}
        rules={markRefused(checkRules(policy, password), refusedCodes)}
        started={password !== ''}
      />
      <Suggestion
        suggested={suggested !== '' && suggested === password && suggested === confirmation ? suggested : null}
        onSuggest={() => void suggest()}
      />
    </form>
  );
}
