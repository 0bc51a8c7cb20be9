/** What stands around the forms on a page that isn't ours: the API, the words, and where its links lead. */
import { type ReactNode, useEffect, useMemo, useRef, useState } from 'react';
import { Api } from './api';
import { type Catalogue, CATALOGUES, chooseLanguage, type Language, LANGUAGES } from './catalogues';
import { type Configured, ConfiguredContext } from './configured';
import { type Navigation, NavigationProvider, type PageName, type Place } from './navigation';
import type { Settings } from './settings';
import { Visit } from './visit';
import { Words, WordsProvider } from './words';

const RETRY_MS = 3000;

/** Custom properties of the style sheet, by their names without `--`: `brand`, `on-brand`, `accent`, `surface`, `text`, `radius`… */
export type Theme = Record<string, string>;

export interface PasswordResetProps
  extends Partial<Pick<Settings, 'tokenTtlSeconds' | 'channels' | 'fallbackChannel' | 'emailStyle' | 'codeTtlSeconds'>> {
  /** Base URL of the API without a final slash; empty where it shares the page's origin. */
  apiUrl: string;
  productName: string;
  /** The language, as in `de`; otherwise the browser's, as far as there is a catalogue. */
  locale?: string | undefined;
  /** Texts in place of the catalogue's, by its keys. */
  texts?: Partial<Catalogue> | undefined;
  theme?: Theme | undefined;
  /** One of the service's `CLIENTS`. */
  client?: string | undefined;
  /** Where people sign in; without it there is no such link. */
  signInUrl?: string | undefined;
  /** Loads an estimator of a password's strength, as in `() => import('./my-strength')`; without one there is no meter. */
  strength?: Configured['strength'];
  children?: ReactNode;
}

/** Gives the forms and hooks beneath it what they need. It renders nothing of its own. */
export function PasswordReset({ children, ...props }: PasswordResetProps) {
  const { apiUrl, productName, client = '', signInUrl, texts, locale } = props;
  const { tokenTtlSeconds = 900, codeTtlSeconds = 600, emailStyle = 'link', fallbackChannel = null } = props;
  const channels = (props.channels ?? ['email']).join();
  const words = useLanguage(locale, texts);
  const [visit] = useState(() => new Visit());
  const api = useMemo(() => new Api(apiUrl), [apiUrl]);
  const navigation = useSteps('forgot-password');
  const latest = useRef(props);
  latest.current = props;
  visit.client = client || visit.client;

  const configured = useMemo<Configured>(() => {
    const config: Settings = {
      productName,
      signInUrl: signInUrl ?? null,
      signInAction: null,
      sessions: false,
      tokenTtlSeconds,
      channels: channels.split(',') as Settings['channels'],
      fallbackChannel,
      emailStyle,
      codeTtlSeconds,
      clients: {},
    };
    return { config, api, visit, strength: latest.current.strength && (() => latest.current.strength!()) };
  }, [productName, signInUrl, tokenTtlSeconds, channels, fallbackChannel, emailStyle, codeTtlSeconds, api, visit]);

  if (!words) return null;
  return (
    <ConfiguredContext value={configured}>
      <WordsProvider value={words}>
        <NavigationProvider value={navigation}>{children}</NavigationProvider>
      </WordsProvider>
    </ConfiguredContext>
  );
}

/** Returns the words once they are there; until then nothing is shown, and English where they cannot be had. */
function useLanguage(locale: string | undefined, texts: Partial<Catalogue> | undefined): Words | null {
  const [catalogue, setCatalogue] = useState<[Language, Catalogue] | null>(null);
  const preferred = typeof navigator === 'undefined' ? [] : navigator.languages; // on a server
  const language = chooseLanguage(locale ? [locale] : preferred, LANGUAGES, 'en');
  useEffect(() => {
    let wanted = true;
    const load = async (name: Language): Promise<void> => {
      const loaded = await CATALOGUES[name]();
      if (wanted) setCatalogue([name, loaded.default]);
    };
    const keepLoading = async (): Promise<void> => {
      await load(language).catch(async () => {
        await load('en').catch(() => undefined);
        if (wanted) setTimeout(keepLoading, RETRY_MS);
      });
    };
    void keepLoading();
    return () => void (wanted = false);
  }, [language]);
  return useMemo(() => catalogue && new Words(catalogue[0], { ...catalogue[1], ...texts } as Catalogue), [catalogue, texts]);
}

export type Step = NonNullable<Place['step']>;

/** Steps of one form in memory: the site's addresses and history are its own. */
export function useSteps(page: PageName, onStep?: (step: Step) => void): Navigation {
  const [place, setPlace] = useState<Place>({ page });
  const told = useRef(onStep);
  told.current = onStep;
  return useMemo(() => {
    const go = (next: Place) => {
      setPlace(next);
      if (next.step) told.current?.(next.step);
    };
    return { place, go, href: () => '#' };
  }, [place]);
}
