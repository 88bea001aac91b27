// The place of a setting in a configuration file, whatever its language.
import { describe, expect, it } from 'vitest';
import { placeAt, placeOf } from '../../src/cli/source-place.js';

const typescript = `import { defineConfig } from 'evos/recipes';
// fit: { ratio: 1 } is no setting here, nor is this: "fit".
const half = { ratio: 0.5 };
export default defineConfig({
  compare: { strategies: ['full', 'evos:ratio=0.2'], fit: 3 },
  fit: {
    'ratio': 2, /* ratio: 3 */
    ...half,
    steps: [1, 2].map((n) => ({ fit: n })).length,
    nested: { from: \`} \${half}\`, to: 1 },
  },
});
`;

describe('the place of a setting', () => {
  it.each([
    [['fit'], 6, 3],
    [['fit', 'ratio'], 7, 5],
    [['fit', 'steps'], 9, 5],
    [['fit', 'nested', 'to'], 10, 34],
    [['compare', 'strategies', 1], 5, 35],
    // Not written out: the nearest key around it.
    [['fit', 'workers'], 6, 3],
  ] as const)('%j is at %i:%i', (path, line, column) => {
    expect(placeOf(typescript, path)).toEqual({ line, column });
  });

  it('is not known of what is written nowhere', () => {
    expect(placeOf(typescript, ['fitMesh', 'fill'])).toBeUndefined();
    expect(placeOf('export default { ...others };', ['fit'])).toBeUndefined();
    expect(placeOf('', ['fit'])).toBeUndefined();
  });

  it('is found in JSON too, and in what is cut short', () => {
    expect(placeOf('{\n  "fit": { "a b": 1, "c": {', ['fit', 'c'])).toEqual({ line: 2, column: 22 });
    expect(placeAt('ab\ncd', 4)).toEqual({ line: 2, column: 2 });
  });
});
