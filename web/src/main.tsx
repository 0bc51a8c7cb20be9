/** Starts the pages: takes the token out of the address first, then asks for what they need. */
import { createRoot } from 'react-dom/client';
import { App } from './App';
import { loadConfig } from './config';
import { configure, type Configured } from './configured';
import { CATALOGUES, chooseLanguage, type Language, LANGUAGES } from './languages';
import './style.css';
import { takeToken } from '@example/password-reset';
import { Visit } from './visit';
import { Words } from './words';

const RETRY_MS = 3000;

const visit = new Visit();
visit.token = takeToken(window.location, window.history);
// A page that is called for begins anew. One that is loaded again, gone back to or restored goes on where it was.
const [loading] = performance.getEntriesByType('navigation') as PerformanceNavigationTiming[];
if (loading?.type === 'navigate' && !('wasDiscarded' in document && document.wasDiscarded)) history.replaceState(null, '');
const wanted = [new URLSearchParams(window.location.search).get('lang'), ...navigator.languages];
const unreachable = document.getElementById('unreachable')!;
document.getElementById('boot')!.remove(); // it speaks for a script that does not run

// The likely words, on their way while the configuration is; and what they say where that does not come.
const likely = chooseLanguage(wanted, LANGUAGES, 'en');
CATALOGUES[likely]()
  .then(({ default: words }) => {
    unreachable.textContent = words['boot.unreachable'];
    unreachable.lang = likely;
    unreachable.dir = words['language.direction'];
  })
  .catch(() => undefined);

async function load(): Promise<[Configured, Words]> {
  const config = await loadConfig();
  const language = chooseLanguage(wanted, config.locales, config.defaultLocale);
  return [configure(config, visit), new Words(language, (await CATALOGUES[language]()).default)];
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
  const container = document.createElement('div');
  document.getElementById('root')!.replaceChildren(container);
  createRoot(container, {
    // What broke cannot be rendered over: it begins anew in an element that nobody else has touched.
    onUncaughtError: (error) => {
      console.error(error);
      void spoken(words).then((now) => render(configured, now, true));
    },
  }).render(<App configured={configured} initialWords={words} broken={broken} />);
}

/** Returns the words of the language that the page has by now. */
async function spoken(words: Words): Promise<Words> {
  const language = document.documentElement.lang as Language;
  return language === words.language ? words : new Words(language, (await CATALOGUES[language]()).default);
}

async function start() {
  const [configured, words] = await keepLoading();
  const root = document.documentElement.style; // by script: the policy admits no style attribute
  for (const [name, value] of Object.entries(configured.config.theme)) root.setProperty(`--${name}`, value);
  unreachable.hidden = true;
  render(configured, words);
}

void start();
