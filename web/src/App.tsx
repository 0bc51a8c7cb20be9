/** The page that the address names, in the language that was chosen. */
import { useEffect, useMemo, useState } from 'react';
import { ConfiguredContext } from '@example/password-reset-react/configured';
import { NavigationProvider, type Place } from '@example/password-reset-react/navigation';
import { ForgotPassword } from '@example/password-reset-react/forms/ForgotPassword';
import { ResetPassword } from '@example/password-reset-react/forms/ResetPassword';
import { takeToken } from '@example/password-reset';
import { load, type Words, WordsProvider } from '@example/password-reset-react/words';
import { Broken } from './components/Broken';
import { Shell } from './components/Shell';
import type { Configured } from './configured';
import type { Language } from './languages';
import { pageLink } from './links';
import { here, record } from './navigation';
import { ReportChange } from './pages/ReportChange';
import { SignIn } from './pages/SignIn';

interface Props {
  configured: Configured;
  initialWords: Words;
  /** Whether this takes the place of pages that broke. */
  broken: boolean;
}

export function App({ configured, initialWords, broken }: Props) {
  const { visit } = configured;
  const [words, setWords] = useState(initialWords);
  const [token, setToken] = useState(visit.token);
  const [place, setPlace] = useState(here);
  const [interrupted, setInterrupted] = useState(broken);

  useEffect(() => {
    document.documentElement.lang = words.language;
    document.documentElement.dir = words.direction;
  }, [words]);

  useEffect(() => {
    const read = () => {
      // Another link pasted into this tab changes the fragment alone: nothing loads anew.
      const next = takeToken(window.location, window.history);
      if (next) {
        visit.token = next;
        visit.finished = false;
        configured.api.outcome = 'not changed';
        setToken(next);
      }
      const reached = here();
      if (visit.finished && reached.step && reached.step !== 'done') {
        reached.step = 'done'; // Back leads to no code or form that is used up
        record(reached, 'replace');
      }
      setPlace(reached);
      setInterrupted(false);
    };
    window.addEventListener('popstate', read);
    window.addEventListener('hashchange', read);
    return () => {
      window.removeEventListener('popstate', read);
      window.removeEventListener('hashchange', read);
    };
  }, [visit, configured.api]);

  const navigation = useMemo(() => {
    const go = (next: Place, how: 'push' | 'replace' = 'push') => {
      record(next, how);
      setPlace(next);
      setInterrupted(false);
      window.scrollTo(0, 0);
    };
    const titled = (page: string) => {
      document.title = words.say('common.pageTitle', { page, product: configured.config.productName });
    };
    return { place, go, href: pageLink, titled };
  }, [place, words, configured.config]);

  async function changeLanguage(language: Language) {
    setWords(await load(language, configured.config.words[language]));
    const address = new URL(window.location.href);
    address.searchParams.set('lang', language);
    window.history.replaceState(window.history.state, '', address);
  }

  return (
    <ConfiguredContext value={configured}>
      <WordsProvider value={words}>
        <NavigationProvider value={navigation}>
          <Shell onLanguage={(language) => void changeLanguage(language)}>
            {interrupted ? (
              <Broken onContinue={() => setInterrupted(false)} />
            ) : (
              <>
                {place.page === 'forgot-password' && <ForgotPassword />}
                {place.page === 'reset-password' && <ResetPassword token={token} key={token} />}
                {place.page === 'report-change' && <ReportChange token={token} key={token} />}
                {place.page === 'sign-in' && <SignIn />}
              </>
            )}
          </Shell>
        </NavigationProvider>
      </WordsProvider>
    </ConfiguredContext>
  );
}
