// The models that can be trained.
export type { GridEncoding, ModelDefinition, ParameterSpec, RandomSource } from './definition.js';
export type { GridLayout, GridLevel } from './grid-layout.js';
export { hashGrid, HASH_GRID_ADAM, HASH_GRID_DEFAULTS, type HashGridOptions } from './hash-grid.js';
export { siren, SIREN_DEFAULTS, type SirenOptions } from './siren.js';
