// The gradient by a layer's weights and bias: Aᵀ·G, summed over the samples. The batch is cut into slices, each with a sum
// of its own, which Adam's kernel adds up in order: no atomics, and the same bits every time. A micro-batch after the first adds to
// what the slice has.
import { accumulators, axes, dealt, depth, tileMemory, type Tile } from './dense.js';
import { kernel, kernelHead, range, suffix, type KernelSource, type Writing } from './ids.js';

/** Flags of these kernels. */
export const weightFlags = { adds: 1, turned: 2 } as const;

/**
 * Tiled, for layers that are wide on both sides. `inner` and `outer` are numbers per row of A and G; workgroups are
 * [columns of G, columns of A, slices]. Buffers: A, G, sums.
 */
export function weightsKernel(tile: Tile, writing: Writing = {}): KernelSource {
  const { threads, side, down, rows, columns } = dealt(tile);
  const half = threads / 2;
  const { declare, multiply } = accumulators(tile, (i) => `sa[k][ty + ${i * down}u]`);
  // Samples beyond the slice: A is of the last one there, which G's zeros take out.
  const fetch = (from: string): string => `if (left) {
      ${range(4)
        .map((i) => `r${i} = a[min(${from} + place${i}, last) * wide + column${i}];`)
        .join('\n      ')}
    } else {
      ${range(4)
        .map(
          (i) =>
            `r${i} = select(vec4f(), g[min(${from} + place${i}, last) * across + column${i}], ${from} + place${i} < end);`,
        )
        .join('\n      ')}
    }`;
  return kernel(
    `weights-${tile}${suffix(writing)}`,
    [
      ['a', 'read', 'vec4f'],
      ['g', 'read', 'vec4f'],
      ['sums', 'read_write', 'vec4f'],
    ],
    tileMemory(tile),
    `fn finish(slice: u32, row: u32, column: u32, z: vec4f) {
  if (row > u.inner || 4u * column >= u.outer) { return; }
  let at = (slice * u.total + u.block + row * u.outer) / 4u + column;
  if ((u.flags & ${weightFlags.adds}u) != 0u) { sums[at] += z; } else { sums[at] = z; }
}
fn weight(slice: u32, row: u32, column: u32, z: vec4f) { if (row < u.inner) { finish(slice, row, column, z); } }`,
    kernelHead(threads, writing),
    `
  let tx = t % 16u; let ty = t / 16u;
  let wide = u.inner / 4u; let across = u.outer / 4u;
  let begin = wg.z * u.chunk; let end = min(u.rows, begin + u.chunk); let last = u.rows - 1u;
  let left = t < ${half}u;
  let s = select(t - ${half}u, t, left);
  let origin = select(wg.x, wg.y, left) * ${side}u;
  ${range(4)
    .map(
      (i) =>
        `let place${i} = (s + ${i * half}u) / ${side}u; let column${i} = origin + (s + ${i * half}u) % ${side}u;`,
    )
    .join('\n  ')}
  ${declare}
  // The bias's sums: an invocation has a column, and two of sixteen samples.
  let phase = t / ${side}u;
  var bias = vec4f();
  ${range(4)
    .map((i) => `var r${i} = vec4f();`)
    .join(' ')}
  ${fetch('begin')}
  for (var k0 = begin; k0 < end; k0 += ${depth}u) {
    workgroupBarrier();
    if (left) { ${range(4)
      .map((i) => `sa[place${i}][column${i} - origin] = r${i};`)
      .join(' ')} }
    else { ${range(4)
      .map((i) => `sb[place${i}][column${i} - origin] = r${i};`)
      .join(' ')} }
    workgroupBarrier();
    let next = k0 + ${depth}u;
    if (next < end) {
    ${fetch('next')}
    }
    if (wg.y == 0u) { bias += sb[2u * phase][t % ${side}u] + sb[2u * phase + 1u][t % ${side}u]; }
    for (var k = 0u; k < ${depth}u; k++) {
      ${multiply}
    }
  }
  ${rows.flatMap((i) => columns.map((j) => `weight(wg.z, wg.y * ${tile}u + (ty + ${(i >> 2) * down}u) * 4u + ${i & 3}u, wg.x * ${side}u + tx + ${16 * j}u, c${i}_${j});`)).join('\n  ')}
  workgroupBarrier();
  sa[phase][t % ${side}u] = bias;
  workgroupBarrier();
  if (wg.y == 0u && t < ${side}u) {
    for (var i = 1u; i < ${threads / side}u; i++) { bias += sa[i][t]; }
    finish(wg.z, u.inner, wg.x * ${side}u + t, bias);
  }
}`,
  );
}

