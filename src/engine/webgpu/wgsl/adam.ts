// Adam over all parameters at once: the slices' gradients are added up in order, and the new weights are written twice, as layers
// read them forward and turned, as the gradient by their inputs does. The operations are those of graph/adam.ts.
import { kernel, kernelHead, suffix, type KernelSource, type Writing } from './ids.js';

/** Words of a layer in the table: where it begins, numbers per row of its input and output, how many of them count, and 1 for a bias. */
export const tableWords = 6;

/**
 * The kernel. `rows`: slices; `inner`: layers; `total`: numbers of all parameters; factors: step size, √(1 − β₂ᵗ), β₁, 1 − β₁,
 * β₂, 1 − β₂, ε. Workgroups: 256 numbers each. Buffers: the slices' sums, the table, weights, turned weights, m, v.
 */
export function adamKernel(writing: Writing = {}): KernelSource {
  return kernel(
    `adam${suffix(writing)}`,
    [
      ['sums', 'read', 'f32'],
      ['table', 'read', 'u32'],
      ['weights', 'read_write', 'f32'],
      ['turned', 'read_write', 'f32'],
      ['m', 'read_write', 'f32'],
      ['v', 'read_write', 'f32'],
    ],
    kernelHead(256, writing),
    `
  let at = (wg.y * ${mostGroups}u + wg.x) * 256u + t;
  if (at >= u.total) { return; }
  var layer = 0u;
  for (var i = 1u; i < u.inner; i++) { if (table[${tableWords}u * i] <= at) { layer = i; } }
  let entry = ${tableWords}u * layer;
  let block = table[entry]; let inner = table[entry + 1u]; let outer = table[entry + 2u];
  let row = (at - block) / outer; let column = (at - block) % outer;
  // What pads a layer stays 0; its gradient is never read.
  let isBias = row == inner && table[entry + 5u] == 1u;
  if (column >= table[entry + 4u] || (row >= table[entry + 3u] && !isBias)) { return; }
  var g = sums[at];
  for (var slice = 1u; slice < u.rows; slice++) { g += sums[slice * u.total + at]; }
  ${adamSource('f32')}
  if (row < inner) { turned[block + column * inner + row] = next; }
}`,
  );
}

/**
 * Adam's step of the number or vector at `at`, whose gradient is `g`: `next` is what it becomes. Factors as above; buffers
 * `weights`, `m` and `v`.
 */
export const adamSource = (type: 'f32' | 'vec2f'): string => `let first = u.x.z * m[at] + u.x.w * g;
  let second = u.y.x * v[at] + u.y.y * (g * g);
  m[at] = first; v[at] = second;
  let next = weights[at] - (first * u.x.x) / (sqrt(second) / u.x.y + ${type}(u.y.z));
  weights[at] = next;`;

/** Most workgroups along an axis, on every device. */
export const mostGroups = 65_535;
