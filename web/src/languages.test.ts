import { expect, test } from 'vitest';
import { lookups, offered } from '../../tests/lookups.json';
import { CATALOGUES, chooseLanguage, LANGUAGES, nameOf } from './languages';

test.each([
  [['de-AT', 'en'], 'de'],
  [[null, 'tlh', 'fr-CA'], 'fr'],
  [['AR'], 'ar'],
  [['de_AT'], 'de'],
  [['xx', null, 'tlh'], 'es'],
  [['', 'ja'], 'ja'],
])('of %j it is %s', (wanted, language) => {
  expect(chooseLanguage(wanted, LANGUAGES, 'es')).toBe(language);
});

test('languages call themselves what they are', () => {
  expect(['pt-BR', 'ru', 'zh-Hant', 'he', 'tr'].map(nameOf)).toEqual(['Português (Brasil)', 'Русский', '繁體中文', 'עברית', 'Türkçe']);
});

test('what an environment does not offer is passed over', () => {
  expect(chooseLanguage(['ja', 'de'], ['en', 'de'], 'en')).toBe('de');
});

test('a fallback that there is no catalogue of becomes English', () => {
  expect(chooseLanguage(['xx'], ['xx', 'en'], 'xx')).toBe('en');
});

test.each(LANGUAGES)('%s has its words', async (language) => {
  const words = (await CATALOGUES[language]()).default;
  expect(Object.keys(words)).toEqual(Object.keys((await CATALOGUES.en()).default));
});

test('a look-up finds what that of the messages finds', () => {
  const there = offered.filter((language) => (LANGUAGES as readonly string[]).includes(language));
  for (const [locale, language] of lookups as [string, string | null][])
    if (!language || there.includes(language)) expect([locale, chooseLanguage([locale], there, 'en')]).toEqual([locale, language ?? 'en']);
});
