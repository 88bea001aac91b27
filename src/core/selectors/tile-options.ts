// What the tile selector can be asked for, and the checks on it.
import { checkInteger, show } from '../check.js';
import { ArgumentError } from '../errors.js';
import {
  checkInterval,
  checkMutation,
  checkRatio,
  checkSchedule,
  type EvaluationInterval,
  type MutationSchedule,
  type RatioSchedule,
} from './schedules.js';
import {
  commonKeys,
  coreDefaults,
  type CommonSelectorOptions,
  resolveCommon,
  type CommonSettings,
} from './options.js';
import { runTiles, type TileLayout } from './tile-layout.js';

/** EVOS over tiles, for pools too large to evaluate whole. */
export interface TileSelectorOptions extends CommonSelectorOptions {
  readonly strategy: 'evos-tiles';
  /** β₀ in (0, 1]: the share of the tiles that samples are drawn from. Default `coreDefaults.ratio`. */
  readonly ratio?: number;
  /** Default `coreDefaults.schedule`. */
  readonly schedule?: RatioSchedule;
  /** Steps between evaluations. Default `tileDefaults.interval`. */
  readonly interval?: EvaluationInterval;
  /** Random tiles inside the ratio. Default `tileDefaults.mutation`. */
  readonly mutation?: MutationSchedule;
  /**
   * The tiles: a layout (`imageTiles` for images), or how many consecutive samples make one. Default: 4,096 of them.
   */
  readonly tiles?: TileLayout | number;
  /** How many samples of each tile an evaluation draws, at least 1. Default `tileDefaults.samplesPerTile`. */
  readonly samplesPerTile?: number;
  /**
   * The targets, `[n, C]`, of samples given by index: needed when feedback is predictions. Asked at evaluations, for
   * the samples evaluated; what it answers is read at once and not kept.
   */
  readonly targets?: (indices: Uint32Array) => Float32Array;
}

/** The defaults that tiles have of their own, each with its reason. */
export const tileDefaults = Object.freeze({
  /** Falling from 100 to 50 steps, as published for samples: a tile's fitness changes no faster than theirs. */
  interval: Object.freeze({ from: 100, to: 50 }),
  /** Half of the tiles are random, as published for samples. */
  mutation: Object.freeze({ kind: 'constant', from: 0.5, to: 0.5 } as const),
  /** The mean of 16 errors is within a quarter of their spread of the tile's: enough to tell hard tiles from easy ones. */
  samplesPerTile: 16,
});

/** The settings of `evos-tiles`, checked and complete. */
export interface TileSettings extends CommonSettings {
  readonly ratio: number;
  readonly schedule: RatioSchedule;
  readonly interval: EvaluationInterval;
  readonly mutation: MutationSchedule;
  readonly layout: TileLayout;
  readonly samplesPerTile: number;
  readonly targets: ((indices: Uint32Array) => Float32Array) | undefined;
}

const keys = [
  ...commonKeys,
  'ratio',
  'schedule',
  'interval',
  'mutation',
  'tiles',
  'samplesPerTile',
  'targets',
];

/** @throws ArgumentError */
export function resolveTiles(options: TileSelectorOptions): TileSettings {
  const common = resolveCommon(options, keys);
  const { targets, tiles } = options;
  if (targets !== undefined && typeof targets !== 'function') {
    throw new ArgumentError(
      `targets must be a function from indices to targets, got ${show(targets)}: for example ` +
        '(indices) => pool.gather(indices).targets.',
    );
  }
  return {
    ...common,
    ratio: checkRatio(options.ratio ?? coreDefaults.ratio),
    schedule: checkSchedule(options.schedule ?? coreDefaults.schedule),
    interval: checkInterval(options.interval ?? tileDefaults.interval),
    mutation: checkMutation(options.mutation ?? tileDefaults.mutation),
    layout: typeof tiles === 'object' ? tiles : runTiles(common.size, tiles),
    samplesPerTile: checkInteger(
      'samplesPerTile',
      options.samplesPerTile ?? tileDefaults.samplesPerTile,
      1,
      2 ** 32 - 1,
      'the samples of each tile that an evaluation draws',
    ),
    targets,
  };
}
