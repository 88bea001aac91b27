// What strategies that begin with edges share: the luma they are found in, on a grid of rows and columns.
import type { GridSize } from '../../contracts.js';
import { ArgumentError } from '../../errors.js';
import { Canny } from '../../numeric/canny.js';
import type { SelectorContext } from '../strategy.js';

/** A picture's edges, at any thresholds. */
export interface Edges {
  readonly grid: GridSize;
  /** `[N]`, whole numbers from 0 to 255. */
  readonly luma: Float32Array;
  readonly canny: Canny;
}

/** @throws ArgumentError where the samples lie on no grid of rows and columns, or the prior is not one number for each */
export function edgesOf(strategy: string, context: SelectorContext): Edges {
  const { shape, size } = context;
  const [height = 0, width = 0, ...more] = shape ?? [];
  if (more.length > 0 || width * height !== size) {
    throw new ArgumentError(
      `The '${strategy}' selector finds edges on a grid of rows and columns, got the shape [${(shape ?? []).join(', ')}] ` +
        `for ${size} samples: give it the pool's shape, or choose another strategy.`,
    );
  }
  const luma = context.prior?.('luma') ?? new Float32Array(0);
  const bad = luma.findIndex((value) => !(Number.isInteger(value) && value >= 0 && value <= 255));
  if (luma.length !== size || bad >= 0) {
    const got = bad >= 0 ? `${luma[bad]} for sample ${bad}` : `${luma.length} numbers`;
    throw new ArgumentError(
      `prior('luma') must give a whole number from 0 to 255 for each of ${size} samples, got ${got}.`,
    );
  }
  const grid = { width, height };
  return { grid, luma, canny: new Canny(luma, grid) };
}
