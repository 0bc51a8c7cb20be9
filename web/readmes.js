/**
 * Writes what the packages' READMEs and docs/api.md show as modules to build/readmes, where `tsc` compiles them with the
 * pages; and of the README's tables of hooks, that they name what each hook returns, no more and no less.
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';

const ROOT = new URL('../', import.meta.url);
const TARGET = new URL('build/readmes/', ROOT);
/** What the page around an example has. */
const AROUND = `declare const email: string, token: string, newPassword: string;
declare function show(text: string): void;
declare const widget: { solve(siteKey: string, action: string): Promise<string | null> };
`;

function write(name, text) {
  writeFileSync(new URL(name, TARGET), text);
}

/** Returns a module that compiles where each table has every member of its hook; all forms have four in common. */
function hooks(text) {
  const tables = [...text.matchAll(/^\| `(use\w+)\(.*\n\|---.*\n((?:\|.*\n)+)/gm)].map(([, hook, rows]) => {
    const cells = rows.split('\n').map((row) => row.split('|')[1] ?? '');
    const names = cells.flatMap((cell) => [...cell.matchAll(/`(\w+)/g)].map(([, name]) => `'${name}'`)).join(' | ');
    return `export const ${hook}: Same<typeof all.${hook}, ${names}> = true;\n`;
  });
  return `import * as all from '@example/password-reset-react';
type Common = 'submit' | 'busy' | 'message' | 'left';
type Same<Hook extends (...options: never[]) => object, Named> =
  [Exclude<keyof ReturnType<Hook>, Named | Common>, Exclude<Named, keyof ReturnType<Hook>>] extends [never, never] ? true : never;
${tables.join('')}`;
}

rmSync(TARGET, { recursive: true, force: true });
mkdirSync(TARGET, { recursive: true });
write('around.d.ts', AROUND);
for (const [name, path] of [['client', 'packages/client/README.md'], ['react', 'packages/react/README.md'], ['api', 'docs/api.md']]) {
  const text = readFileSync(new URL(path, ROOT), 'utf8');
  const blocks = [...text.matchAll(/^```tsx?\n([^]*?)^```/gm)];
  for (const [number, [, code]] of blocks.entries()) write(`${name}-${number + 1}.tsx`, `${code}export {};\n`);
  if (name === 'react') write('hooks.ts', hooks(text));
}
