// The hash grid as a radiance field: a grid with a small network for the density, and one for the colour behind it (Müller et
// al., Instant Neural Graphics Primitives, SIGGRAPH 2022, Sec. 5.4).
import { resolveSettings } from '../../../core/resolve-settings.js';
import { fieldFeatures, fieldOver } from '../fields/field.js';
import type { FieldSpace, RadianceField } from '../fields/types.js';
import { hashGrid, hashGridSettings, sizesOf } from './model.js';

/** Settings of a hash-grid field. */
export interface RadianceFieldOptions {
  /** Where in the world the field is: `sceneSpace` of `evos/nerf` works it out from a scene. */
  readonly space: FieldSpace;
  /** Grids, coarse to fine. Default 12. */
  readonly levels?: number;
  /** Base-2 logarithm of the most rows a level has, 3 to 24. Default 17. */
  readonly log2TableSize?: number;
  /** Cells along the cube's side on the coarsest level, at least 2. Default 16. */
  readonly baseResolution?: number;
  /** Cells along the cube's side on the finest level. Default 1,024. */
  readonly finestResolution?: number;
  /** Width of the layers. 64 as published. */
  readonly width?: number;
  /** Layers with ReLU of the colour's network, at least 1. 2 as published. */
  readonly depth?: number;
}

/**
 * The networks as published; the grid is for two CPU cores and photographs of some hundred pixels a side (published: 16
 * levels, 2¹⁹ rows).
 */
export const RADIANCE_FIELD_DEFAULTS = {
  levels: 12,
  log2TableSize: 17,
  baseResolution: 16,
  finestResolution: 1024,
  width: 64,
  depth: 2,
} as const;

/**
 * Defines a hash-grid field. Parameters: `grid.table`, `net.0.weight`, `net.1.weight` (density), `colour.0.weight`, …,
 * no biases, drawn as `hashGrid` draws them. Train it with `HASH_GRID_ADAM`.
 * @throws ArgumentError for settings out of range
 * @example
 * const space = { centre: [0, 0, 0], half: 1, contracted: false, near: 0.1, far: 6 } as const;
 * const field = radianceField({ space });
 */
export function radianceField(options: RadianceFieldOptions): RadianceField {
  const { space, ...given } = options;
  const chosen = { ...RADIANCE_FIELD_DEFAULTS, ...given };
  const shape = { ...hashGridSettings, ...sizesOf(RADIANCE_FIELD_DEFAULTS) };
  const settings = resolveSettings('radianceField', shape, chosen);
  const { depth, ...grid } = settings;
  const ports = { inputDim: 3, outputDim: fieldFeatures };
  const network = hashGrid({ ...ports, ...grid, depth: 1, outputBias: false });
  return fieldOver(network, { space, settings, width: settings.width, depth });
}
