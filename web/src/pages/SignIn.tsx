/**
 * Where people sign in and find "Forgot your password?".
 *
 * The form posts to an address that the environment names, as any HTML form does, or else signs in through the API
 * where that keeps sessions. With neither, the page shows the way to where people do sign in, rather than a form
 * that leads nowhere.
 */
import { Button } from '@example/password-reset-react/components/Button';
import { Panel } from '@example/password-reset-react/components/Panel';
import { PageLink } from '@example/password-reset-react/components/PageLink';
import { isolate, useWords } from '@example/password-reset-react/words';
import { SessionSignIn } from '../components/SessionSignIn';
import { SignInFields } from '../components/SignInFields';
import { useConfig } from '../configured';

export function SignIn() {
  const words = useWords();
  const { productName, sessions, signInAction, signInUrl } = useConfig();
  if (signInAction !== null) {
    return (
      <Panel title={words.say('signIn.title')}>
        <form method="post" action={signInAction}>
          <SignInFields button={<Button type="submit">{words.say('signIn.submit')}</Button>} />
        </form>
      </Panel>
    );
  }
  if (sessions) return <SessionSignIn />;
  return (
    <Panel title={words.say('signIn.title')}>
      <p>{words.say('signIn.elsewhere', { product: isolate(productName) })}</p>
      <div className="actions">
        {signInUrl && (
          <a className="button primary" href={signInUrl}>
            <span>{words.say('signIn.continue')}</span>
          </a>
        )}
        <PageLink page="forgot-password" email="">
          {words.say('signIn.forgot')}
        </PageLink>
      </div>
    </Panel>
  );
}
