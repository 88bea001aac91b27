// What a strategy is, and how a selector is made from one: a name, settings as plain data, what it needs, a factory.
import { checkInteger, checkKeys, show } from '../check.js';
import type {
  FrequencyOperator,
  GridSize,
  Need,
  PatchOperator,
  Prior,
  Selector,
  TileLayout,
} from '../contracts.js';
import { ArgumentError } from '../errors.js';
import { resolveSettings } from '../resolve-settings.js';
import type { SettingsOf, SettingsShape } from '../settings.js';

/** What a selector is told of its pool and its run. */
export interface SelectorContext {
  /** Number of samples in the pool, N: from 1 to 2³² − 1. */
  readonly size: number;
  /** An integer of at least 0. */
  readonly seed: number;
  /** Steps of the whole run, T: schedules are laid out over them, and `next` refuses to go beyond. Default: not known. */
  readonly steps?: number;
  /** Draw at most so many samples a step. `next` may override it. Default: the strategy's own number. */
  readonly batchSize?: number;
  /** How many selections may wait for their report at once, from 1 to 64. Default 1. */
  readonly open?: number;
  /**
   * What the network should answer, needed when feedback has predictions without targets: `[N, C]`, not copied, not to
   * change; or a function that gives the `[n, C]` of samples by index, whose answer is read at once and not kept.
   */
  readonly targets?: Float32Array | ((indices: Uint32Array) => Float32Array);
  /** The modality's high-frequency operator over the whole pool. Strategies without frequency fitness ignore it. */
  readonly operator?: FrequencyOperator;
  /**
   * Whether the trainer measures frequency fitness at steps over all samples that carry the term `cross-frequency`: `evos` then wants
   * that in place of predictions. Default false.
   */
  readonly frequencyFromTrainer?: boolean;
  /** The modality's frequency fitness of patches, for strategies over tiles. */
  readonly patchOperator?: PatchOperator;
  /** The blocks that stand for samples: strategies that know tiles then choose among these. */
  readonly layout?: TileLayout;
  /** The grids of pixels that make up the pool. */
  readonly views?: readonly GridSize[];
  /** The extents of the grid that the samples lie on. */
  readonly shape?: readonly number[];
  /** Whether a sample must never be drawn. Must not change. Default: none. */
  excluded?(index: number): boolean;
  /** What is known of all samples before training, `[N]`. */
  prior?(kind: Prior): Float32Array;
  /** Numbers per network input: what `locate` writes. Goes with `nearest`. */
  readonly inputDim?: number;
  /** Writes a sample's network input. Goes with `nearest`. */
  locate?(index: number, out: Float32Array): void;
  /** The index of the sample nearest to a network input. */
  nearest?(input: ArrayLike<number>): number;
}

/** A way to choose samples. */
export interface Strategy<Shape extends SettingsShape = SettingsShape> {
  readonly name: string;
  /** One sentence for help and tables. */
  readonly summary: string;
  /** Declared with JSDoc on each key, the only source of its words. */
  readonly settings: Shape;
  /** Defaults that differ where the individuals are tiles. */
  readonly tiled?: Partial<SettingsOf<Shape>>;
  /** What it needs of trainer, pool and run. */
  readonly needs: readonly Need[];
  /** Makes a selector. Settings are checked and complete. */
  create(context: SelectorContext, settings: SettingsOf<Shape>): Selector;
}

/**
 * A strategy, its types inferred from the declaration.
 * @throws never
 * @example
 * class Hardest extends BaseSelector {
 *   protected choose(draw: Draw, most: number): Plan {
 *     draw.resize(Math.min(most, 64));
 *     for (let i = 0; i < draw.size; i++) draw.indices[i] = this.random.below(this.size);
 *     return { wants: ['errors'] };
 *   }
 * }
 * const hardest = defineStrategy({
 *   name: 'hardest',
 *   summary: 'what was worst',
 *   settings: {},
 *   needs: ['errors'],
 *   create: (context) => new Hardest('hardest', context, {}, ['errors']),
 * });
 * const selector = makeSelector(hardest, { size });
 */
