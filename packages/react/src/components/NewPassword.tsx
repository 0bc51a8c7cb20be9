/** The form of a new password. */
import { useId } from 'react';
import { useConfig } from '../configured';
import { passwordRules } from '../rules';
import { type NewPasswordOptions, useNewPassword } from '../useNewPassword';
import { isolate, useWords } from '../words';
import { Button } from './Button';
import { FailureNotice } from './FailureNotice';
import { Field } from './Field';
import { Icon } from './Icon';
import { SignInLink } from './PageLink';
import { Reveal } from './Reveal';
import { Rules } from './Rules';
import { StrengthMeter } from './StrengthMeter';
import { Suggestion } from './Suggestion';

interface Props extends NewPasswordOptions {
  /** Whose password it is; empty where the server does not say. */
  email: string;
  /** Whether it is the account's first one. */
  first: boolean;
}

export function NewPassword({ email, first, ...options }: Props) {
  const words = useWords();
  const config = useConfig();
  const rulesId = useId();
  const form = useNewPassword(options);
  const { policy } = options;
  const product = isolate(config.productName);
  const secret = {
    type: form.shown ? 'text' : 'password',
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
    <form onSubmit={form.submit} noValidate aria-busy={form.busy} method="post">
      {first ? (
        <p>{words.say('invite.introFor', { product, email: isolate(email) })}</p>
      ) : (
        <p>
          <span>{words.say('reset.intro', { product })}</span>
          {email && <strong className="account">{isolate(email)}</strong>}
        </p>
      )}
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
        ref={form.passwordInput}
        label={words.say('reset.password')}
        name="new-password"
        enterKeyHint="next"
        error={form.passwordErrors.map(form.say).join('\n')}
        describedBy={rulesId}
        value={form.password}
        onChange={(event) => form.changePassword(event.target.value)}
        after={<Reveal shown={form.shown} onToggle={form.toggleShown} />}
      />
      <Field
        {...secret}
        ref={form.confirmationInput}
        label={words.say('reset.confirmation')}
        name="confirm-password"
        enterKeyHint="go"
        error={form.confirmationError ? words.say(form.confirmationError) : undefined}
        value={form.confirmation}
        onChange={(event) => form.changeConfirmation(event.target.value)}
      />
      <p className={`match ${form.matches ? 'met' : ''}`} role="status">
        {form.confirmation !== '' && !form.confirmationError && (
          <>
            <Icon name={form.matches ? 'check' : 'dot'} size={18} />
            <span>{words.say(form.matches ? 'reset.match' : 'reset.mismatch')}</span>
          </>
        )}
      </p>
      <StrengthMeter password={form.password} />
      <FailureNotice message={form.message} left={form.left} />
      <div className="actions">
        <Button type="submit" busy={form.busy} resting={form.left > 0}>
          {words.say(form.busy ? 'reset.submitting' : first ? 'invite.submit' : 'reset.submit')}
        </Button>
        {form.message === 'failure.outcomeUnknown' && <SignInLink say="done.signIn" email={email} />}
      </div>
      <Rules
        id={rulesId}
        rules={form.rules}
        say={form.say}
        started={form.password !== ''}
      />
      <Suggestion
        suggested={form.suggested}
        onSuggest={form.suggest}
      />
    </form>
  );
}
