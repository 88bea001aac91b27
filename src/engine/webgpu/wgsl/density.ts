// The density grid kept up where the samples are: what they found is added up by cell, in whole numbers, which gives the same bits in
// every order; then each cell's running mean moves towards the mean of what was found in it. A cell moves as far as by as many samples
// one after the other (training/rays/density-grid.ts), and to where these would move it in the mean over all their orders.
import { densityGridDefaults, probeStride } from '../../training/rays/density-grid.js';
import { mostGroups } from './adam.js';
import { kernel, kernelHead, suffix, type KernelSource, type Writing } from './ids.js';
import { cellSource, mixedSource } from './march.js';

/**
 * Base-2 logarithm of what densities of so many samples are multiplied with before they are added, so that 64 bits hold the sum
 * whatever cells they lie in. @param mostLogDensity the bound of their logarithms
 */
export function tallyExponent(samples: number, mostLogDensity: number): number {
  const largest = Math.ceil(mostLogDensity * Math.LOG2E);
  return 64 - largest - Math.ceil(Math.log2(Math.max(1, samples)));
}

/**
 * Takes note of what samples found: how many lie in each cell, and the sum of their densities, a lower and an upper word each.
 * `inner`: cells along a side; factors: 2 to the power of `tallyExponent` − 32, the bound of the densities' logarithms. An invocation
 * has a sample; workgroups are [rows / 64]. Buffers: the density network's answers, points, hits and sums of the cells.
 */
export function noteKernel(writing: Writing = {}): KernelSource {
  return kernel(
    `note${suffix(writing)}`,
    [
      ['features', 'read', 'f32'],
      ['points', 'read', 'f32'],
      ['hits', 'read_write', 'atomic<u32>'],
      ['sums', 'read_write', 'atomic<u32>'],
    ],
    cellSource,
    kernelHead(64, writing),
    `
  let row = wg.x * 64u + t;
  if (row >= u.rows) { return; }
  let cell = cellAt(vec3f(points[3u * row], points[3u * row + 1u], points[3u * row + 2u]));
  let found = exp(clamp(features[16u * row], -u.x.y, u.x.y)) * u.x.x;
  let whole = floor(found);
  let low = u32((found - whole) * 4294967296.0);
  var high = u32(whole);
  atomicAdd(&hits[cell], 1u);
  let before = atomicAdd(&sums[2u * cell], low);
  high += select(0u, 1u, before > 0xffffffffu - low);
  if (high != 0u) { atomicAdd(&sums[2u * cell + 1u], high); }
}`,
  );
}

/** Flags of these kernels. */
export const settleFlags = {
  /** All cells, and not only those that the samples lie in. */
  everywhere: 1,
} as const;

/**
 * Moves the cells' means, and zeroes hits and sums. `rows`: samples, the first of which moves the cell for all that lie in it, or cells;
 * an invocation has one; `inner`: cells along a side; factors: 2 to the power of 32 − `tallyExponent`, how far a sample moves its cell's
 * mean. Workgroups: 256 rows each. Buffers: points, hits, sums, the density grid.
 */
export function settleKernel(writing: Writing = {}): KernelSource {
  return kernel(
    `settle${suffix(writing)}`,
    [
      ['points', 'read', 'f32'],
      ['hits', 'read_write', 'atomic<u32>'],
      ['sums', 'read_write', 'vec2u'],
      ['cells', 'read_write', 'f32'],
    ],
    cellSource,
    kernelHead(256, writing),
    `
  let row = (wg.y * ${mostGroups}u + wg.x) * 256u + t;
  if (row >= u.rows) { return; }
  var cell = row;
  if ((u.flags & ${settleFlags.everywhere}u) == 0u) {
    cell = cellAt(vec3f(points[3u * row], points[3u * row + 1u], points[3u * row + 2u]));
  } else if (atomicLoad(&hits[cell]) == 0u) { return; }
  // Whoever comes first finds the samples' number, the others 0.
  let hit = atomicExchange(&hits[cell], 0u);
  if (hit == 0u) { return; }
  let sum = sums[cell];
  sums[cell] = vec2u();
  let mean = (f32(sum.y) + f32(sum.x) * ${2 ** -32}) * u.x.x / f32(hit);
  let before = cells[cell];
  // Of a cell of which nothing was known nothing is kept.
  var kept = 0.0;
  if (before >= 0.0) { kept = min(1.0, exp2(f32(hit) * log2(1.0 - u.x.y))); }
  cells[cell] = max(0.0, mean + kept * (before - mean));
}`,
  );
}

