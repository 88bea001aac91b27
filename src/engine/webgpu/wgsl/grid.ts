// A hash grid's lookup, the gradient of its table, and Adam over it. Many samples share a row of the table, and WGSL adds no
// floating-point numbers atomically: gradients are added as whole numbers of two words, in units of 2⁻⁴⁰, which gives the same
// bits in every order. Adam makes numbers of them again and zeroes them.
import { hashPrimes, type GridLayout } from '../../models/hash-grid/layout.js';
import { adamSource, mostGroups } from './adam.js';
import { kernel, kernelHead, suffix, type KernelSource, type Writing } from './ids.js';
import { sampleSource } from './samples.js';

/** Numbers at a corner that these kernels know. */
export const gridFeatures = 2;

/** Words of a level: its scale, its first row, what the second and third axis count, rows − 1 where it is hashed. */
const levelWords = 5;

/** What the kernels know of the levels. */
export function levelsTable({ levels }: GridLayout): Uint32Array {
  const table = new Uint32Array(levels.length * levelWords);
  const scales = new Float32Array(table.buffer);
  levels.forEach(({ scale, side, first, rows, hashed }, i) => {
    const factors = [1, 2].map((axis) => (hashed ? (hashPrimes[axis] ?? 1) : side ** axis));
    table.set([0, first, ...factors, hashed ? rows - 1 : 0], i * levelWords);
    scales[i * levelWords] = scale;
  });
  return table;
}

/** A sum's unit is 2⁻⁴⁰, of gradients that were multiplied with a power of two not below the step's samples. */
const unitBits = 40;

/** Base-2 logarithm of what gradients of a step's table are multiplied with before they are added. */
export const gridExponent = (samples: number): number => Math.ceil(Math.log2(Math.max(1, samples)));

/** What the scatter kernel multiplies with: the upper word counts 2⁻⁸. */
export const gridScale = (exponent: number): number => 2 ** (exponent + unitBits - 32);

/** A point's cell on a level: `corner(i)` is the row of its corner `i` and how much that counts. */
const cellSource = (dims: number): string => `
struct Cell { low: vec3u, high: vec3u, fraction: vec3f, first: u32, mask: u32 }
fn cellOf(level: u32, start: u32) -> Cell {
  let entry = ${levelWords}u * level;
  let scale = bitcast<f32>(levels[entry]);
  var place = vec3f(0.5);
  for (var i = 0u; i < ${dims}u; i++) { place[i] = clamp((points[start + i] + 1.0) * 0.5, 0.0, 1.0) * scale + 0.5; }
  let lower = floor(place);
  let factors = vec3u(1u, levels[entry + 2u], levels[entry + 3u]);
  let low = vec3u(lower) * factors;
  return Cell(low, low + factors, place - lower, levels[entry + 1u], levels[entry + 4u]);
}
fn rowOf(cell: Cell, corner: u32) -> u32 {
  let upper = vec3<bool>((corner & 1u) != 0u, (corner & 2u) != 0u, (corner & 4u) != 0u);
  let at = select(cell.low, cell.high, upper);
  ${dims === 3 ? 'let hashed = at.x ^ at.y ^ at.z; let plain = at.x + at.y + at.z;' : 'let hashed = at.x ^ at.y; let plain = at.x + at.y;'}
  return cell.first + select(plain, hashed & cell.mask, cell.mask != 0u);
}
fn shareOf(cell: Cell, corner: u32) -> f32 {
  let upper = vec3<bool>((corner & 1u) != 0u, (corner & 2u) != 0u, (corner & 4u) != 0u);
  let parts = select(vec3f(1.0) - cell.fraction, cell.fraction, upper);
  return ${dims === 3 ? 'parts.x * parts.y * parts.z' : 'parts.x * parts.y'};
}`;

/**
 * Rows of what the grid has at samples' points, padded with zeros to `outer` numbers; zeros alone where a sample's weight is 0.
 * `inner` is the points' numbers per sample, `chunk` the levels. An invocation writes two levels; workgroups are
 * [rows · outer / 1024]. Buffers: the pool's points, indices, weights, levels, table, rows.
 */
