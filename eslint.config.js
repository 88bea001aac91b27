// Lint rules. The two that matter most: no `any`, and the import directions of docs/architecture.md.
import js from '@eslint/js';
import tseslint from 'typescript-eslint';
import { arrows } from './scripts/lint/arrows.js';

/**
 * Who may know whom: a room's own folder, and the rooms named here. An arrow points at what is imported:
 *
 *     core ← (image | sdf | nerf | engine) ← adapters ← recipes ← cli
 *
 * Within recipes: settings ← runs ← report ← modalities; the thread's entry file and the barrel stand above.
 * Within the engine: graph ← models ← training ← (onnx ← radiance | webgpu) ← devices. Entries re-export across rooms; nobody imports them.
 */
const data = ['core', 'image', 'sdf', 'nerf'];
const rooms = {
  core: { may: [], packages: false, message: 'core imports nobody and runs unchanged in a browser' },
  image: { may: ['core'], message: 'image may import core only' },
  sdf: { may: ['core'], message: 'sdf may import core only' },
  nerf: { may: ['core'], message: 'nerf may import core only' },
  engine: { may: ['core'], message: 'engine may import core only' },
  'engine/graph': { may: ['core'], message: 'graph knows no runtime and no model' },
  'engine/models': { may: ['core', 'engine/graph'], message: 'models may import graph only' },
  'engine/training': {
    may: ['core', 'engine/graph', 'engine/models'],
    message: 'what trainers have in common knows no runtime',
  },
  'engine/onnx': {
    may: ['core', 'engine/graph', 'engine/models', 'engine/training'],
    message: 'devices and fields stand on it',
  },
  'engine/webgpu': {
    may: ['core', 'engine/graph', 'engine/models', 'engine/training'],
    packages: false,
    message: 'a device is handed in, so that it runs in a browser',
  },
  'engine/radiance': {
    may: ['core', 'engine/graph', 'engine/models', 'engine/training', 'engine/onnx'],
    message: 'devices stand on it',
  },
  adapters: { may: [...data, 'engine'], message: 'adapters know no recipes' },
  'adapters/onnx-model': { may: ['core', 'engine/graph', 'engine/models'], message: 'it knows no runtime' },
  'adapters/process': { may: ['core'], message: 'other processes bring their samples themselves' },
  'adapters/tfjs': { may: ['core', 'engine/training'], packages: false, message: 'tf is the user’s own' },
  recipes: { may: [...data, 'engine', 'adapters'], message: 'nothing imports cli' },
  'recipes/settings': { may: [...data, 'engine', 'adapters'], message: 'settings know no run' },
  'recipes/runs': {
    may: [...data, 'engine', 'adapters', 'recipes/settings'],
    message: 'runs know modalities as the interface that they are handed',
  },
  'recipes/report': {
    may: [...data, 'engine', 'adapters', 'recipes/settings', 'recipes/runs'],
    message: 'reports know modalities as the interface that they are handed',
  },
  'recipes/modalities': {
    may: [...data, 'engine', 'adapters', 'recipes/settings', 'recipes/runs', 'recipes/report'],
    message: 'modalities know nothing above them',
  },
  entries: { may: [...data, 'engine', 'adapters', 'recipes'], message: 'an entry is no command' },
  cli: { may: [...data, 'engine', 'adapters', 'recipes'], message: 'entries are for users of the package' },
};

export default tseslint.config(
  { ignores: ['dist', 'docs/api', 'coverage', 'runs', 'node_modules', '.cache', 'kernels', 'dist-web'] },
  js.configs.recommended,
  ...tseslint.configs.recommendedTypeChecked,
  {
    files: ['**/*.ts'],
    languageOptions: {
      parserOptions: {
        project: ['./tsconfig.all.json', './examples/web/tsconfig.json'],
        tsconfigRootDir: import.meta.dirname,
      },
    },
  },
  {
    files: ['**/*.js', '**/*.mjs'],
    extends: [tseslint.configs.disableTypeChecked],
    languageOptions: { globals: { process: 'readonly', console: 'readonly', URL: 'readonly' } },
  },
  {
    rules: {
      '@typescript-eslint/no-explicit-any': 'error',
      // A name for a type that is inferred, so that editors and messages show it.
      '@typescript-eslint/no-empty-object-type': ['error', { allowInterfaces: 'with-single-extends' }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
    },
  },
  {
    files: ['src/**/*.ts'],
    plugins: { house: { rules: { arrows } } },
    rules: { 'house/arrows': ['error', rooms] },
  },
  {
    files: ['src/core/**/*.ts'],
    rules: { 'no-restricted-globals': ['error', 'process', 'Buffer', 'require', '__dirname'] },
  },
);
