/** What every sign-in form has: address, password, a button, and the way out for who forgot. */
import type { ReactNode } from 'react';
import { pageLink } from '../links';
import { useWords } from '../words';
import { Field } from './Field';

interface Props {
  button: ReactNode;
  /** Stands before the button. */
  before?: ReactNode;
  /** Why the two were refused. */
  error?: string | undefined;
}

export function SignInFields({ button, before, error }: Props) {
  const words = useWords();
  return (
    <>
      <Field
        label={words.say('email.label')}
        type="email"
        name="email"
        inputMode="email"
        autoComplete="username"
        autoCapitalize="none"
        spellCheck={false}
        dir="ltr"
        required
      />
      <Field
        label={words.say('signIn.password')}
        error={error}
        type="password"
        name="password"
        autoComplete="current-password"
        dir="ltr"
        required
      />
      {before}
      <div className="actions">
        {button}
        <ForgotLink />
      </div>
    </>
  );
}

export function ForgotLink() {
  const words = useWords();
  return (
    <a className="button plain" href={pageLink('forgot-password')}>
      {words.say('signIn.forgot')}
    </a>
  );
}
