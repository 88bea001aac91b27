// A selector over points with signed distances: core's, told what the pool knows. A point's fitness is its squared error;
// its frequency fitness compares how far prediction and target are from what the point's neighbours have.
import {
  createSelector,
  type FrequencyOperator,
  type Selector,
  type StrategyName,
} from '../../core/index.js';
import { createPointOperator, type PointOperator, type SdfPool } from '../../sdf/index.js';
import type { OptionsWithout } from '../selector-options.js';

/** A strategy and its settings; the pool says the rest. */
export type PointSelectorOptions<Name extends string = StrategyName> = OptionsWithout<
  'size' | 'targets' | 'operator',
  Name
> & {
  /** The frequency operator, or none. Default `plane-residual`. */
  readonly frequency?: PointOperator | 'none';
};

/**
 * Makes a selector of a pool's points. The frequency operator takes 64 bytes a point and O(N log N) time; it is made when
 * a strategy first asks for it, and again after the pool was refreshed.
 *
 * Of points that stay, a network learns those and not the surface: draw them anew every few steps, and take `evos-online`,
 * which keeps what it knows of the pool's parts (docs/decisions/088-points-are-drawn-anew.md has the numbers).
 *
 * @param pool what batches are gathered from
 * @param options a strategy's name and settings
 * @throws ArgumentError for a setting that cannot be
 * @example
 * const pool = await createSdfPool({ mesh, field, count: 2 ** 20, seed: 1 });
 * const selector = createPointSelector(pool, { strategy: 'evos-online', batchSize: 4096 });
 * for (let step = 1; step <= 5000; step++) {
 *   const selection = selector.next({ revision: pool.revision });
 *   const { inputs, targets } = pool.gather(selection);
 *   selector.report(selection, { errors: await mine.train(inputs, targets) });
 *   if (step % 16 === 0) await pool.refresh(step);
 * }
 */
export function createPointSelector<const Name extends string>(
  pool: SdfPool,
  options: PointSelectorOptions<Name>,
): Selector;
export function createPointSelector(pool: SdfPool, options: PointSelectorOptions<string>): Selector {
  const { frequency = 'plane-residual', ...settings } = options;
  const { size, targets } = pool;
  const known: { readonly operator?: FrequencyOperator } =
    frequency === 'none' ? {} : { operator: operatorOf(pool, frequency) };
  return createSelector<string>({ ...settings, ...known, size, targets });
}

/** The operator of the points that the pool has now. */
function operatorOf(pool: SdfPool, kind: PointOperator): FrequencyOperator {
  let made: { readonly operator: FrequencyOperator; readonly revision: number } | undefined;
  return {
    response(values) {
      const { revision, inputs: points } = pool;
      if (made?.revision !== revision) made = { operator: createPointOperator({ points, kind }), revision };
      return made.operator.response(values);
    },
  };
}
