/**
 * Where people sign in and find "Forgot your password?".
 *
 * The form posts to an address that the environment names, as any HTML form does. Without one the page shows
 * the way to where people do sign in, rather than a form that leads nowhere.
 */
import { Button } from '../components/Button';
import { Field } from '../components/Field';
import { Panel } from '../components/Panel';
import { useConfig } from '../configured';
import { pageLink } from '../links';
import { isolate, useWords } from '../words';

export function SignIn() {
  const words = useWords();
  const { productName, signInAction, signInUrl } = useConfig();
  const forgot = (
    <a className="button plain" href={pageLink('forgot-password')}>
      {words.say('signIn.forgot')}
    </a>
  );
  if (signInAction === null) {
    return (
      <Panel title={words.say('signIn.title')}>
        <p>{words.say('signIn.elsewhere', { product: isolate(productName) })}</p>
        <div className="actions">
          {signInUrl && (
            <a className="button primary" href={signInUrl}>
              {words.say('signIn.continue')}
            </a>
          )}
          {forgot}
        </div>
      </Panel>
    );
  }
  return (
    <Panel title={words.say('signIn.title')}>
      <form method="post" action={signInAction}>
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
          type="password"
          name="password"
          autoComplete="current-password"
          required
        />
        <div className="actions">
          <Button type="submit">{words.say('signIn.submit')}</Button>
          {forgot}
        </div>
      </form>
    </Panel>
  );
}
