// Serves and builds the page against this repository's own package; in a project of yours `npm i evos` is all there is to do.
import path from 'node:path';
import { defineConfig } from 'vite';

const entry = (name: string): string => path.resolve(import.meta.dirname, `../../dist/entries/${name}.js`);

export default defineConfig({
  root: import.meta.dirname,
  base: './',
  resolve: {
    alias: [
      { find: /^evos\/engine$/, replacement: entry('engine-browser') },
      {
        find: /^evos\/(image|onnx|sdf)$/,
        replacement: path.resolve(import.meta.dirname, '../../dist/entries/$1.js'),
      },
      { find: /^evos$/, replacement: entry('index') },
    ],
  },
  worker: { format: 'es' },
  server: { fs: { allow: ['../..'] } },
  build: { outDir: '../../dist-web', emptyOutDir: true },
});
