// What the online selector can be asked for, and the checks on it.
import { checkNumber, show } from '../check.js';
import { ArgumentError } from '../errors.js';
import { checkRatio } from './schedules.js';
import { commonKeys, resolveCommon, type CommonSelectorOptions, type CommonSettings } from './options.js';

/** EVOS without evaluations: fitness comes from the samples that are trained on anyway. Not in the paper. */
export interface OnlineSelectorOptions extends CommonSelectorOptions {
  readonly strategy: 'evos-online';
  /**
   * Share of the pool that a step trains on, in (0, 1]; a batch size goes before it. Default `onlineDefaults.ratio`.
   */
  readonly ratio?: number;
  /**
   * Share of the draws that pays no heed to fitness, in (0, 1]: no sample waits longer than its inverse, in passes over
   * the pool. Default `onlineDefaults.mutationShare`.
   */
  readonly mutationShare?: number;
  /**
   * What the network should answer, needed when feedback is predictions: `[N, C]`, not copied, not to change during the
   * run; or a function that gives the `[n, C]` of samples by index, whose answer is read at once and not kept.
   */
  readonly targets?: Float32Array | ((indices: Uint32Array) => Float32Array);
}

/** The defaults that the online selector has of its own, each with its reason. */
export const onlineDefaults = Object.freeze({
  /** Many small steps reach a quality sooner than few large ones: `npm run bench -- image`. */
  ratio: 0.02,
  /** Samples that are fitted already are looked at a third as often as others, and no less. */
  mutationShare: 0.3,
});

/** The settings of `evos-online`, checked and complete. */
export interface OnlineSettings extends CommonSettings {
  readonly ratio: number;
  readonly mutationShare: number;
  readonly targets: Float32Array | ((indices: Uint32Array) => Float32Array) | undefined;
}

const keys = [...commonKeys, 'ratio', 'mutationShare', 'targets'];

/** @throws ArgumentError */
export function resolveOnline(options: OnlineSelectorOptions): OnlineSettings {
  const common = resolveCommon(options, keys);
  const { targets } = options;
  if (targets !== undefined && typeof targets !== 'function') checkTargets(targets, common.size);
  return {
    ...common,
    ratio: checkRatio(options.ratio ?? onlineDefaults.ratio),
    mutationShare: checkNumber(
      'mutationShare',
      options.mutationShare ?? onlineDefaults.mutationShare,
      { low: 0, high: 1, open: true },
      'the share of the draws that is uniform; without any, samples once fitted would never be looked at again',
    ),
    targets,
  };
}

function checkTargets(targets: Float32Array, size: number): void {
  if (targets instanceof Float32Array && targets.length > 0 && targets.length % size === 0) return;
  const got = targets instanceof Float32Array ? `${targets.length} numbers` : show(targets);
  throw new ArgumentError(
    `targets must be a Float32Array of N × channels, N = ${size}, or a function from indices to targets; got ${got}.`,
  );
}
