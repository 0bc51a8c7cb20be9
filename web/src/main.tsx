/** Starts the pages: takes the token out of the address first, then asks for what they need. */
import { createRoot } from 'react-dom/client';
import { takeToken } from '@example/password-reset';
import { Visit } from '@example/password-reset-react/visit';
import { load as loadWords, Words } from '@example/password-reset-react/words';
import { App } from './App';
import { Boundary } from './components/Boundary';
import { type Brand, loadConfig } from './config';
import { configure, type Configured } from './configured';
import { type Catalogue, CATALOGUES, chooseLanguage, type Language, LANGUAGES } from './languages';
import './style.css';

const RETRY_MS = 3000;

const visit = new Visit();
visit.token = takeToken(window.location, window.history);
// A page that is called for begins anew. One that is loaded again, gone back to or restored goes on where it was.
const [loading] = performance.getEntriesByType('navigation') as PerformanceNavigationTiming[];
if (loading?.type === 'navigate' && !('wasDiscarded' in document && document.wasDiscarded)) history.replaceState(null, '');
const wanted = [new URLSearchParams(window.location.search).get('lang'), ...navigator.languages];
const unreachable = document.getElementById('unreachable')!;
document.getElementById('boot')!.remove(); // it speaks for a script that does not run

// A document of a language brings its words. Without, the likely ones are on their way while the configuration is.
const [brought] = [...document.querySelectorAll('#words')].map((data) => JSON.parse(data.textContent!) as Catalogue);
const likely = brought ? (document.documentElement.lang as Language) : chooseLanguage(wanted, LANGUAGES, 'en');
Promise.resolve(brought ?? CATALOGUES[likely]().then((module) => module.default))
  .then((words) => {
    unreachable.textContent = words['boot.unreachable'];
    unreachable.lang = likely;
    unreachable.dir = words['language.direction'];
  })
  .catch(() => undefined);

async function load(): Promise<[Configured, Words]> {
  const configured = configure(await loadConfig(), visit);
  const { locales, defaultLocale, words } = configured.config;
  const language = chooseLanguage(wanted, locales, defaultLocale, Object.keys(words));
  return [configured, brought && language === likely ? new Words(language, brought) : await loadWords(language, words[language])];
}

/** Reloading would lose the token, so it is tried again in place. */
async function keepLoading(): Promise<[Configured, Words]> {
  for (;;) {
    try {
      return await load();
    } catch {
      unreachable.hidden = false;
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }
}

function render(configured: Configured, words: Words, broken = false) {
  let container = document.getElementById('root')!;
  // What broke cannot be rendered over: it begins anew in an element that nobody else has touched.
  if (broken) container.replaceChildren((container = document.createElement('div')));
  const beginAnew = () => void spoken(configured, words).then((now) => render(configured, now, true));
  createRoot(container).render(
    <Boundary onBroken={beginAnew}>
      <App configured={configured} initialWords={words} broken={broken} />
    </Boundary>,
  );
}

/** Returns the words of the language that the page has by now. */
async function spoken({ config }: Configured, words: Words): Promise<Words> {
  const language = document.documentElement.lang as Language;
  return language === words.language ? words : loadWords(language, config.words[language]);
}

/** By script: the policy admits no style attribute. */
function dress({ theme, fontUrl, faviconUrl }: Brand) {
  const root = document.documentElement.style;
  for (const [name, value] of Object.entries(theme)) root.setProperty(`--${name}`, value);
  if (fontUrl) {
    const font = new FontFace('brand', `url(${fontUrl})`, { display: 'swap' });
    document.fonts.add(font);
    root.setProperty('--font', '"brand",');
  }
  if (faviconUrl) for (const icon of document.querySelectorAll<HTMLLinkElement>('link[rel*=icon]')) icon.href = faviconUrl;
}

async function start() {
  const [configured, words] = await keepLoading();
  dress(configured.config);
  unreachable.hidden = true;
  render(configured, words);
}

void start();
