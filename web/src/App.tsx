/** The page that the address names, in the language that was chosen. */
import { useEffect, useState } from 'react';
import { Shell } from './components/Shell';
import { ConfigProvider, configure } from './configured';
import { CATALOGUES, type Language } from './languages';
import { pageAt } from './links';
import { ForgotPassword } from './pages/ForgotPassword';
import { ResetPassword } from './pages/ResetPassword';
import { SignIn } from './pages/SignIn';
import { takeToken } from './token';
import { Words, WordsProvider } from './words';

interface Props {
  configured: ReturnType<typeof configure>;
  initialWords: Words;
  initialToken: string;
}

export function App({ configured, initialWords, initialToken }: Props) {
  const [words, setWords] = useState(initialWords);
  const [token, setToken] = useState(initialToken);

  useEffect(() => {
    document.documentElement.lang = words.language;
    document.documentElement.dir = words.direction;
  }, [words]);

  useEffect(() => {
    // Another link pasted into this tab changes the fragment alone: nothing loads anew.
    const read = () => {
      const next = takeToken(window.location, window.history);
      if (next) setToken(next);
    };
    window.addEventListener('hashchange', read);
    return () => window.removeEventListener('hashchange', read);
  }, []);

  async function changeLanguage(language: Language) {
    setWords(new Words(language, (await CATALOGUES[language]()).default));
    const address = new URL(window.location.href);
    address.searchParams.set('lang', language);
    window.history.replaceState(null, '', address);
  }

  const page = pageAt(window.location.pathname);
  return (
    <ConfigProvider value={configured}>
      <WordsProvider value={words}>
        <Shell onLanguage={(language) => void changeLanguage(language)}>
          {page === 'forgot-password' && <ForgotPassword />}
          {page === 'reset-password' && <ResetPassword token={token} key={token} />}
          {page === 'sign-in' && <SignIn />}
        </Shell>
      </WordsProvider>
    </ConfigProvider>
  );
}
