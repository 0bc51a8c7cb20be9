import { expect, test } from 'vitest';
import { CATALOGUES } from './languages';
import { POLICY } from './policies.fixture';
import { refusal, tell } from './refusals';
import { Words } from './words';

test.each([
  ['too_short', 'Verwenden Sie mindestens 8 Zeichen.'],
  ['same_as_current', 'Das ist Ihr aktuelles Passwort. Wählen Sie ein anderes.'],
  ['made_up', 'Dieses Passwort kann nicht verwendet werden. Wählen Sie ein anderes.'],
  ['toString', 'Dieses Passwort kann nicht verwendet werden. Wählen Sie ein anderes.'],
])('the code %s is told in the reader’s language', async (code, text) => {
  const german = new Words('de', (await CATALOGUES.de()).default);
  expect(tell(german, POLICY, refusal(code))).toBe(text);
});
