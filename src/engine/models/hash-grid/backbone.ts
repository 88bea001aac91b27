// The hash grid by name, and the radiance field that it makes. Of samples that are themselves a grid, such as a picture's
// pixels, it is as large as they ask for.
import { present } from '../../../core/present.js';
import { choice, defineSettings, number } from '../../../core/settings.js';
import { defineBackbone } from '../backbone.js';
import { gridSize, shares } from './budget.js';
import { RADIANCE_FIELD_DEFAULTS, radianceField } from './field.js';
import { hashGrid, HASH_GRID_ADAM, HASH_GRID_DEFAULTS, hashGridName, hashGridSettings } from './model.js';

const { learningRate, ...adam } = HASH_GRID_ADAM;

const settings = {
  ...hashGridSettings,
  ...defineSettings('hash-grid', {
    /** How many numbers a picture's grid may have: `normal`, half as many as the picture has values; `high`, as many. */
    quality: choice(['normal', 'high'] satisfies (keyof typeof shares)[], 'normal'),
    /** What every output starts from; a mesh's grid says `outside` everywhere where this is above 0. */
    outputBias: number({ default: HASH_GRID_DEFAULTS.outputBias }),
  }),
};

/** The hash grid. */
export const hashGridBackbone = defineBackbone({
  name: hashGridName,
  summary: 'a multiresolution hash grid with a small network behind it (Müller et al., 2022)',
  settings,
  needs: ['grid'],
  learningRate,
  adam: () => adam,
  sized: true,
  create: ({ shape, ...ports }, { quality, ...own }) => {
    const given = present(own);
    const size = shape && gridSize(shape, ports, { ...given, quality });
    return hashGrid({ ...ports, ...given, ...size });
  },
  fieldDefaults: RADIANCE_FIELD_DEFAULTS,
  // A scene's samples are no grid, and give nothing to go by; its density has no bias.
  field: (space, { quality: _, outputBias: __, ...own }) => radianceField({ space, ...present(own) }),
});
