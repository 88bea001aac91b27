// Where a mesh's training looked, by place. Samples are drawn anew every few steps, so that an index says little of where a
// sample was: what is counted are cells of the network's cube, and beside the draws of a step those that an even choice of
// as many samples would have made.
import type { SdfPool, Frame } from '../../../sdf/index.js';
import type { Tally } from '../../runs/state.js';

/** The numbers behind the counts. */
export const drawDefaults = {
  /** Cells along the cube's side: tens of samples in each that the surface passes through, with usual pools. */
  cells: 48,
  /** Draws that every place is taken to have had evenly besides, so that places of few draws show no chance as choice. */
  prior: 16,
  /** Of the places of the surface, those whose colour is full. */
  saturated: 0.02,
  /** Full colour is this factor at least: smaller differences are drawn pale. */
  leastFactor: 1.1,
} as const;

const { cells } = drawDefaults;
const volume = cells ** 3;

/**
 * Counts the draws of a pool by cells. `counts` holds the draws, then those of an even choice, then how many steps were
 * counted, so that a run that goes on counts as one that was never stopped.
 */
export function drawTally(pool: Pick<SdfPool, 'inputs' | 'size'>): Tally {
  const counts = new Uint32Array(2 * volume + 1);
  return {
    counts,
    add(samples) {
      const { inputs, size } = pool;
      for (const sample of samples) counts[cellOf(inputs, sample)]!++;
      // As many samples, spread evenly by the golden ratio from a place that moves from step to step.
      const step = counts[2 * volume]!++;
      let at = (step * 0.7548776662466927) % 1;
      for (let i = 0; i < samples.length; i++) {
        counts[volume + cellOf(inputs, Math.floor(at * size))]!++;
        at += 0.6180339887498949;
        if (at >= 1) at -= 1;
      }
    },
  };
}

const place = (value: number): number =>
  Math.min(cells - 1, Math.max(0, Math.floor(((value + 1) / 2) * cells)));

function cellOf(inputs: Float32Array, sample: number): number {
  const at = 3 * sample;
  const [x, y, z] = [place(inputs[at]!), place(inputs[at + 1]!), place(inputs[at + 2]!)];
  return x + cells * (y + cells * z);
}

/** How often places of a surface were trained on. */
export interface DrawRates {
  /** `[V]`: powers of two against the mean of the vertices: 1 is twice as often, −1 half as often. */
  readonly rates: Float32Array;
  /** The rate drawn in full colour, either way. */
  readonly limit: number;
}

/**
 * How often the samples around each vertex were trained on, against an even choice, and against the other vertices. Cells
 * are weighted linearly by how near their middles are.
 * @param counts of a `drawTally`
 * @param positions `[V, 3]` in the mesh's units
 */
export function drawRates(
  counts: Uint32Array,
  positions: Float32Array,
  { center, scale }: Pick<Frame, 'center' | 'scale'>,
): DrawRates {
  const { prior, saturated, leastFactor } = drawDefaults;
  const rates = new Float32Array(positions.length / 3);
  let sum = 0;
  for (let v = 0; v < rates.length; v++) {
    let [drawn, even] = [prior, prior];
    const at = (axis: 0 | 1 | 2): number => (positions[3 * v + axis]! - center[axis]) * scale;
    aroundPoint(at(0), at(1), at(2), (cell, weight) => {
      drawn += weight * counts[cell]!;
      even += weight * counts[volume + cell]!;
    });
    sum += rates[v] = Math.log2(drawn / even);
  }
  const mean = sum / Math.max(1, rates.length);
  for (let v = 0; v < rates.length; v++) rates[v] = rates[v]! - mean;
  const sorted = rates.map(Math.abs).sort();
  const usual = sorted[Math.ceil((1 - saturated) * sorted.length) - 1] ?? 0;
  return { rates, limit: Math.max(Math.log2(leastFactor), usual) };
}

/** The eight cells whose middles are around a point of the network's cube, and the share of each. */
function aroundPoint(x: number, y: number, z: number, visit: (cell: number, weight: number) => void): void {
  const along = (value: number): number => Math.min(cells - 1, Math.max(0, ((value + 1) / 2) * cells - 0.5));
  const [px, py, pz] = [along(x), along(y), along(z)];
  const [ix, iy, iz] = [Math.floor(px), Math.floor(py), Math.floor(pz)];
  const [fx, fy, fz] = [px - ix, py - iy, pz - iz];
  for (let c = 0; c < 8; c++) {
    const [dx, dy, dz] = [c & 1, (c >> 1) & 1, c >> 2];
    const weight = (dx ? fx : 1 - fx) * (dy ? fy : 1 - fy) * (dz ? fz : 1 - fz);
    if (weight > 0) visit(ix + dx + cells * (iy + dy + cells * (iz + dz)), weight);
  }
}
