// Layers of few numbers without a tile: an invocation works out four samples by four numbers, and reads what it multiplies through
// the cache. Nothing is shared, so that nothing waits at a barrier, which is what thin layers spend their time on in tiles.
import { activationSource, slopeSource, type ActivationName } from './activation.js';
import { axes } from './dense.js';
import { kernel, kernelHead, range, suffix, type KernelSource, type Writing } from './ids.js';
import { weightFlags } from './weights.js';

/** Numbers of a layer's wider side up to which it is thin. */
export const thinWidth = 64;

/** Workgroups of `thinKernel`. */
export const thinGroups = (rows: number, outer: number): number =>
  Math.ceil((Math.ceil(rows / 4) * (outer / 4)) / 64);

/** Workgroups of `thinWeightsKernel`, for each slice. */
export const thinBlocks = (inner: number, outer: number): number => Math.ceil((inner * outer) / 16 / 64);

/** Four steps of k for four rows: `x` are the rows' factors, `b` the weights. */
const multiply = range(4)
  .flatMap((row) => range(4).map((k) => `c${row} = fma(vec4f(x${row}.${axes[k]}), b${k}, c${row});`))
  .join('\n    ');

/**
 * The product of a layer, as `denseKernel` has it, with the same numbers in its uniforms and the same buffers; workgroups are
 * [`thinGroups`].
 */
export function thinKernel(
  pass: 'forward' | 'inputs',
  activation: ActivationName,
  writing: Writing = {},
): KernelSource {
  const forward = pass === 'forward';
  return kernel(
    `thin-${pass}-${activation}${suffix(writing)}`,
    [
      ['a', 'read', 'vec4f'],
      ['b', 'read', 'vec4f'],
      ...(forward
        ? ([['c', 'read_write', 'vec4u']] as const)
        : ([
            ['h', 'read', 'vec4u'],
            ['c', 'read_write', 'vec4f'],
          ] as const)),
    ],
    forward ? activationSource[activation] : slopeSource[activation],
    `fn finish(row: u32, column: u32, z: vec4f) {
  if (row >= u.rows) { return; }
  let at = row * (u.outer / 4u) + column;
  ${forward ? 'c[at] = activate(z + b[(u.block + u.inner * u.outer) / 4u + column], u.x.x);' : 'c[at] = z * slope(h[at], u.x.x);'}
}`,
    kernelHead(64, writing),
    `
  let at = wg.x * 64u + t;
  let wide = u.inner / 4u; let across = u.outer / 4u;
  let row = 4u * (at / across); let column = at % across;
  if (row >= u.rows) { return; }
  let last = u.rows - 1u;
  ${range(4)
    .map((i) => `let from${i} = min(row + ${i}u, last) * wide; var c${i} = vec4f();`)
    .join('\n  ')}
  for (var k = 0u; k < wide; k++) {
    let w = u.block / 4u + 4u * k * across + column;
    ${range(4)
      .map((i) => `let b${i} = b[w + ${i}u * across]; let x${i} = a[from${i} + k];`)
      .join('\n    ')}
    ${multiply}
  }
  ${range(4)
    .map((i) => `finish(row + ${i}u, column, c${i});`)
    .join(' ')}
}`,
  );
}

/**
 * The gradient by a layer's weights and bias, as `weightsKernel` has it, with the same numbers in its uniforms and the same
 * buffers. An invocation has four by four weights of a slice; workgroups are [`thinBlocks`, slices].
 */
export function thinWeightsKernel(writing: Writing = {}): KernelSource {
  return kernel(
    `thin-weights${suffix(writing)}`,
    [
      ['a', 'read', 'vec4f'],
      ['g', 'read', 'vec4f'],
      ['sums', 'read_write', 'vec4f'],
    ],
    `fn finish(slice: u32, row: u32, column: u32, z: vec4f) {
  let at = (slice * u.total + u.block + row * u.outer) / 4u + column;
  if ((u.flags & ${weightFlags.adds}u) != 0u) { sums[at] += z; } else { sums[at] = z; }
}`,
    kernelHead(64, writing),
    `
  let at = wg.x * 64u + t;
  let wide = u.inner / 4u; let across = u.outer / 4u;
  if (at >= wide * across) { return; }
  let row = at / across; let column = at % across;
  let begin = wg.y * u.chunk; let end = min(u.rows, begin + u.chunk);
  var bias = vec4f();
  ${range(4)
    .map((i) => `var c${i} = vec4f();`)
    .join(' ')}
  for (var n = begin; n < end; n++) {
    let x = a[n * wide + row]; let y = g[n * across + column];
    ${range(4)
      .map((i) => `c${i} = fma(vec4f(x.${axes[i]}), y, c${i});`)
      .join(' ')}
    bias += y;
  }
  ${range(4)
    .map((i) => `finish(wg.y, 4u * row + ${i}u, column, c${i});`)
    .join(' ')}
  if (row == 0u) { finish(wg.y, u.inner, column, bias); }
}`,
  );
}
