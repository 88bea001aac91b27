// The hash grid by name, and the radiance field that it makes.
import { defineBackbone } from '../backbone.js';
import { RADIANCE_FIELD_DEFAULTS, radianceField } from './field.js';
import { hashGrid, hashGridName, hashGridSettings, HASH_GRID_ADAM } from './model.js';

const { learningRate, ...adam } = HASH_GRID_ADAM;

/** The hash grid. */
export const hashGridBackbone = defineBackbone({
  name: hashGridName,
  summary: 'a multiresolution hash grid with a small network behind it (Müller et al., 2022)',
  settings: hashGridSettings,
  needs: ['grid'],
  learningRate,
  adam: () => adam,
  create: (ports, settings) => hashGrid({ ...ports, ...settings }),
  fieldDefaults: RADIANCE_FIELD_DEFAULTS,
  field: (space, settings) => radianceField({ space, ...settings }),
});