/**
 * For layers with few numbers on one side, the first and the last: a workgroup multiplies four of the narrow side's columns
 * with 64 of the wide side's. Memory, not arithmetic, is what this costs. `inner` and `outer` are numbers per row of A
 * and G as above; with the flag `turned` G is the narrow side, else A. Workgroups are [wide / 64, narrow / 4, slices].
 */
export function narrowWeightsKernel(writing: Writing = {}): KernelSource {
  return kernel(
    `narrow-weights${suffix(writing)}`,
    [
      ['a', 'read', 'vec4f'],
      ['g', 'read', 'vec4f'],
      ['sums', 'read_write', 'f32'],
    ],
    `var<workgroup> parts: array<vec4f, 256>;
fn put(slice: u32, row: u32, column: u32, z: f32) {
  let at = slice * u.total + u.block + row * u.outer + column;
  if ((u.flags & ${weightFlags.adds}u) != 0u) { sums[at] += z; } else { sums[at] = z; }
}
fn total(t: u32, z: vec4f) -> vec4f {
  workgroupBarrier();
  parts[t] = z;
  workgroupBarrier();
  var sum = vec4f();
  for (var i = t % 16u; i < 256u; i += 16u) { sum += parts[i]; }
  return sum;
}`,
    kernelHead(256, writing),
    `
  let turned = (u.flags & ${weightFlags.turned}u) != 0u;
  let wide = select(u.outer, u.inner, turned) / 4u; let narrow = select(u.inner, u.outer, turned) / 4u;
  let column = wg.x * 16u + t % 16u; let inside = column < wide;
  let begin = wg.z * u.chunk; let end = min(u.rows, begin + u.chunk);
  ${range(4)
    .map((i) => `var c${i} = vec4f();`)
    .join(' ')} var few = vec4f(); var many = vec4f();
  // Every sixteenth row, and sixteen such sums after one another.
  for (var n = begin + t / 16u; n < end; n += 16u) {
    var x: vec4f; var y: vec4f;
    if (turned) { x = g[n * narrow + wg.y]; y = a[n * wide + min(column, wide - 1u)]; }
    else { x = a[n * narrow + wg.y]; y = g[n * wide + min(column, wide - 1u)]; }
    ${range(4)
      .map((i) => `c${i} = fma(vec4f(x.${axes[i]}), y, c${i});`)
      .join(' ')}
    few += x; many += y;
  }
  ${range(4)
    .map((i) => `c${i} = total(t, c${i});`)
    .join(' ')}
  few = total(t, few); many = total(t, many);
  if (t >= 16u || !inside) { return; }
  for (var i = 0u; i < 4u; i++) {
    ${range(4)
      .map(
        (j) =>
          `if (turned) { put(wg.z, 4u * column + i, 4u * wg.y + ${j}u, c${j}[i]); } else { put(wg.z, 4u * wg.y + ${j}u, 4u * column + i, c${j}[i]); }`,
      )
      .join('\n    ')}
    if (turned && column == 0u) { put(wg.z, u.inner, 4u * wg.y + i, few[i]); }
    if (!turned && wg.y == 0u) { put(wg.z, u.inner, 4u * column + i, many[i]); }
  }
}`,
  );
}
