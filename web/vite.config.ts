import { defineConfig, type Plugin } from 'vite';
import { CATALOGUES, LANGUAGES } from './src/languages.ts';

/** Writes what is shown when no script runs, or none can reach its server, in every language. */
function withoutScript(): Plugin {
  return {
    name: 'without-script',
    async transformIndexHtml(html) {
      const catalogues = await Promise.all(LANGUAGES.map(async (language) => (await CATALOGUES[language]()).default));
      const paragraphs = (key: 'boot.noScript' | 'boot.unreachable') =>
        catalogues
          .map((words, at) => `<p lang="${LANGUAGES[at]}" dir="${words['language.direction']}">${words[key]}</p>`)
          .join('');
      return html
        .replace('<!-- no script -->', paragraphs('boot.noScript'))
        .replace('<!-- unreachable -->', paragraphs('boot.unreachable'));
    },
  };
}

export default defineConfig({
  base: './', // the pages may live under any path
  plugins: [withoutScript()],
  build: {
    assetsInlineLimit: 0, // the content security policy admits no data: URL
    modulePreload: { polyfill: false },
  },
});
