// Where a pass begins and ends: its samples' inputs are gathered by index, and the last layer's answer is compared with
// their targets.
import type { LossName } from '../../models/loss.js';
import { kernel, kernelHead, suffix, type KernelSource, type Writing } from './ids.js';

/** Flags of these kernels. */
export const sampleFlags = {
  /** The samples follow one another from `total` on: no index is read. */
  whole: 1,
  weighted: 2,
  /** What is written, beside the loss. */
  errors: 4,
  absolute: 8,
  predictions: 16,
  gradient: 32,
  /** No targets: only predictions are wanted. */
  predicts: 64,
  /** Sums of gradients are added to what an earlier pass left there. */
  adds: 128,
} as const;

const indexSource = `
fn indexOf(row: u32) -> u32 {
  if ((u.flags & ${sampleFlags.whole}u) != 0u) { return u.total + row; }
  return indices[u.first + row];
}`;

/** Which sample of the pool a row is, and its weight: for kernels with buffers `indices` and `weights`. */
export const sampleSource = `${indexSource}
fn weightOf(row: u32) -> f32 {
  if ((u.flags & ${sampleFlags.weighted}u) == 0u) { return 1.0; }
  return weights[u.first + row];
}`;

/**
 * Rows of inputs, padded with zeros to `outer` numbers from the pool's `inner`; zeros alone where a sample's weight is 0.
 * An invocation writes four numbers; workgroups are [rows · outer / 1024]. Buffers: the pool's inputs, indices, weights, rows.
 */
export function gatherKernel(writing: Writing = {}): KernelSource {
  return kernel(
    `gather${suffix(writing)}`,
    [
      ['points', 'read', 'f32'],
      ['indices', 'read', 'u32'],
      ['weights', 'read', 'f32'],
      ['rows', 'read_write', 'vec4f'],
    ],
    sampleSource,
    kernelHead(256, writing),
    `
  let at = wg.x * 256u + t;
  let across = u.outer / 4u; let row = at / across;
  if (row >= u.rows) { return; }
  var x = vec4f();
  if (weightOf(row) > 0.0) {
    let start = indexOf(row) * u.inner; let column = 4u * (at % across);
    for (var i = 0u; i < 4u; i++) { if (column + i < u.inner) { x[i] = points[start + column + i]; } }
  }
  rows[at] = x;
}`,
  );
}

/**
 * The buffer of a kernel that says what samples count for, its functions, and what a row's answer adds to the gradient by it. With the
 * frequency term no sample has a weight; in their place is the term's slope by each row's luma, and factors from the third on are
 * half the picture's range, what 0 stands for, and each channel's part of luma. @param supervised whether the loss has that term
 */
export const weightSource = (supervised: boolean) => ({
  buffer: [supervised ? 'by_luma' : 'weights', 'read', 'f32'] as const,
  source: supervised
    ? `${indexSource}
fn weightOf(row: u32) -> f32 { return 1.0; }
fn frequencySlopes(row: u32, group: u32, prediction: vec4f) -> vec4f {
  if (group > 0u) { return vec4f(); }
  let unit = prediction * u.x.z + u.x.w;
  return select(vec4f(), u.y * (by_luma[row] * u.x.z), (unit >= vec4f()) & (unit <= vec4f(255.0)));
}`
    : sampleSource,
  slopes: supervised ? ' + frequencySlopes(own, group, prediction)' : '',
});

/**
 * The buffer `targets` of a kernel, and `targetOf`, which reads a number of it. @param coded whether the numbers are bytes, four a
 * word, behind the 256 numbers that they stand for
 */
export const targetSource = (coded: boolean) => ({
  buffer: ['targets', 'read', coded ? 'u32' : 'f32'] as const,
  source: coded
    ? `fn targetOf(at: u32) -> f32 {
  return bitcast<f32>(targets[(targets[256u + at / 4u] >> (8u * (at % 4u))) & 255u]);
}`
    : 'fn targetOf(at: u32) -> f32 { return targets[at]; }',
});

/** What a predicted number adds to the loss, and its slope by the residual and by the prediction, by the loss's name. */
const lossSource: Readonly<Record<LossName, string>> = {
  squared: 'let residual = p - y; let term = residual * residual; let slope = 2.0 * residual;',
  l1: 'let residual = p - y; let term = abs(residual); let slope = sign(residual);',
  // 0.01 is `mapeFloor`.
  mape: 'let size = abs(y) + 0.01; let residual = (p - y) / size; let term = abs(residual); let slope = sign(residual) / size;',
};

/**
 * What the loss says of four channels of a sample's answer, `prediction`, from `4 · group` on: adds to `loss`, `squares` and
 * `magnitudes`, and leaves the loss's `slopes`. @param outputs how many channels there are, in WGSL
 */
