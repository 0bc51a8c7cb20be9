/** The languages there are: one catalogue each, loaded when it is needed. */
import { CATALOGUES as MODULES } from './locales/index';
import type english from './locales/en';

export type Language = keyof typeof MODULES;

export const LANGUAGES = Object.keys(MODULES) as Language[];

export type English = typeof english;

/** What every language has to say: a key too few or too many fails the build. */
export type Catalogue = { [Key in keyof English]: string } & { 'language.direction': 'ltr' | 'rtl' };

export const CATALOGUES: Record<Language, () => Promise<{ default: Catalogue }>> = MODULES;

/** Returns what a language calls itself, as the browser knows it. */
export function nameOf(language: string): string {
  const name = new Intl.DisplayNames([language], { type: 'language' }).of(language) ?? language;
  return name.charAt(0).toLocaleUpperCase(language) + name.slice(1);
}

/**
 * Returns the language offered for the first wanted locale tag that has one, or the fallback's: the very one, else one
 * of the same script, else of the same language. Browsers know former names, and where Chinese has which script.
 *
 * `own` are languages that a brand has words of.
 */
export function chooseLanguage(
  wanted: readonly (string | null)[],
  offered: readonly string[],
  fallback: string,
  own: readonly string[] = [],
): Language {
  const known = [...LANGUAGES, ...(own as Language[])].filter((language) => offered.includes(language));
  for (const tag of [...wanted, fallback]) {
    const { baseName, language, script } = read(tag) ?? {};
    const near = known.filter((other) => language && read(other)?.language === language);
    const found = near.find((other) => read(other)?.baseName === baseName) ?? near.find((other) => read(other)?.script === script) ?? near[0];
    if (found) return found;
  }
  return 'en';
}

/** Returns what can be read of a tag, with its likely script and region. */
function read(tag: string | null): Intl.Locale | undefined {
  const [whole] = /^[a-z]{2,8}(-[a-z]{4})?(-[a-z]{2}|-\d{3})?\b/i.exec(tag?.trim().replaceAll('_', '-') ?? '') ?? [];
  try {
    return new Intl.Locale(whole!.replace(/^no\b/i, 'nb')).maximize();
  } catch {
    return undefined;
  }
}
