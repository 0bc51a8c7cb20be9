/** The languages there are: one catalogue each, loaded when it is needed. */
import type { Catalogue } from './locales/en.ts';

export const LANGUAGES = ['en', 'de', 'fr', 'es', 'ja', 'ar'] as const;

export type Language = (typeof LANGUAGES)[number];

export const CATALOGUES: Record<Language, () => Promise<{ default: Catalogue }>> = {
  en: () => import('./locales/en.ts'),
  de: () => import('./locales/de.ts'),
  fr: () => import('./locales/fr.ts'),
  es: () => import('./locales/es.ts'),
  ja: () => import('./locales/ja.ts'),
  ar: () => import('./locales/ar.ts'),
};

/** What each language calls itself. */
export const NAMES: Record<Language, string> = {
  en: 'English',
  de: 'Deutsch',
  fr: 'Français',
  es: 'Español',
  ja: '日本語',
  ar: 'العربية',
};

/** Returns the first wanted locale tag (`de`, `pt-BR`) whose language is offered, or the fallback. */
export function chooseLanguage(
  wanted: readonly (string | null)[],
  offered: readonly string[],
  fallback: string,
): Language {
  for (const tag of [...wanted, fallback]) {
    const language = tag?.split(/[-_]/)[0]?.toLowerCase();
    const known = LANGUAGES.find((name) => name === language);
    if (known && offered.includes(known)) return known;
  }
  return 'en';
}
