/**
 * Builds the packages into build/packages, under a name of yours: `node packages/pack.mjs @acme/password-reset`.
 *
 * What stands in the sources is a placeholder that nobody can publish by mistake: its manifest is private.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const PLACEHOLDER = '@example/password-reset';
const name = process.argv[2] || PLACEHOLDER;
if (!/^(@[a-z0-9][a-z0-9._-]*\/)?[a-z0-9][a-z0-9._-]*$/.test(name)) {
  console.error(`NAME ${JSON.stringify(name)}: a name of an npm package is needed, such as @acme/password-reset`);
  process.exit(1);
}
process.chdir(fileURLToPath(new URL('..', import.meta.url)));

function run(command, ...args) {
  const ended = spawnSync(command, args, { encoding: 'utf-8', stdio: ['ignore', 'pipe', 'inherit'] });
  if (ended.status === 0) return ended.stdout;
  console.error(ended.stdout);
  return process.exit(1);
}

// As npm spells it: 1.0.0-rc.1 for 1.0.0rc1.
const version = /^version = "(.*)"$/m.exec(readFileSync('pyproject.toml', 'utf-8'))[1].replace(/rc/, '-rc.');

const target = 'build/packages';
rmSync(target, { recursive: true, force: true });
run('npm', 'run', '--silent', '--workspace', 'web', 'types');
for (const folder of ['client']) {
  const source = `packages/${folder}`;
  const built = `${target}/${folder}`;
  mkdirSync(built, { recursive: true });
  run('node_modules/.bin/tsc', '--project', source);
  cpSync('LICENSE', `${built}/LICENSE`);
  cpSync(`${source}/README.md`, `${built}/README.md`);
  const { private: _, ...manifest } = JSON.parse(readFileSync(`${source}/package.json`, 'utf-8'));
  writeFileSync(`${built}/package.json`, `${JSON.stringify({ ...manifest, version }, null, 2)}\n`);
  for (const file of readdirSync(built, { recursive: true, withFileTypes: true })) {
    if (!file.isFile() || file.name === 'LICENSE') continue;
    const path = `${file.parentPath}/${file.name}`;
    writeFileSync(path, readFileSync(path, 'utf-8').replaceAll(PLACEHOLDER, name));
  }
  const [packed] = JSON.parse(run('npm', 'pack', built, '--json', '--pack-destination', target));
  console.log(`${target}/${packed.filename}: ${packed.name} ${packed.version}, ${packed.files.length} files, ${packed.size} bytes`);
}
