import compress from '@zxcvbn-ts/dictionary-compression/compress';
import { dictionary } from '@zxcvbn-ts/language-common';
import type { Plugin } from 'vite';
import { defineConfig } from 'vitest/config';
import { PREACT } from './aliases.js';
import { catalogues } from './catalogues.js';

/** Writes what is shown when no script runs, in every language. */
function withoutScript(): Plugin {
  const paragraphs = (...keys: string[]) =>
    catalogues()
      .map(({ language, direction, pages }) => {
        const text = keys.length > 1 ? `<b>${pages[keys[0]!]}</b><br><a href="/forgot-password">${pages[keys[1]!]}</a>` : pages[keys[0]!];
        return `<p lang="${language}" dir="${direction}">${text}</p>`;
      })
      .join('');
  return {
    name: 'without-script',
    enforce: 'pre',
    transformIndexHtml: (html) =>
      html
        .replace('<!-- no script -->', () => paragraphs('boot.noScript'))
        .replace('<!-- slow -->', () => paragraphs('boot.slow'))
        .replace('<!-- not found -->', () => paragraphs('notFound.title', 'forgot.title')),
  };
}

/** Leaves out what would load a chunk's styles and further chunks beside it: ours have none, and it weighs more than half a kilobyte. */
function withoutPreloading(): Plugin {
  return {
    name: 'without-preloading',
    enforce: 'pre',
    load: (id) => (id === '\0vite/preload-helper.js' ? 'export const __vitePreload = (load) => load();' : undefined),
  };
}

const COMMON_PASSWORDS = 10_000;

/**
 * Cuts the strength meter's list of passwords to the most common ones: the whole list weighs 204 kB gzipped, these 26.
 *
 * They are sorted by the alphabet, which packs better, within parts of which each is as long as all before it: what
 * a rank is wrong by doubles a password's guesses at most.
 */
function fewerPasswords(): Plugin {
  const common = dictionary['passwords-common'].slice(0, COMMON_PASSWORDS);
  const sorted: string[] = [];
  while (sorted.length < common.length) sorted.push(...common.slice(sorted.length, 2 * sorted.length || 50).sort());
  return {
    name: 'fewer-passwords',
    enforce: 'pre',
    load: (id) =>
      id.endsWith('/language-common/dist/passwords.json.mjs')
        ? `import decompress from '@zxcvbn-ts/dictionary-compression/decompress';
           export default decompress(${JSON.stringify(compress(sorted))});`
        : undefined,
  };
}

export default defineConfig({
  base: './', // the pages may live under any path
  plugins: [withoutScript(), withoutPreloading(), fewerPasswords()],
  resolve: {
    alias: {
      ...PREACT,
      '@example/password-reset-react': new URL('../packages/react/src', import.meta.url).pathname,
      '@example/password-reset': new URL('../packages/client/src/index.ts', import.meta.url).pathname,
    },
  },
  test: { dir: '..', include: ['{packages/*,web}/src/**/*.test.ts'] },
  build: {
    cssCodeSplit: false,
    assetsInlineLimit: 0, // the content security policy admits no data: URL
    modulePreload: { polyfill: false },
    target: ['chrome90', 'edge90', 'firefox90', 'safari15'], // docs/hosted-pages.md says so to people
    rolldownOptions: { input: ['index.html', 'not-found.html'] },
  },
});
