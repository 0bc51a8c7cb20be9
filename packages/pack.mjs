/**
 * Builds the packages into build/packages, under a name of yours: `node packages/pack.mjs @acme/password-reset`.
 *
 * What stands in the sources is a placeholder that nobody can publish by mistake: its manifest is private.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { transform } from 'lightningcss';
import { build } from 'vite';
import { PREACT } from '../web/aliases.js';

const PLACEHOLDER = '@example/password-reset';
const name = process.argv[2] || PLACEHOLDER;
if (!/^(@[a-z0-9][a-z0-9._-]*\/)?[a-z0-9][a-z0-9._-]*$/.test(name)) {
  console.error(`NAME ${JSON.stringify(name)}: a name of an npm package is needed, such as @acme/password-reset`);
  process.exit(1);
}
const root = fileURLToPath(new URL('..', import.meta.url));
process.chdir(root);

// As npm spells it: 1.0.0-rc.1 for 1.0.0rc1.
const version = /^version = "(.*)"$/m.exec(readFileSync('pyproject.toml', 'utf-8'))[1].replace(/rc/, '-rc.');

const target = 'build/packages';

function run(command, ...args) {
  const ended = spawnSync(command, args, { encoding: 'utf-8', stdio: ['ignore', 'pipe', 'inherit'] });
  if (ended.status === 0) return ended.stdout;
  console.error(ended.stdout);
  return process.exit(1);
}

function files(folder) {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => `${entry.parentPath}/${entry.name}`);
}

function edit(path, change) {
  writeFileSync(path, change(readFileSync(path, 'utf-8')));
}

/** The library splits off what few need; the elements are one file, with what runs them, and their catalogues but English beside it. */
async function bundle(entry, { whole }) {
  await build({
    configFile: false,
    root: 'web',
    logLevel: 'error',
    resolve: { alias: { [PLACEHOLDER]: `${root}packages/client/src/index.ts`, ...(whole ? PREACT : {}) } },
    define: whole ? { 'process.env.NODE_ENV': '"production"' } : {},
    build: {
      outDir: `${root}${target}/react/dist`,
      emptyOutDir: false,
      copyPublicDir: false,
      minify: whole,
      lib: { entry: `${root}packages/react/src/${entry}`, formats: ['es'], fileName: () => `${entry.replace(/\..*/, '')}.js` },
      rolldownOptions: {
        external: whole ? [] : [/^react(-dom)?(\/|$)/],
        output: { chunkFileNames: whole ? 'elements/[name].js' : '[name].js' },
      },
    },
  });
}

/** The pages' style sheet, for what stands inside of an element of the class `password-reset` alone. */
function styles() {
  const sheet = readFileSync('web/src/style.css', 'utf-8');
  const keyframes = sheet.match(/^@keyframes [^{]*\{(?:[^{}]*\{[^}]*\})*\s*\}/gm) ?? [];
  const rest = keyframes.reduce((text, rule) => text.replace(rule, ''), sheet);
  const nested = `.password-reset {${rest.replaceAll(':root', '&')}}\n${keyframes.join('\n')}`;
  const targets = { chrome: 90 << 16, firefox: 90 << 16, safari: 15 << 16 };
  return transform({ filename: 'styles.css', code: Buffer.from(nested), targets }).code;
}

/** Types of the client and the catalogues go along, and are named as every resolution finds them. */
function linkTypes(folder) {
  for (const path of files(folder)) {
    const client = relative(dirname(path), `${folder}/packages/client/src/index.js`);
    edit(path, (text) =>
      text
        .replaceAll(`'${PLACEHOLDER}'`, `'${client}'`)
        .replace(/(from |import\()(['"])(\.[^'"]*?)(\.[jt]s)?\2/g, (_, before, quote, specifier) => `${before}${quote}${specifier.replace(/(^|\/)\.\.?$/, '$&/index')}.js${quote}`),
    );
  }
}

rmSync(target, { recursive: true, force: true });
for (const script of ['types', 'words']) run('npm', 'run', '--silent', '--workspace', 'web', script);
for (const folder of ['client', 'react']) {
  const source = `packages/${folder}`;
  const built = `${target}/${folder}`;
  mkdirSync(built, { recursive: true });
  run('node_modules/.bin/tsc', '--project', source);
  if (folder === 'react') {
    linkTypes(`${built}/dist/types`);
    for (const entry of ['index', 'elements']) {
      writeFileSync(`${built}/dist/${entry}.d.ts`, `export * from './types/packages/react/src/${entry}.js';\n`);
    }
    await bundle('index.ts', { whole: false });
    await bundle('elements.tsx', { whole: true });
    writeFileSync(`${built}/dist/styles.css`, styles());
    cpSync('web/public/third-party-notices.txt', `${built}/THIRD-PARTY-NOTICES.txt`);
  }
  cpSync('LICENSE', `${built}/LICENSE`);
  cpSync(`${source}/README.md`, `${built}/README.md`);
  // Links into the repository lead nowhere from here.
  edit(`${built}/README.md`, (text) => text.replace(/\[([^\]]*)\]\((\.\.[^)#]*)[^)]*\)/g, (_, said, path) => `${said} (\`${join(source, path)}\` in the repository)`));
  const { private: _, ...manifest } = JSON.parse(readFileSync(`${source}/package.json`, 'utf-8'));
  writeFileSync(`${built}/package.json`, `${JSON.stringify({ ...manifest, version }, null, 2)}\n`);
  for (const path of files(built)) {
    if (/\.(md|json|ts)$/.test(path)) edit(path, (text) => text.replaceAll(PLACEHOLDER, name));
  }
  const [packed] = JSON.parse(run('npm', 'pack', built, '--json', '--pack-destination', target));
  console.log(`${target}/${packed.filename}: ${packed.name} ${packed.version}, ${packed.files.length} files, ${packed.size} bytes`);
}
