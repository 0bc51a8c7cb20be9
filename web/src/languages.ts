/** The languages there are: one catalogue each, loaded when it is needed. */
import { CATALOGUES as MODULES } from './locales';
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

/** Names that a language had, and where Chinese is written in which script; as in `catalogue.py`. */
const RENAMED: Record<string, string> = { iw: 'he', in: 'id', ji: 'yi', no: 'nb', cmn: 'zh', tl: 'fil' };
const SCRIPTS: Record<string, string> = { cn: 'hans', sg: 'hans', my: 'hans', tw: 'hant', hk: 'hant', mo: 'hant' };

/** Returns the language offered for the first wanted locale tag that has one (RFC 4647, 3.4), or the fallback's. */
export function chooseLanguage(
  wanted: readonly (string | null)[],
  offered: readonly string[],
  fallback: string,
): Language {
  const known = LANGUAGES.filter((language) => offered.includes(language));
  for (const tag of [...wanted, fallback]) {
    let first = '';
    // One subtag less each time; what introduces an extension says nothing alone.
    for (let range = canonical(tag ?? ''); range; range = range.replace(/(-\w)?-?[^-]+$/, '')) {
      const found = known.find((language) => canonical(language) === range);
      if (found) return found;
      first = range;
    }
    const relative = first && known.find((language) => canonical(language).split('-')[0] === first);
    if (relative) return relative;
  }
  return 'en';
}

/** Returns what can be read of a tag, in lower case, with today's names and a script where Chinese has one. */
function canonical(tag: string): string {
  const [whole = ''] = /^[a-z]{2,8}(-[a-z0-9]{1,8})*(?![a-z0-9])/.exec(tag.trim().toLowerCase().replaceAll('_', '-')) ?? [];
  const [language = '', ...rest] = whole.split('-');
  const named = RENAMED[language] ?? language;
  const script = named === 'zh' && !/-han[st]/.test(whole) && rest.map((part) => SCRIPTS[part]).find(Boolean);
  return [named, ...(script ? [script] : []), ...rest].join('-');
}
