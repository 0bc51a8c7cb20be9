/** Links that look like buttons: to another page of ours, which this document turns into, and to where people sign in. */
import type { MouseEvent } from 'react';
import { useConfig, useVisit } from '../configured';
import { type PageName, useNavigation } from '../navigation';
import { canSignIn } from '../settings';
import { useWords } from '../words';

interface Props {
  page: PageName;
  kind?: 'primary' | 'plain';
  /** The address that the page's field begins with. It goes by memory: in a URL it would stay in the history. */
  email: string;
  children: string;
}

export function PageLink({ page, kind = 'plain', email, children }: Props) {
  const visit = useVisit();
  const { go, href } = useNavigation();
  function follow(event: MouseEvent) {
    if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    visit.email = email;
    go({ page });
  }
  return (
    <a className={`button ${kind}`} href={href(page)} onClick={follow}>
      <span>{children}</span>
    </a>
  );
}

interface SignInProps {
  say: 'common.backToSignIn' | 'done.signIn';
  kind?: 'primary' | 'plain';
  email?: string;
}

/** Leads to where people sign in; is nothing where that is not known. */
export function SignInLink({ say, kind = 'plain', email = '' }: SignInProps) {
  const words = useWords();
  const config = useConfig();
  if (!canSignIn(config)) return null;
  if (config.signInUrl === null) {
    return (
      <PageLink page="sign-in" kind={kind} email={email}>
        {words.say(say)}
      </PageLink>
    );
  }
  return (
    <a className={`button ${kind}`} href={config.signInUrl}>
      <span>{words.say(say)}</span>
    </a>
  );
}