export function lookupKernel(dims: number, writing: Writing = {}): KernelSource {
  return kernel(
    `lookup-${dims}${suffix(writing)}`,
    [
      ['points', 'read', 'f32'],
      ['indices', 'read', 'u32'],
      ['weights', 'read', 'f32'],
      ['levels', 'read', 'u32'],
      ['grid', 'read', 'vec2f'],
      ['rows', 'read_write', 'vec4f'],
    ],
    sampleSource,
    cellSource(dims),
    `fn lookUp(level: u32, start: u32) -> vec2f {
  if (level >= u.chunk) { return vec2f(); }
  let cell = cellOf(level, start);
  var sum = vec2f();
  for (var corner = 0u; corner < ${2 ** dims}u; corner++) { sum += shareOf(cell, corner) * grid[rowOf(cell, corner)]; }
  return sum;
}`,
    kernelHead(256, writing),
    `
  let at = wg.x * 256u + t;
  let across = u.outer / 4u; let row = at / across;
  if (row >= u.rows) { return; }
  var x = vec4f();
  if (weightOf(row) > 0.0) {
    let start = indexOf(row) * u.inner; let level = 2u * (at % across);
    x = vec4f(lookUp(level, start), lookUp(level + 1u, start));
  }
  rows[at] = x;
}`,
  );
}

/**
 * Adds a pass's gradients to the sums of the table's rows, four words each: lower and upper word of two numbers. `inner` and
 * `chunk` as for the lookup, `outer` the gradient's numbers per row; factors: `gridScale`. An invocation has a level of a
 * sample; workgroups are [rows · levels / 256]. Buffers: the pool's points, indices, weights, levels, gradient, sums.
 */
export function scatterKernel(dims: number, writing: Writing = {}): KernelSource {
  return kernel(
    `scatter-${dims}${suffix(writing)}`,
    [
      ['points', 'read', 'f32'],
      ['indices', 'read', 'u32'],
      ['weights', 'read', 'f32'],
      ['levels', 'read', 'u32'],
      ['gradient', 'read', 'vec2f'],
      ['sums', 'read_write', 'atomic<u32>'],
    ],
    sampleSource,
    cellSource(dims),
    `fn add(at: u32, value: f32) {
  let size = abs(value);
  let whole = floor(size);
  var low = u32((size - whole) * 4294967296.0);
  var high = i32(whole);
  if (value < 0.0) {
    low = ~low + 1u;
    high = ~high + select(0, 1, low == 0u);
  }
  let before = atomicAdd(&sums[at], low);
  high += select(0, 1, before > 0xffffffffu - low);
  if (high != 0) { atomicAdd(&sums[at + 1u], bitcast<u32>(high)); }
}`,
    kernelHead(256, writing),
    `
  let at = wg.x * 256u + t;
  let row = at / u.chunk; let level = at % u.chunk;
  if (row >= u.rows || !(weightOf(row) > 0.0)) { return; }
  let g = gradient[row * (u.outer / 2u) + level] * u.x.x;
  if (all(g == vec2f())) { return; }
  let cell = cellOf(level, indexOf(row) * u.inner);
  for (var corner = 0u; corner < ${2 ** dims}u; corner++) {
    let part = shareOf(cell, corner) * g;
    let to = 4u * rowOf(cell, corner);
    add(to, part.x);
    add(to + 2u, part.y);
  }
}`,
  );
}

/**
 * Adam over the table. `rows`: its rows; `block`: `gridExponent`; factors as for the other numbers. Workgroups: 256 rows each.
 * Buffers: sums, which are 0 afterwards, table, m, v.
 */
export function gridAdamKernel(writing: Writing = {}): KernelSource {
  return kernel(
    `grid-adam${suffix(writing)}`,
    [
      ['sums', 'read_write', 'vec4u'],
      ['weights', 'read_write', 'vec2f'],
      ['m', 'read_write', 'vec2f'],
      ['v', 'read_write', 'vec2f'],
    ],
    `fn numberOf(low: u32, high: u32) -> f32 {
  let negative = (high >> 31u) != 0u;
  let lower = select(low, ~low + 1u, negative);
  let upper = select(high, ~high + select(0u, 1u, low == 0u), negative);
  let size = f32(upper) + f32(lower) * ${2 ** -32};
  return select(size, -size, negative);
}`,
    kernelHead(256, writing),
    `
  let at = (wg.y * ${mostGroups}u + wg.x) * 256u + t;
  if (at >= u.rows) { return; }
  let sum = sums[at];
  sums[at] = vec4u();
  // 2 to the power of what the sums were multiplied with, the other way round: exact.
  let unit = bitcast<f32>((${127 - (unitBits - 32)}u - u.block) << 23u);
  let g = vec2f(numberOf(sum.x, sum.y), numberOf(sum.z, sum.w)) * unit;
  ${adamSource('vec2f')}
}`,
  );
}
