import { expect, test } from 'vitest';
import { CATALOGUES } from './catalogues';
import { POLICY } from './policies.fixture';
import { refusal, tell } from './refusals';
import { BROKEN_BY, checkRules } from './rules';
import { Words } from './words';

test.each([
  ['too_short', 'Verwenden Sie mindestens 8 Zeichen.'],
  ['same_as_current', 'Das ist Ihr aktuelles Passwort. Wählen Sie ein anderes.'],
  ['repetitive', 'Dieses Passwort ist nur eine Wiederholung oder Reihe. Wählen Sie ein anderes.'],
  ['control_characters', 'Dieses Passwort enthält einen Zeilenumbruch, einen Tabulator oder ein anderes Steuerzeichen. Entfernen Sie es.'],
  ['made_up', 'Dieses Passwort kann nicht verwendet werden. Wählen Sie ein anderes.'],
  ['toString', 'Dieses Passwort kann nicht verwendet werden. Wählen Sie ein anderes.'],
])('the code %s is told in the reader’s language', async (code, text) => {
  const german = new Words('de', (await CATALOGUES.de()).default);
  expect(tell(german, POLICY, refusal(code))).toBe(text);
});

test('no rule or reason leaves a place open', async () => {
  const english = new Words('en', (await CATALOGUES.en()).default);
  const policy = { ...POLICY, maxLength: 64, maxBytes: 72, history: 3, breachCheck: true };
  const told = [...checkRules(policy, 'x'.repeat(80)), ...Object.keys(BROKEN_BY).map(refusal)].map((what) => tell(english, policy, what));
  expect(told.slice(0, 3)).toEqual([
    'At least 8 characters',
    'At most 64 characters',
    'At most 72 bytes: unaccented letters and digits count 1, other letters 2 or 3, emoji 4 or more',
  ]);
  expect(told.filter((text) => !text || text.includes('{'))).toEqual([]);
});
