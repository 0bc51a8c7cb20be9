import { expect, test } from 'vitest';
import { CATALOGUES } from './catalogues';
import { POLICY } from './policies.fixture';
import { refusal, tell } from './refusals';
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
