// The models that can be trained.
export type { ModelDefinition, ParameterSpec, RandomSource } from './definition.js';
export { siren, SIREN_DEFAULTS, type SirenOptions } from './siren.js';