export function defineStrategy<const Name extends string, const Shape extends SettingsShape>(
  strategy: Strategy<Shape> & { readonly name: Name },
): Strategy<Shape> & { readonly name: Name } {
  return strategy;
}

/** The seed unless told otherwise: the official EVOS code's. */
export const defaultSeed = 3407;

/** Everything a selector takes beside its strategy's settings. */
export type ContextOptions = Omit<SelectorContext, 'seed'> & Partial<Pick<SelectorContext, 'seed'>>;

/** What one strategy's function takes. */
export type OptionsOf<Shape extends SettingsShape> = ContextOptions & Partial<SettingsOf<Shape>>;

const contextKeys = [
  'size',
  'seed',
  'steps',
  'batchSize',
  'open',
  'targets',
  'operator',
  'frequencyFromTrainer',
  'patchOperator',
  'layout',
  'views',
  'shape',
  'excluded',
  'prior',
  'inputDim',
  'locate',
  'nearest',
];

/**
 * Makes a selector of one strategy.
 * @throws ArgumentError naming the setting that is unknown or out of range
 * @example
 * const selector = makeSelector(findStrategy('uniform'), { size, batchSize: 64 });
 */
export function makeSelector<Shape extends SettingsShape>(
  strategy: Strategy<Shape>,
  options: ContextOptions & object,
): Selector {
  const owner = `The '${strategy.name}' selector`;
  if (typeof options !== 'object' || options === null) checkKeys(owner, options, contextKeys);
  const tiled = options.layout === undefined ? {} : strategy.tiled;
  const asked = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
  const settings = resolveSettings(owner, strategy.settings, { ...tiled, ...asked }, [
    'strategy',
    ...contextKeys,
  ]);
  const context = { ...options, seed: options.seed ?? defaultSeed };
  checkContext(strategy, context);
  return strategy.create(context, settings);
}

/** Checks a batch size, the selector's own or one call's. */
export function checkBatchSize(batchSize: number): number {
  const hint = 'leave it out to train on everything selected';
  return checkInteger('batchSize', batchSize, 1, Number.MAX_SAFE_INTEGER, hint);
}

function checkContext({ name, needs }: Pick<Strategy, 'name' | 'needs'>, context: SelectorContext): void {
  const { size, steps, batchSize, open = 1, targets } = context;
  checkInteger('size', size, 1, 2 ** 32 - 1, 'the number of samples in the pool');
  if (steps !== undefined) {
    checkInteger('steps', steps, 1, Number.MAX_SAFE_INTEGER, 'the training steps of the whole run');
  }
  if (batchSize !== undefined) checkBatchSize(batchSize);
  checkInteger('open', open, 1, 64, 'how many selections may wait for their report at once');
  if (targets !== undefined && typeof targets !== 'function') checkTargets(targets, size);
  if (context.operator !== undefined) checkOperator(context.operator, targets);
  for (const need of ['views', 'layout', 'prior', 'nearest', 'steps'] as const) {
    if (!needs.includes(need) || context[need] !== undefined) continue;
    throw new ArgumentError(
      `The '${name}' selector needs ${need}, which it was not given: take them from the pool or the run, or choose ` +
        'another strategy.',
    );
  }
}

function checkTargets(targets: Float32Array, size: number): void {
  if (!(targets instanceof Float32Array) || targets.length === 0 || targets.length % size !== 0) {
    const got = targets instanceof Float32Array ? `${targets.length} numbers` : show(targets);
    throw new ArgumentError(
      `targets must be a Float32Array of N × channels, N = ${size}, or a function from indices to targets; got ${got}.`,
    );
  }
  const bad = targets.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) throw new ArgumentError(`targets[${bad}] is ${targets[bad]}, expected a finite number.`);
}

function checkOperator(operator: Partial<FrequencyOperator>, targets: SelectorContext['targets']): void {
  if (typeof operator.response !== 'function') {
    throw new ArgumentError(`operator must have a method response(values), got ${show(operator)}.`);
  }
  if (targets === undefined) {
    throw new ArgumentError(
      'A frequency operator was given without targets: give them too, or leave it out and report errors and frequency ' +
        'fitness yourself.',
    );
  }
}
