/** Starts the pages: takes the token out of the address first, then asks for what they need. */
import { createRoot } from 'react-dom/client';
import { App } from './App';
import { palette } from './colours';
import { loadConfig } from './config';
import { configure } from './configured';
import { CATALOGUES, chooseLanguage, LANGUAGES } from './languages';
import './style.css';
import { takeToken } from './token';
import { Words } from './words';

const RETRY_MS = 3000;

const token = takeToken(window.location, window.history);
const wanted = [new URLSearchParams(window.location.search).get('lang'), ...navigator.languages];
const unreachable = document.getElementById('unreachable')!;

// The likely words, on their way while the configuration is.
CATALOGUES[chooseLanguage(wanted, LANGUAGES, 'en')]().catch(() => undefined);

async function start() {
  const config = await loadConfig();
  const language = chooseLanguage(wanted, config.locales, config.defaultLocale);
  const catalogue = (await CATALOGUES[language]()).default;
  const colours = palette(config.brandColor);
  const root = document.documentElement.style; // by script: the policy admits no style attribute
  root.setProperty('--brand', colours.fill);
  root.setProperty('--on-brand', colours.onFill);
  root.setProperty('--accent-on-light', colours.accentOnLight);
  root.setProperty('--accent-on-dark', colours.accentOnDark);
  unreachable.hidden = true;
  createRoot(document.getElementById('root')!).render(
    <App configured={configure(config)} initialWords={new Words(language, catalogue)} initialToken={token} />,
  );
}

/** Reloading would lose the token, so it is tried again in place. */
async function keepStarting() {
  for (;;) {
    try {
      await start();
      return;
    } catch {
      unreachable.hidden = false;
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }
}

void keepStarting();
