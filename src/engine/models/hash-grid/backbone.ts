// The hash grid by name: its settings, and the radiance field that it makes.
import { integer } from '../../../core/settings.js';
import { defineBackbone } from '../backbone.js';
import { RADIANCE_FIELD_DEFAULTS, radianceField } from './field.js';
import { hashGrid, hashGridName, HASH_GRID_ADAM, HASH_GRID_DEFAULTS } from './model.js';

const { learningRate, ...adam } = HASH_GRID_ADAM;
const { levels, log2TableSize, baseResolution, finestResolution, width, depth } = HASH_GRID_DEFAULTS;

/** The hash grid. */
export const hashGridBackbone = defineBackbone({
  name: hashGridName,
  summary: 'a multiresolution hash grid with a small network behind it (Müller et al., 2022)',
  settings: {
    /** Grids, coarse to fine. */
    levels: integer({ min: 1, max: 64, default: levels }),
    /** Base-2 logarithm of the most rows a level has. */
    log2TableSize: integer({ min: 3, max: 24, default: log2TableSize }),
    /** Cells along an axis on the coarsest level. */
    baseResolution: integer({ min: 2, max: 65_536, default: baseResolution }),
    /** Cells along an axis on the finest level, at least as many as on the coarsest. */
    finestResolution: integer({ min: 2, max: 2 ** 19, default: finestResolution }),
    /** Width of the layers. */
    width: integer({ min: 1, default: width }),
    /** Layers with ReLU behind the grid; of a scene, those of the colour. */
    depth: integer({ min: 1, default: depth }),
  },
  needs: ['grid'],
  learningRate,
  adam: () => adam,
  create: (ports, settings) => hashGrid({ ...ports, ...settings }),
  fieldDefaults: RADIANCE_FIELD_DEFAULTS,
  field: (space, settings) => radianceField({ space, ...settings }),
});
