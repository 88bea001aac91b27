// How fine a grid is for samples that are themselves a grid, such as the pixels of a picture: by how many numbers it may have.
// Its levels are dense as far as a table can be: for pictures few levels without collisions, the finest of which takes most of the
// numbers, reach a quality sooner than many hashed ones of the same number (docs/backbones.md).
import type { ModelPorts } from '../backbone.js';
import { layOutGrid } from './layout.js';

/** What of a grid follows from its samples, where it is not given. */
export interface GridSize {
  readonly levels: number;
  readonly log2TableSize: number;
  readonly finestResolution: number;
}

/** How many numbers a grid may have, for each value of its samples. */
export const shares = { normal: 0.5, high: 1 } as const;

/** How large a model is beside what it is of. */
export type GridQuality = keyof typeof shares;

/** Samples of so few values may have as many numbers as values: half of them would save little. */
const fewValues = 65_536;
/** Fewer are no grid any more. */
const fewestNumbers = 4096;
/** By about so much each level is finer than the one before. */
const growth = 2.2;
/** Most rows of a level, and most cells along an axis. */
const [mostLog2, mostCells] = [24, 2 ** 19];
const features = 2;

/** Everything but what follows from the samples. */
export interface GridSettings extends Partial<GridSize> {
  readonly quality: GridQuality;
  readonly baseResolution: number;
  readonly width: number;
  readonly depth: number;
}

/** The largest grid that keeps to its share of the samples' values. @param shape points along each axis */
export function gridSize(
  shape: readonly number[],
  { outputDim }: Pick<ModelPorts, 'outputDim'>,
  { quality, baseResolution, width, depth, ...given }: GridSettings,
): GridSize {
  const values = shape.reduce((product, points) => product * points, outputDim);
  const share = values <= fewValues ? 1 : shares[quality];
  const budget = Math.max(fewestNumbers, share * values);
  const dims = shape.length;
  const sized = (finestResolution: number): GridSize => {
    const octaves = Math.log(finestResolution / baseResolution) / Math.log(growth);
    const levels = given.levels ?? Math.max(1, Math.round(octaves) + 1);
    // As many rows as corners, where that leaves anything of the budget.
    const most = Math.ceil(Math.min(dims * Math.log2(finestResolution + 2), Math.log2(budget / features)));
    const log2TableSize = given.log2TableSize ?? Math.max(3, Math.min(mostLog2, most));
    return { levels, log2TableSize, finestResolution };
  };
  const numbers = ({ levels, log2TableSize, finestResolution }: GridSize): number => {
    const perLevelScale = levels === 1 ? 1 : (finestResolution / baseResolution) ** (1 / (levels - 1));
    const { rows } = layOutGrid({ dims, features, levels, log2TableSize, baseResolution, perLevelScale });
    const network = features * levels * width + (depth - 1) * width ** 2 + width * outputDim + outputDim;
    return features * rows + network;
  };
  if (given.finestResolution !== undefined) return sized(given.finestResolution);
  // Finer than the samples a grid has corners that none of them sees.
  let [low, high] = [baseResolution, Math.max(baseResolution, Math.min(mostCells, Math.max(...shape) - 1))];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (numbers(sized(middle)) <= budget) low = middle;
    else high = middle - 1;
  }
  return sized(low);
}
