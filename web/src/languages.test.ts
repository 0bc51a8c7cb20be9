import { expect, test } from 'vitest';
import { CATALOGUES, chooseLanguage, LANGUAGES } from './languages';

test.each([
  [['de-AT', 'en'], 'de'],
  [[null, 'pt-BR', 'fr-CA'], 'fr'],
  [['AR'], 'ar'],
  [['de_AT'], 'de'],
  [['xx', null, 'tlh'], 'es'],
  [['', 'ja'], 'ja'],
])('of %j it is %s', (wanted, language) => {
  expect(chooseLanguage(wanted, LANGUAGES, 'es')).toBe(language);
});

test('what an environment does not offer is passed over', () => {
  expect(chooseLanguage(['ja', 'de'], ['en', 'de'], 'en')).toBe('de');
});

test('a fallback that there is no catalogue of becomes English', () => {
  expect(chooseLanguage(['xx'], ['xx', 'en'], 'xx')).toBe('en');
});

test.each(LANGUAGES)('%s says everything, with the places that English has', async (language) => {
  const [words, english] = await Promise.all([CATALOGUES[language](), CATALOGUES.en()]);
  const places = (text: string) => (text.match(/\{\w+\}/g) ?? []).sort();
  for (const [key, text] of Object.entries(english.default)) {
    const translated = words.default[key as keyof typeof words.default];
    expect(translated, key).not.toBe('');
    expect(places(translated), key).toEqual(places(text));
  }
});
