// The modality-agnostic core: selectors, schedules, exact top-k, seeded random, the training loop.
export * from './errors.js';
export * from './contracts.js';
export type * from './pixel-rays.js';
export * from './events.js';
export * from './samples.js';
export * from './settings.js';
export { closest, didYouMean } from './did-you-mean.js';
export { createRegistry, type Registry } from './registry.js';
export { checkSetting, rangeOf, resolveSettings } from './resolve-settings.js';
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
  type LearningRateSchedule,
  type MutationKind,
  type RatioSchedule,
  type StepCounts,
} from './selectors/schedules.js';
export { imageTiles, runTiles } from './selectors/tile-layout.js';
export { crossoverMethods, type CrossoverMethod } from './selectors/crossover.js';
export { BaseSelector, type Plan } from './selectors/base.js';
export { Draw } from './selectors/draw.js';
export type { Found } from './selectors/feedback.js';
export type { Part, State } from './state.js';
export * as parts from './state.js';
export { membersOf } from './selectors/members.js';
export { firstOfView, viewOf } from './selectors/views.js';
export { delayReports } from './selectors/delayed.js';
export {
  defaultSeed,
  defineStrategy,
  makeSelector,
  type ContextOptions,
  type OptionsOf,
  type SelectorContext,
  type Strategy,
} from './selectors/strategy.js';
export { egra } from './selectors/egra.js';
export { errorMap } from './selectors/error-map/error-map.js';
export { evos } from './selectors/evos/evos.js';
export { evosOnline } from './selectors/evos-online.js';
export { evosTiles } from './selectors/evos-tiles.js';
export { expansive } from './selectors/expansive.js';
export { full } from './selectors/full.js';
export { int } from './selectors/int.js';
export { nintReleased } from './selectors/nint-released/nint-released.js';
export { nint } from './selectors/nint/nint.js';
export { softMining } from './selectors/soft-mining/soft-mining.js';
export { uniform } from './selectors/uniform.js';
export {
  createSelector,
  definePlugin,
  findStrategy,
  register,
  strategies,
  type OthersName,
  type Plugin,
  type SelectorOptions,
  type StrategyName,
  type StrategySettings,
} from './selectors/registry.js';
export { fit, type FitLoopOptions, type QualityMeasure } from './fit.js';
