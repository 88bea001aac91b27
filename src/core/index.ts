// The modality-agnostic core: selectors, schedules, exact top-k, seeded random, the training loop.
export * from './errors.js';
export * from './contracts.js';
export * from './events.js';
export { allOf, someOf } from './samples.js';
export { createRandom, type Random } from './numeric/random.js';
export { createTopK, type TopK } from './numeric/top-k.js';
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
} from './selectors/schedules.js';
export { createOnlineSelector } from './selectors/evos-online.js';
export { onlineDefaults, type OnlineSelectorOptions } from './selectors/online-options.js';
export { createTileSelector } from './selectors/evos-tiles.js';
export { tileDefaults, type TileSelectorOptions } from './selectors/tile-options.js';
export { imageTiles, runTiles } from './selectors/tile-layout.js';
export { crossoverMethods, type CrossoverMethod } from './selectors/crossover.js';
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
} from './selectors/options.js';
export { createSelector } from './selectors/create.js';
export { fit, type FitOptions, type Measure } from './fit.js';
