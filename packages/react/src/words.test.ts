import { expect, test } from 'vitest';
import { CATALOGUES, type Language } from './catalogues';
import { Words } from './words';

async function words(language: Language) {
  return new Words(language, (await CATALOGUES[language]()).default);
}

test('places are filled, whatever stands in them', async () => {
  const english = await words('en');
  expect(english.say('sent.body', { email: '$& {email}' })).toBe(
    'If an account exists for $& {email}, a link to choose a new password is on its way.',
  );
});

test.each([
  ['en', 3600, '60 minutes'],
  ['en', 1, '1 minute'],
  ['fr', 61, '2 minutes'],
] as const)('%s: a wait of %d s is %s', async (language, seconds, text) => {
  expect((await words(language)).minutes(seconds)).toBe(text);
});

test.each([
  ['en', 900, 'down', '15 minutes'],
  ['en', 90, 'down', '1 minute'],
  ['en', 90, 'up', '2 minutes'],
  ['en', 3599, 'up', '60 minutes'],
  ['en', 3600, 'up', '1 hour'],
  ['en', 5400, 'down', '90 minutes'],
  ['en', 86_399, 'down', '23 hours'],
  ['en', 604_799, 'down', '6 days'],
  ['en', 2, 'down', '2 seconds'],
  ['en', 0, 'up', '0 seconds'],
  ['de', 900, 'down', '15 Minuten'],
  ['ja', 900, 'down', '15 分'],
] as const)('%s: %d s rounded %s is %s', async (language, seconds, round, text) => {
  expect((await words(language)).duration(seconds, round)).toBe(text);
});
