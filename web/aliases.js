/** What runs React's components in the pages and in the custom elements: a third of the weight, and no other component. */
export const PREACT = {
  'react/jsx-runtime': 'preact/jsx-runtime',
  'react-dom/client': new URL('src/root.ts', import.meta.url).pathname,
  react: 'preact/compat',
};
