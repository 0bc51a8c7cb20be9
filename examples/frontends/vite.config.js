import { svelte } from '@sveltejs/vite-plugin-svelte';
import vue from '@vitejs/plugin-vue';
import { defineConfig } from 'vite';

export default defineConfig({
  plugins: [
    svelte(),
    // The elements are the browser's, and no components of Vue's.
    vue({ template: { compilerOptions: { isCustomElement: (tag) => tag.startsWith('password-reset-') } } }),
  ],
  build: { rolldownOptions: { input: ['html/index.html', 'react/index.html', 'vue/index.html', 'svelte/index.html'] } },
});
