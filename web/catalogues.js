/**
 * Writes src/locales from the catalogues of the whole service: a module a language, of what the pages say, and the list.
 *
 * The modules are TypeScript, so that a text's places are known where it is said.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';

const SOURCE = new URL('../layers/shared/python/password_reset/channels/words/locales/', import.meta.url);
const TARGET = new URL('src/locales/', import.meta.url);
/** What index.html and not-found.html say, and no script. */
const WITHOUT_SCRIPT = /^(boot\.(noScript|slow)|notFound)\b/;

/** Returns every language with its whole catalogue, in the order of their own names. */
export function catalogues() {
  return readdirSync(SOURCE)
    .filter((file) => file.endsWith('.json'))
    .map((file) => ({ language: file.replace('.json', ''), ...JSON.parse(readFileSync(new URL(file, SOURCE), 'utf8')) }))
    .sort((one, other) => one.name.localeCompare(other.name, 'en'));
}

function write(name, text) {
  writeFileSync(new URL(name, TARGET), text);
}

function main() {
  rmSync(TARGET, { recursive: true, force: true });
  mkdirSync(TARGET);
  const all = catalogues();
  for (const { language, direction, digits, terms, privacy, pages } of all) {
    const words = Object.entries({ 'language.direction': direction, 'language.digits': digits, 'footer.terms': terms, 'footer.privacy': privacy, ...pages })
      .filter(([key]) => !WITHOUT_SCRIPT.test(key))
      .map(([key, text]) => `  ${JSON.stringify(key)}: ${JSON.stringify(text)},\n`);
    write(`${language}.ts`, `export default {\n${words.join('')}} as const;\n`);
  }
  const list = (line) => all.map((words) => `  ${line(words)},\n`).join('');
  write(
    'index.ts',
    `export const CATALOGUES = {\n${list(({ language }) => `'${language}': () => import('./${language}.ts')`)}};\n`,
  );
}

if (process.argv[1] === new URL(import.meta.url).pathname) main();
