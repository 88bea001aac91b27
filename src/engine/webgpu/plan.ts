// How a step is cut: fixed functions of sizes and of the limits that every device has, never of a timing. Tiles and slices change
// the last bits, and a run that goes on elsewhere must not differ.
import type { NetworkLayout } from './layout.js';
import type { Tile } from './wgsl/dense.js';

/** What every device can bind at once, in bytes. */
export const bindingBytes = 2 ** 27;

/** Most bytes of a micro-batch's activations. */
const activationBytes = 2 ** 28;

/** Most samples of a micro-batch: more are no faster. */
const mostSamples = 2 ** 16;

/** Fewest samples of one that is worth a pass. */
const fewestSamples = 64;

/** From so many samples on the large tile keeps all of a large GPU busy. */
const largeFrom = 16_384;

/**
 * Rows of a slice, by tile. Of 512, 1,024 and 2,048 for the large one, 512 was the fastest on an H200 (2026-11-28).
 */
export const tuning = { largeChunk: 512, smallChunk: 160 } as const;

/** Slices of a pass of a network in one kernel: enough for a large GPU, not more than Adam's kernel adds up in no time. */
const fusedSlices = 256;

/** Fewest samples of such a slice: its sums are written once. */
const fusedChunk = 32;

/** Samples of the largest power of two per pass that fit. 0: not even the fewest do. */
export function microBatchOf({ layers }: NetworkLayout): number {
  const hidden = layers.slice(0, -1).map(({ outer }) => outer);
  const all = 4 * hidden.reduce((sum, width) => sum + width, 0);
  const widest = 4 * Math.max(16, layers[0]?.inner ?? 0, layers.at(-1)?.outer ?? 0, ...hidden);
  let samples = mostSamples;
  while (samples >= fewestSamples && (samples * all > activationBytes || samples * widest > bindingBytes)) {
    samples /= 2;
  }
  return samples < fewestSamples ? 0 : samples;
}

/** Most samples per pass that the device could hold, for those who name a number. */
export function mostPerPass({ layers }: NetworkLayout): number {
  return Math.floor(
    bindingBytes / (4 * Math.max(16, ...layers.flatMap(({ inner, outer }) => [inner, outer]))),
  );
}

/** One pass of a step. */
export interface MicroBatch {
  /** Its first sample in the batch. */
  readonly first: number;
  readonly rows: number;
}

/** A step's passes. */
export interface StepPlan {
  readonly passes: readonly MicroBatch[];
  readonly tile: Tile;
  /** Slices of a pass, and rows of a slice. */
  readonly slices: number;
  readonly chunk: number;
}

/**
 * Cuts a step of so many samples.
 * @param sliceBytes bytes of one slice's sums
 * @param fused the network is one kernel
 */
export function planStep(size: number, microBatch: number, sliceBytes: number, fused = false): StepPlan {
  const parts = Math.ceil(size / microBatch);
  const cut = (part: number): number => Math.floor((part * size) / parts);
  const passes = Array.from({ length: parts }, (_, i) => ({ first: cut(i), rows: cut(i + 1) - cut(i) }));
  const rows = Math.max(...passes.map((pass) => pass.rows));
  const tile = rows >= largeFrom ? 128 : 64;
  const wanted = fused
    ? Math.min(fusedSlices, Math.ceil(rows / fusedChunk))
    : Math.ceil(rows / (tile === 128 ? tuning.largeChunk : tuning.smallChunk));
  const slices = Math.min(wanted, Math.max(1, Math.floor(bindingBytes / sliceBytes)));
  // Whole steps of the kernels' inner loop.
  const chunk = Math.ceil(rows / slices / 16) * 16;
  return { passes, tile, slices: Math.ceil(rows / chunk), chunk };
}

/**
 * Passes `from` to before `to` of a step that go to the device together. With the frequency term a step is one program where it is
 * short (`all`); else all passes are predicted, then compared with the target, and then learnt from.
 */
export interface Cut {
  readonly from: number;
  readonly to: number;
  readonly phase: 'all' | 'predict' | 'compare' | 'learn';
}

/** Cuts a step into programs. @param most passes of one @param supervised whether it has the frequency term */
export function cutStep({ passes }: Pick<StepPlan, 'passes'>, most: number, supervised: boolean): Cut[] {
  const count = passes.length;
  const cut = (phase: Cut['phase']): Cut[] =>
    Array.from({ length: Math.ceil(count / most) }, (_, i) => ({
      ...{ from: i * most, to: Math.min(count, (i + 1) * most), phase },
    }));
  if (!supervised) return cut('all');
  if (count === 1 || 2 * count <= most) return [{ from: 0, to: count, phase: 'all' }];
  return [...cut('predict'), { from: 0, to: 0, phase: 'compare' }, ...cut('learn')];
}