/**
 * Draws cells to look into, and a point in each. `rows`: points; `first`: the first one's number; `inner`: cells along a side, a power
 * of two; `total`: the first one's place in the order of cells; `chunk`: the seed; `block`: steps taken. An invocation has a point; workgroups are
 * [rows / 64]. Buffers: points.
 */
export function probeKernel(writing: Writing = {}): KernelSource {
  return kernel(
    `probe${suffix(writing)}`,
    [['points', 'read_write', 'f32']],
    mixedSource,
    kernelHead(64, writing),
    `
  let row = wg.x * 64u + t;
  if (row >= u.rows) { return; }
  let number = u.first + row;
  let word = mixed(u.chunk, u.block, number);
  let cell = ((u.total + number) * ${probeStride}u) % (u.inner * u.inner * u.inner);
  let corner = vec3u(cell % u.inner, (cell / u.inner) % u.inner, cell / (u.inner * u.inner));
  for (var axis = 0u; axis < 3u; axis++) {
    let share = f32(mixed(word, axis, 1u)) / 4294967296.0;
    points[3u * row + axis] = (f32(corner[axis]) + share) * (2.0 / f32(u.inner)) - 1.0;
  }
}`,
  );
}

/** Workgroups that share the cells of a survey, and all of their invocations: few barriers, and work for a large GPU. */
export const surveyGroups = 256;
export const surveyLanes = 64 * surveyGroups;

/** An invocation's cells. */
const shareSource = `
  let lane = wg.x * 64u + t;
  for (var cell = lane; cell < u.rows; cell += ${surveyLanes}u)`;

/**
 * Sums of the densities that are known, and how many cells nothing is known of, by invocation. `rows`: cells; workgroups are
 * `surveyGroups`. Buffers: the density grid, sums of the invocations.
 */
export function surveyKernel(writing: Writing = {}): KernelSource {
  return kernel(
    `survey${suffix(writing)}`,
    [
      ['cells', 'read', 'f32'],
      ['sums', 'read_write', 'vec2f'],
    ],
    kernelHead(64, writing),
    `
  var own = vec2f();
  ${shareSource} {
    let density = cells[cell];
    own += vec2f(max(density, 0.0), select(0.0, 1.0, density < 0.0));
  }
  sums[lane] = own;
}`,
  );
}

/**
 * The density from which on a cell is not empty, out of those sums. `rows`: cells. One workgroup. Buffers: the sums, the survey: that
 * density, and how many cells are not empty, 0 here.
 */
export function thresholdKernel(writing: Writing = {}): KernelSource {
  const { emptyBelow, meanShare } = densityGridDefaults;
  return kernel(
    `threshold${suffix(writing)}`,
    [
      ['sums', 'read', 'vec2f'],
      ['survey', 'read_write', 'u32'],
    ],
    `var<workgroup> parts: array<vec2f, 256>;`,
    kernelHead(256, writing),
    `
  var own = vec2f();
  for (var lane = t; lane < ${surveyLanes}u; lane += 256u) { own += sums[lane]; }
  parts[t] = own;
  for (var half = 128u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (t < half) { parts[t] += parts[t + half]; }
  }
  if (t > 0u) { return; }
  let known = f32(u.rows) - parts[0].y;
  var threshold = 0.0;
  if (known > 0.0) { threshold = min(${emptyBelow}, ${meanShare} * parts[0].x / known); }
  survey[0] = bitcast<u32>(threshold);
  survey[1] = 0u;
}`,
  );
}

/**
 * How many cells are not known to be empty, added to the survey. `rows` and workgroups as for its sums. Buffers: the density grid, the
 * survey.
 */
export function occupiedKernel(writing: Writing = {}): KernelSource {
  return kernel(
    `occupied${suffix(writing)}`,
    [
      ['cells', 'read', 'f32'],
      ['survey', 'read_write', 'atomic<u32>'],
    ],
    kernelHead(64, writing),
    `
  let threshold = bitcast<f32>(atomicLoad(&survey[0]));
  var count = 0u;
  ${shareSource} {
    let density = cells[cell];
    count += select(0u, 1u, density < 0.0 || density > threshold);
  }
  if (count > 0u) { atomicAdd(&survey[1], count); }
}`,
  );
}
