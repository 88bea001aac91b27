// The selectors of pixels and of points are core's, told what the pool knows: the same selections as by hand.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sphere } from '../../fixtures/mesh/surfaces.js';
import { createPixelSelector } from '../../src/adapters/pixels/index.js';
import { createPointSelector } from '../../src/adapters/points/index.js';
import {
  createRandom,
  createSelector,
  defineStrategy,
  number,
  register,
  type Selector,
} from '../../src/core/index.js';
import { createImage, createLaplacian, createPixelPool } from '../../src/image/index.js';
import {
  createDistanceField,
  createPointOperator,
  createSdfPool,
  pointOperators,
  type DistanceField,
  type SdfPool,
} from '../../src/sdf/index.js';
import { noiseImage } from '../image/random.js';

const seed = 77;
const evos = { strategy: 'evos', steps: 60, seed, interval: 20, ratio: 0.3 } as const;

/** The samples of every step of a run whose predictions are noise. */
function run(selector: Selector, channels: number): number[][] {
  const random = createRandom(seed);
  return Array.from({ length: 60 }, () => {
    const selection = selector.next();
    const predictions = Float32Array.from({ length: selection.size * channels }, () => random.float());
    if (selection.awaited) selector.report(selection, { predictions });
    return [...selection.indices];
  });
}

describe('createPixelSelector', () => {
  const image = noiseImage(16, 12, 3, 8, seed);
  const pool = createPixelPool(image);
  const { size, targets } = pool;

  it(`binds the targets and the Laplacian (seed ${seed})`, () => {
    const bound = run(createPixelSelector(pool, evos), 3);
    expect(bound).toEqual(
      run(createSelector({ ...evos, size, targets, operator: createLaplacian(pool) }), 3),
    );
    expect(bound).not.toEqual(run(createSelector({ ...evos, size, targets }), 3));
  });

  it('takes the picture itself, and a pool of bytes', () => {
    const expected = run(createPixelSelector(pool, evos), 3);
    expect(run(createPixelSelector(image, evos), 3)).toEqual(expected);
    expect(run(createPixelSelector(createPixelPool(image, { storage: 'bytes' }), evos), 3)).toEqual(expected);
  });

  it('chooses from tiles where the picture cannot be held whole', () => {
    // Zeros that nobody writes or reads take no memory.
    const [width, height] = [8192, 8193];
    const giant = createImage({ width, height, channels: 1 }, new Uint8Array(width * height));
    const range = { min: 0, max: 255 };
    const bytes = createPixelPool(giant, { range });
    const selector = createPixelSelector(bytes, { strategy: 'evos-online', batchSize: 1000, seed });
    for (let step = 0; step < 3; step++) {
      const selection = selector.next();
      expect([selection.size, selection.whole]).toEqual([1000, false]);
      selector.report(selection, new Float32Array(1000).fill(0.5));
    }
    const state = Object.values(selector.snapshot().arrays).reduce((sum, { length }) => sum + length, 0);
    expect(state).toBeLessThan(bytes.size / 100);
  });

  it('takes strategies that were registered, and hands them what the pool knows', () => {
    const seen: unknown[] = [];
    register({
      strategies: [
        defineStrategy({
          name: 'test-toy',
          summary: 'uniform draws',
          settings: { speed: number({ default: 1 }) },
          needs: [],
          create: ({ size: n, seed: s, shape, views }, { speed }) => {
            seen.push(shape, views, speed);
            return createSelector({ strategy: 'uniform', size: n, seed: s });
          },
        }),
      ],
    });
    expect(createPixelSelector(pool, { strategy: 'test-toy', speed: 3, seed }).size).toBe(size);
    expect(seen).toEqual([[12, 16], [{ width: 16, height: 12 }], 3]);
  });

  it('refuses a setting that the strategy does not have', () => {
    const misspelt = { ...evos, intervall: 3 };
    expect(() => createPixelSelector(pool, misspelt)).toThrow(/'intervall'/);
  });
});

describe('createPointSelector', () => {
  const mesh = sphere(1, 12, 24);
  let field: DistanceField;
  let pool: SdfPool;
  beforeAll(async () => {
    field = await createDistanceField(mesh, { workers: 0 });
    pool = await createSdfPool({ mesh, field, count: 120, seed });
  });
  afterAll(() => field.dispose());

  it.each(pointOperators)(`binds the targets and the operator %s (seed ${seed})`, (frequency) => {
    const { size, targets, inputs: points } = pool;
    const operator = createPointOperator({ points, kind: frequency });
    const bound = run(createPointSelector(pool, { ...evos, frequency }), 1);
    expect(bound).toEqual(run(createSelector({ ...evos, size, targets, operator }), 1));
    expect(bound).not.toEqual(run(createSelector({ ...evos, size, targets }), 1));
  });

  it('has the plane residual unless told, and no operator where told', () => {
    const { size, targets } = pool;
    expect(run(createPointSelector(pool, evos), 1)).toEqual(
      run(createPointSelector(pool, { ...evos, frequency: 'plane-residual' }), 1),
    );
    expect(run(createPointSelector(pool, { ...evos, frequency: 'none' }), 1)).toEqual(
      run(createSelector({ ...evos, size, targets }), 1),
    );
  });

  it('goes by the points that the pool has now', async () => {
    const random = createRandom(seed);
    const [before, after] = [0, 1].map(() =>
      Float32Array.from({ length: pool.size }, () => random.float()),
    ) as [Float32Array, Float32Array];
    /** Evaluates with these predictions; then tells the fittest, which is all that the next step sees. */
    const fittest = (selector: Selector, predictions: Float32Array): number[] => {
      const options = { revision: pool.revision };
      let selection = selector.next(options);
      while (!selection.awaited) selection = selector.next(options);
      selector.report(selection, { predictions });
      return [...selector.next(options).indices].sort((a, b) => a - b);
    };
    const settings = { ...evos, crossover: 'add', mutationShare: 0, frequencyWeight: 1 } as const;
    const early = createPointSelector(pool, settings);
    fittest(early, before);
    await pool.refresh(seed + 1);
    expect(fittest(early, after)).toEqual(fittest(createPointSelector(pool, settings), after));
  });
});
