// Lint rules. The two that matter most: no `any`, and the import directions of docs/architecture.md.
import js from '@eslint/js';
import tseslint from 'typescript-eslint';
import importX, { createNodeResolver } from 'eslint-plugin-import-x';

const room = (target, from, message) => ({
  target: `./src/${target}`,
  from: from.map((f) => `./src/${f}`),
  message,
});
const middle = ['image', 'sdf', 'nerf', 'adapters/onnx', 'adapters/tfjs'];

/** core ← (image | sdf | nerf | adapters/*) ← recipes ← cli: an arrow points at what is imported. */
const zones = [
  room('core', [...middle, 'recipes', 'cli'], 'core imports nobody'),
  ...middle.map((name) =>
    room(
      name,
      [...middle.filter((other) => other !== name), 'recipes', 'cli'],
      `${name} may import core only: the rooms in the middle do not know one another`,
    ),
  ),
  room('recipes', ['cli'], 'nothing imports cli'),
];

export default tseslint.config(
  { ignores: ['dist', 'docs/api', 'coverage', 'runs', 'node_modules', '.cache'] },
  js.configs.recommended,
  ...tseslint.configs.recommendedTypeChecked,
  {
    files: ['**/*.ts'],
    languageOptions: {
      parserOptions: { project: './tsconfig.all.json', tsconfigRootDir: import.meta.dirname },
    },
  },
  {
    files: ['**/*.js', '**/*.mjs'],
    extends: [tseslint.configs.disableTypeChecked],
    languageOptions: { globals: { process: 'readonly', console: 'readonly', URL: 'readonly' } },
  },
  {
    plugins: { 'import-x': importX },
    settings: {
      'import-x/resolver-next': [createNodeResolver({ extensionAlias: { '.js': ['.ts', '.js'] } })],
      'import-x/parsers': { '@typescript-eslint/parser': ['.ts'] },
    },
    rules: {
      'import-x/no-restricted-paths': ['error', { zones }],
      'import-x/no-cycle': 'error',
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
    },
  },
  {
    files: ['src/core/**/*.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [{ regex: '^[^.]', message: 'core has no dependencies: it runs unchanged in a browser' }],
        },
      ],
      'no-restricted-globals': ['error', 'process', 'Buffer', 'require', '__dirname'],
    },
  },
);
