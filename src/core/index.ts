// The modality-agnostic core: selectors, schedules, exact top-k, seeded random, the training loop.
export * from './errors.js';
export * from './types.js';
export * from './events.js';
export { createRandom, type Random } from './random.js';
export { createTopK, type TopK } from './top-k.js';
export {
  countsAt,
  evaluatesAt,
  learningRateAt,
  learningRateSchedules,
  mutationAt,
  mutationKinds,
  ratioAt,
  ratioSchedules,
  type EvaluationInterval,
  type LearningRateSchedule,
  type MutationSchedule,
  type RatioSchedule,
  type StepCounts,
} from './schedules.js';
export { createOnlineSelector } from './selector-online.js';
export { onlineDefaults, type OnlineSelectorOptions } from './online-options.js';
export { createTileSelector } from './selector-tiles.js';
export { tileDefaults, type TileSelectorOptions } from './tile-options.js';
export { imageTiles, runTiles, type TileLayout } from './tile-layout.js';
export { crossoverMethods, type CrossoverMethod } from './crossover.js';
export {
  coreDefaults,
  strategies,
  type CommonSelectorOptions,
  type CoreDefaults,
  type CrossFrequency,
  type EvosSelectorOptions,
  type FrequencyOptions,
  type FullSelectorOptions,
  type SelectorOptions,
  type UniformSelectorOptions,
} from './selector-options.js';
export { createSelector } from './selector.js';
export { fit, type FitOptions, type Measure } from './fit.js';