export function answerSource({
  loss,
  truncates,
  outputs,
}: {
  readonly loss: LossName;
  readonly truncates: boolean;
  readonly outputs: string;
}): string {
  const held = (x: string): string => (truncates ? `clamp(${x}, -u.x.y, u.x.y)` : x);
  const inside = truncates ? 'select(0.0, 1.0, abs(given) <= u.x.y)' : '1.0';
  return `var slopes = vec4f();
      for (var i = 0u; i < 4u; i++) {
        let channel = 4u * group + i;
        if (channel >= ${outputs}) { break; }
        let given = prediction[i];
        if (there && writes(${sampleFlags.predictions}u)) { out[u.z.w + row * ${outputs} + channel] = given; }
        if (counts) {
          let y = ${held('targetOf(target0 + channel)')};
          let p = ${held('given')};
          ${lossSource[loss]}
          loss += term; squares += residual * residual; magnitudes += abs(residual);
          slopes[i] = slope * ${inside};
        }
      }`;
}

/**
 * The last layer, which has no activation, and the loss. Four invocations share a sample; a workgroup has 64. `inner` and
 * `outer` are numbers per row of H and of the gradient, `chunk` outputs of a sample; factors: 1 / (samples · outputs),
 * `truncate`; places: where the workgroups' loss terms, errors, absolute errors and predictions of this micro-batch begin in
 * `out`. Buffers: H, weights, the pool's targets, indices, weights of samples (see `weightSource`), gradient, out.
 */
export function headKernel(
  loss: LossName,
  truncates: boolean,
  writing: Writing = {},
  coded = false,
  supervised = false,
): KernelSource {
  const targets = targetSource(coded);
  const weights = weightSource(supervised);
  const said = `${truncates ? '-truncated' : ''}${coded ? '-coded' : ''}${supervised ? '-supervised' : ''}`;
  return kernel(
    `head-${loss}${said}${suffix(writing)}`,
    [
      ['h', 'read', 'vec4f'],
      ['b', 'read', 'vec4f'],
      targets.buffer,
      ['indices', 'read', 'u32'],
      weights.buffer,
      ['gradient', 'read_write', 'vec4f'],
      ['out', 'read_write', 'f32'],
    ],
    weights.source,
    targets.source,
    `var<workgroup> parts: array<vec4f, 256>;
var<workgroup> losses: array<f32, 64>;
fn writes(flag: u32) -> bool { return (u.flags & flag) != 0u; }`,
    kernelHead(256, writing),
    `
  let outputs = u.chunk; let sample = t / 4u; let quarter = t % 4u;
  let row = wg.x * 64u + sample; let there = row < u.rows;
  let wide = u.inner / 4u; let across = u.outer / 4u; let start = u.block / 4u;
  let own = min(row, u.rows - 1u);
  let weight = weightOf(own);
  let counts = there && weight > 0.0 && !writes(${sampleFlags.predicts}u);
  let target0 = select(0u, indexOf(own), counts) * outputs;
  var loss = 0.0; var squares = 0.0; var magnitudes = 0.0;
  for (var group = 0u; 4u * group < u.outer; group++) {
    var sum = vec4f();
    if (4u * group < outputs) {
      for (var k = quarter; k < wide; k += 4u) {
        let x = h[own * wide + k]; let at = start + 4u * k * across + group;
        sum = fma(vec4f(x.x), b[at], sum);
        sum = fma(vec4f(x.y), b[at + across], sum);
        sum = fma(vec4f(x.z), b[at + 2u * across], sum);
        sum = fma(vec4f(x.w), b[at + 3u * across], sum);
      }
    }
    workgroupBarrier();
    parts[t] = sum;
    workgroupBarrier();
    if (quarter == 0u) {
      let prediction = ((parts[t] + parts[t + 1u]) + parts[t + 2u]) + parts[t + 3u] + b[start + u.inner * across + group];
      ${answerSource({ loss, truncates, outputs: 'outputs' })}
      if (there && writes(${sampleFlags.gradient}u)) { gradient[row * across + group] = slopes * (weight * u.x.x)${weights.slopes}; }
    }
  }
  if (quarter == 0u) {
    losses[sample] = loss * weight * u.x.x;
    if (there && writes(${sampleFlags.errors}u)) { out[u.z.y + row] = squares / f32(outputs); }
    if (there && writes(${sampleFlags.absolute}u)) { out[u.z.z + row] = magnitudes; }
  }
  for (var half = 32u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (t < half) { losses[t] += losses[t + half]; }
  }
  if (t == 0u) { out[u.z.x + wg.x] = losses[0]; }
}`,
  );
}
