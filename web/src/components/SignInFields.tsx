/** What every sign-in form has: address, password, a button, and the way out for who forgot. */
import { type ReactNode, type Ref, useState } from 'react';
import { useWords } from '@example/password-reset-react/words';
import { EmailField } from '@example/password-reset-react/components/EmailField';
import { Field } from '@example/password-reset-react/components/Field';
import { PageLink } from '@example/password-reset-react/components/PageLink';
import { Reveal } from '@example/password-reset-react/components/Reveal';
import { useVisit } from '../configured';

interface Props {
  button: ReactNode;
  /** Stands before the button. */
  before?: ReactNode;
  /** Why the two were refused. */
  error?: string | undefined;
  passwordRef?: Ref<HTMLInputElement> | undefined;
}

export function SignInFields({ button, before, error, passwordRef }: Props) {
  const words = useWords();
  const visit = useVisit();
  const [email, setEmail] = useState(visit.email);
  const [shown, setShown] = useState(false);
  return (
    <>
      <EmailField value={email} onChange={setEmail} autoComplete="username" enterKeyHint="next" autoFocus={!visit.email} />
      <Field
        ref={passwordRef}
        label={words.say('signIn.password')}
        error={error}
        type={shown ? 'text' : 'password'}
        name="password"
        autoComplete="current-password"
        autoCapitalize="none"
        autoCorrect="off"
        spellCheck={false}
        enterKeyHint="go"
        autoFocus={visit.email !== ''}
        dir="ltr"
        required
        after={<Reveal shown={shown} onToggle={() => setShown(!shown)} />}
      />
      {before}
      <div className="actions">
        {button}
        <PageLink page="forgot-password" email={email}>
          {words.say('signIn.forgot')}
        </PageLink>
      </div>
    </>
  );
}
