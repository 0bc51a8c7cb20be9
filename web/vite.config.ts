import type { Plugin } from 'vite';
import { defineConfig } from 'vitest/config';
import { CATALOGUES, LANGUAGES } from './src/languages.ts';
import type { Catalogue } from './src/locales/en.ts';

/** Writes what is shown when no script runs, or none can reach its server, in every language. */
function withoutScript(): Plugin {
  return {
    name: 'without-script',
    enforce: 'pre',
    transform(code, id) {
      // The scripts need none of it.
      return id.includes('/src/locales/') ? code.replace(/^ +'(?:boot|notFound)\..*\n/gm, '') : undefined;
    },
    async transformIndexHtml(html) {
      const catalogues = await Promise.all(LANGUAGES.map(async (language) => (await CATALOGUES[language]()).default));
      const paragraphs = (text: (words: Catalogue) => string) =>
        catalogues
          .map((words, at) => `<p lang="${LANGUAGES[at]}" dir="${words['language.direction']}">${text(words)}</p>`)
          .join('');
      return html
        .replace('<!-- no script -->', paragraphs((words) => words['boot.noScript']))
        .replace('<!-- unreachable -->', paragraphs((words) => words['boot.unreachable']))
        .replace('<!-- slow -->', paragraphs((words) => words['boot.slow']))
        .replace(
          '<!-- not found -->',
          paragraphs((words) => `<b>${words['notFound.title']}</b><br><a href="/forgot-password">${words['forgot.title']}</a>`),
        );
    },
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

export default defineConfig({
  base: './', // the pages may live under any path
  plugins: [withoutScript(), withoutPreloading()],
  resolve: { alias: { '@example/password-reset': new URL('../packages/client/src/index.ts', import.meta.url).pathname } },
  test: { dir: '..', include: ['{packages/*,web}/src/**/*.test.ts'] },
  build: {
    cssCodeSplit: false,
    assetsInlineLimit: 0, // the content security policy admits no data: URL
    modulePreload: { polyfill: false },
    target: ['chrome90', 'edge90', 'firefox90', 'safari15'], // docs/hosted-pages.md says so to people
    rolldownOptions: { input: ['index.html', 'not-found.html'] },
  },
});
