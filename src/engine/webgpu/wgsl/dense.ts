// A layer's product, tiled: C = A·B, then either bias and activation (forward) or the slope of the layer before (the gradient
// by a layer's inputs, where B is the turned weights). A workgroup works out a tile of C, 16 steps of k at a time: both
// factors' parts lie in its memory as vectors of four, and the next parts are fetched while these are multiplied.
import { activationSource, slopeSource, type ActivationName } from './activation.js';
import { kernel, kernelHead, range, suffix, type KernelSource, type Writing } from './ids.js';

/** Rows and columns of a tile. An invocation has 8×8 numbers of the large one, 8×4 of the small one. */
export type Tile = 128 | 64;

/** Steps of k between two barriers. */
export const depth = 16;

/** Invocations of a tile's workgroup. */
export const tileThreads = (tile: Tile): number => (tile === 128 ? 256 : 128);

/** A vector's components. */
export const axes = 'xyzw';

/** How a tile is dealt out. */
export function dealt(tile: Tile) {
  const columns = tile === 128 ? 2 : 1;
  return {
    threads: tileThreads(tile),
    /** Vectors along a tile's side. */
    side: tile / 4,
    /** Invocations along the rows. */
    down: tile / 8,
    /** Each invocation's rows, columns in vectors. */
    rows: range(8),
    columns: range(columns),
  };
}

/** The accumulators' names, and the products of one step of k. */
export function accumulators(
  tile: Tile,
  readA: (i: number) => string,
): { declare: string; multiply: string } {
  const { rows, columns } = dealt(tile);
  const all = rows.flatMap((i) => columns.map((j) => [i, j] as const));
  return {
    declare: all.map(([i, j]) => `var c${i}_${j} = vec4f();`).join(' '),
    multiply: [
      ...range(2).map((i) => `let a${i} = ${readA(i)};`),
      ...columns.map((j) => `let b${j} = sb[k][tx + ${16 * j}u];`),
      ...all.map(([i, j]) => `c${i}_${j} = fma(vec4f(a${i >> 2}.${axes[i & 3]}), b${j}, c${i}_${j});`),
    ].join('\n'),
  };
}

/** The memory of a workgroup: 16 KiB for the large tile, which every device has. */
export const tileMemory = (tile: Tile): string =>
  `var<workgroup> sa: array<array<vec4f, ${tile / 4}>, ${depth}>; var<workgroup> sb: array<array<vec4f, ${tile / 4}>, ${depth}>;`;

/**
 * The kernel. `inner` and `outer` are numbers per row of A and of C, multiples of 16 and of 4; workgroups are
 * [columns, rows] of C by the tile. Buffers of `forward`: A, weights, C; of `inputs`: A, turned weights, the layer
 * before's result, C.
 */
export function denseKernel(
  pass: 'forward' | 'inputs',
  activation: ActivationName,
  tile: Tile,
  writing: Writing = {},
): KernelSource {
  const { threads, side, down, rows, columns } = dealt(tile);
  const half = threads / 2;
  // Neighbours in a row of the workgroup's memory lie in different banks when they are written and when they are read.
  const { declare, multiply } = accumulators(tile, (i) => `sa[k][(ty + ${i * down}u) ^ turn]`);
  const forward = pass === 'forward';
  const finish = forward
    ? `fn finish(row: u32, column: u32, z: vec4f) {
  if (row >= u.rows || 4u * column >= u.outer) { return; }
  c[row * (u.outer / 4u) + column] = activate(z + b[(u.block + u.inner * u.outer) / 4u + column], u.x.x);
}`
    : `fn finish(row: u32, column: u32, z: vec4f) {
  if (row >= u.rows || 4u * column >= u.outer) { return; }
  let at = row * (u.outer / 4u) + column;
  c[at] = z * slope(h[at], u.x.x);
}`;
  return kernel(
    `${pass}-${activation}-${tile}${suffix(writing)}`,
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
    tileMemory(tile),
    forward ? activationSource[activation] : slopeSource[activation],
    finish,
    kernelHead(threads, writing),
    `
  let tx = t % 16u; let ty = t / 16u;
  let row0 = wg.y * ${tile}u; let column0 = wg.x * ${side}u;
  let wide = u.inner / 4u; let across = u.outer / 4u;
  let left = t < ${half}u;
  // Half of the invocations fetch four rows by four k of A each, to be turned in registers; the others fetch B.
  let s = select(t - ${half}u, t, left);
  let quad = s / 4u; let part = s % 4u;
  let last = u.rows - 1u;
  ${range(4)
    .map(
      (i) =>
        `let from${i} = select(u.block / 4u + ((s + ${i * half}u) / ${side}u) * across + column0 + (s + ${i * half}u) % ${side}u, min(row0 + 4u * quad + ${i}u, last) * wide + part, left);`,
    )
    .join('\n  ')}
  ${declare}
  ${range(4)
    .map((i) => `var r${i} = vec4f();`)
    .join(' ')}
  if (left) { ${range(4)
    .map((i) => `r${i} = a[from${i}];`)
    .join(' ')} } else { ${range(4)
    .map((i) => `r${i} = b[from${i}];`)
    .join(' ')} }
  for (var k0 = 0u; k0 < u.inner; k0 += ${depth}u) {
    workgroupBarrier();
    if (left) {
      ${range(4)
        .map(
          (i) =>
            `sa[part * 4u + ${i}u][quad ^ (2u * part)] = vec4f(r0.${axes[i]}, r1.${axes[i]}, r2.${axes[i]}, r3.${axes[i]});`,
        )
        .join('\n      ')}
    } else {
      ${range(4)
        .map((i) => `sb[(s + ${i * half}u) / ${side}u][(s + ${i * half}u) % ${side}u] = r${i};`)
        .join('\n      ')}
    }
    workgroupBarrier();
    let next = k0 + ${depth}u;
    if (next < u.inner) {
      if (left) { ${range(4)
        .map((i) => `r${i} = a[from${i} + next / 4u];`)
        .join(' ')} } else { ${range(4)
        .map((i) => `r${i} = b[from${i} + next * across];`)
        .join(' ')} }
    }
    for (var k = 0u; k < ${depth}u; k++) {
      let turn = 2u * (k / 4u);
      ${multiply}
    }
  }
  ${rows.flatMap((i) => columns.map((j) => `finish(row0 + (ty + ${(i >> 2) * down}u) * 4u + ${i & 3}u, column0 + tx + ${16 * j}u, c${i}_${j});`)).join('\n  ')}
}`,
  );
}
