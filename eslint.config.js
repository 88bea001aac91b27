// Lint rules. The two that matter most: no `any`, and the import directions of docs/architecture.md.
import js from '@eslint/js';
import tseslint from 'typescript-eslint';

/** core ← (image | sdf | nerf | adapters/*) ← recipes ← cli: an arrow points at what is imported. */
const middle = ['image', 'sdf', 'nerf', 'adapters/onnx', 'adapters/tfjs'];
const noOuterName = { regex: '^[^.]', message: 'core has no dependencies: it runs unchanged in a browser' };

/** In the files of one room, imports of the other rooms named are errors. */
function room(name, forbidden, message, more = []) {
  return {
    files: [`src/${name}/**/*.ts`],
    rules: {
      'no-restricted-imports': [
        'error',
        { patterns: [{ regex: `^\\.\\.?/(.*/)?(${forbidden.join('|')})/`, message }, ...more] },
      ],
    },
  };
}

export default tseslint.config(
  { ignores: ['dist', 'docs/api', 'coverage', 'runs', 'node_modules', '.cache', 'kernels'] },
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
    rules: {
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
    },
  },
  room('core', [...middle, 'recipes', 'cli'], 'core imports nobody', [noOuterName]),
  ...middle.map((name) =>
    room(
      name,
      [...middle.filter((other) => other !== name), 'recipes', 'cli'],
      `${name} may import core only: the rooms in the middle do not know one another`,
    ),
  ),
  room('recipes', ['cli'], 'nothing imports cli'),
  {
    files: ['src/core/**/*.ts'],
    rules: { 'no-restricted-globals': ['error', 'process', 'Buffer', 'require', '__dirname'] },
  },
);
