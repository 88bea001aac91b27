// From settings and a pool to a selector: a strategy of the registry, or the caller's own.
import { ArgumentError } from '../../core/errors.js';
import {
  delayReports,
  findStrategy,
  makeSelector,
  type Pool,
  type SelectorContext,
  type Selector,
  type Trainer,
} from '../../core/index.js';
import { present } from '../../core/present.js';
import type { RunSettings } from '../settings/resolver.js';

/** What a selector of the caller's own is made from: pool and run as every strategy sees them, and all settings. */
export interface RunSelectorContext extends SelectorContext {
  /** Steps of the whole run, T. */
  readonly steps: number;
  readonly settings: Readonly<Record<string, unknown>>;
}

/** Makes a selector; give one to a fit or a comparison to try a strategy of your own. */
export type SelectorFactory = (context: RunSelectorContext) => Selector;

interface Choosing {
  /** The caller's own, in place of the strategy. */
  readonly selector: SelectorFactory | undefined;
  readonly settings: RunSettings & { readonly batch?: number };
}

/** What is told beside the pool: operators, tiles, and settings of the strategy that follow from the input. */
interface Told extends Omit<Partial<SelectorContext>, 'size' | 'seed' | 'steps'> {
  readonly own?: Readonly<Record<string, unknown>>;
}

/**
 * The selector of a run.
 * @throws ArgumentError when there is no such strategy, or the caller's own is for another number of samples
 */
export function selectorOf({ selector: factory, settings }: Choosing, pool: Pool, told: Told = {}): Selector {
  const { size, views, layout, shape, inputDim } = pool;
  const { own = {}, ...rest } = told;
  const { seed, steps, batch = 0 } = settings;
  const context = {
    size,
    seed,
    steps,
    ...(batch > 0 ? { batchSize: batch } : {}),
    ...present({ views, layout, shape, inputDim }),
    ...present({ excluded: pool.excluded?.bind(pool), prior: pool.prior?.bind(pool) }),
    ...present({ locate: pool.locate?.bind(pool), nearest: pool.nearest?.bind(pool) }),
    ...rest,
  };
  if (factory === undefined) {
    const strategy = findStrategy(settings.strategy);
    // Only a modality whose trainer has the loss term says that it may be asked for.
    const terms = pick({ crossFrequency: false }, strategy.settings);
    return makeSelector(strategy, { ...pick(settings, strategy.settings), ...terms, ...own, ...context });
  }
  const selector = factory({ ...context, settings: { ...settings, ...own } });
  if (selector.size === size) return selector;
  throw new ArgumentError(
    `the selector was made for ${selector.size} samples, expected ${size}: use the context's size`,
  );
}

/**
 * The selector of a run whose trainer may be ahead of it: reports are applied as many selections later as the trainer may be
 * ahead, however early they come, so that a run repeats to the bit. The trainer is closed when there is no selector to be made.
 * @throws ArgumentError as `selectorOf`
 */
export function selectorBeside(trainer: Trainer, choosing: Choosing, pool: Pool, told: Told = {}): Selector {
  const { ahead = 0 } = trainer.capabilities;
  try {
    if (ahead === 0) return selectorOf(choosing, pool, told);
    const selector = selectorOf(choosing, pool, { ...told, open: ahead + 1 });
    return keepsOpen(selector, ahead + 1) ? delayReports(selector, ahead) : selector;
  } catch (error) {
    void trainer.dispose();
    throw error;
  }
}

/** Whether a selector keeps so many selections open: one of the caller's own may keep one, and would miss late reports. */
function keepsOpen(selector: Selector, wanted: number): boolean {
  const { settings } = selector.snapshot().values;
  const known = new Map(Object.entries(Object(settings) as object));
  const open: unknown = known.get('open');
  return typeof open === 'number' && open >= wanted;
}

/** Those settings that a strategy or a backbone declares. */
export function pick(settings: object, shape: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(settings).filter(([name]) => Object.hasOwn(shape, name)));
}

/** Samples of an ordinary step at the start of a run that chooses among `size`. */
export function usualBatch(
  { strategy, ratio, batch }: { readonly strategy: string; readonly ratio: number; readonly batch: number },
  size: number,
): number {
  const selected = 'ratio' in findStrategy(strategy).settings ? Math.floor(ratio * size) : size;
  return batch > 0 ? Math.min(batch, selected) : selected;
}
