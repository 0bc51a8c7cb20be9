import { expect, test } from 'vitest';
import { CATALOGUES } from './languages';
import { POLICY } from './policies.fixture';
import { refusal } from './refusals';
import { Words } from './words';

test('a code is told in the reader’s language, and one that is not known as well', async () => {
  const german = new Words('de', (await CATALOGUES.de()).default);
  expect(refusal(german, POLICY, 'too_short')).toBe('Verwenden Sie mindestens 8 Zeichen.');
  expect(refusal(german, POLICY, 'same_as_current')).toBe('Das ist Ihr jetziges Passwort. Wählen Sie ein anderes.');
  expect(refusal(german, POLICY, 'made_up')).toBe('Dieses Passwort kann nicht verwendet werden. Wählen Sie ein anderes.');
  expect(refusal(german, POLICY, 'toString')).toBe('Dieses Passwort kann nicht verwendet werden. Wählen Sie ein anderes.');
});
