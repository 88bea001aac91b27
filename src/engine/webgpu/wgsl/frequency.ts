// Cross-frequency supervision of a picture (EVOS, CVPR 2025, Sec. 3.4): λ·mean((∇²prediction − ∇²target)²) over a step's pixels, of
// what was predicted, decoded to 0–255, clamped and turned to luma. Predictions become luma in the picture; its Laplacian is compared
// with the target's; and the Laplacian of these differences is the term's slope by luma, since the operator is its own transpose.
import { mostGroups } from './adam.js';
import { kernel, kernelHead, suffix, type KernelSource, type Writing } from './ids.js';
import { sampleFlags } from './samples.js';

/** Rows of a workgroup of these kernels. */
export const frequencyGroup = 256;

/** Most channels of a picture. */
export const mostChannels = 4;

/** The invocation's row. */
const rowSource = `let group = wg.y * ${mostGroups}u + wg.x; let row = group * ${frequencyGroup}u + t;`;

/** Which pixel of the picture a row is, for kernels with a buffer `pixels`: rows follow one another from `total` on, or are named. */
const pixelSource = `
fn pixelOf(row: u32) -> u32 {
  if ((u.flags & ${sampleFlags.whole}u) != 0u) { return u.total + row; }
  return pixels[u.first + row];
}`;

/** The Laplacian [0 1 0; 1 −4 1; 0 1 0] of a buffer, `outer` rows of `inner` numbers with zeros around them. */
const laplacianSource = (of: string): string => `
fn laplacian(at: u32) -> f32 {
  let y = at / u.inner; let x = at % u.inner;
  var sum = -4.0 * ${of}[at];
  if (x > 0u) { sum += ${of}[at - 1u]; }
  if (x + 1u < u.inner) { sum += ${of}[at + 1u]; }
  if (y > 0u) { sum += ${of}[at - u.inner]; }
  if (y + 1u < u.outer) { sum += ${of}[at + u.inner]; }
  return sum;
}`;

/** Before a step of some pixels: the picture is what was kept, and no pixel differs. `rows`: pixels. Buffers: kept, luma, difference. */
export function clearKernel(writing: Writing = {}): KernelSource {
  return kernel(
    `frequency-clear${suffix(writing)}`,
    [
      ['kept', 'read', 'f32'],
      ['luma', 'read_write', 'f32'],
      ['difference', 'read_write', 'f32'],
    ],
    kernelHead(frequencyGroup, writing),
    `
  ${rowSource}
  if (row >= u.rows) { return; }
  luma[row] = kept[row];
  difference[row] = 0.0;
}`,
  );
}

/**
 * Puts what a pass predicted into the picture; of a whole picture it is kept too. `chunk`: numbers of a prediction; factors from the
 * third on: half the range, what 0 stands for, and each channel's part of luma; the last place: where predictions begin in `out`.
 * Buffers: out, pixels, luma, kept.
 */
export function keepKernel(writing: Writing = {}): KernelSource {
  return kernel(
    `frequency-keep${suffix(writing)}`,
    [
      ['out', 'read', 'f32'],
      ['pixels', 'read', 'u32'],
      ['luma', 'read_write', 'f32'],
      ['kept', 'read_write', 'f32'],
    ],
    pixelSource,
    kernelHead(frequencyGroup, writing),
    `
  ${rowSource}
  if (row >= u.rows) { return; }
  var sum = 0.0;
  for (var c = 0u; c < u.chunk; c++) {
    sum += u.y[c] * clamp(out[u.z.w + row * u.chunk + c] * u.x.z + u.x.w, 0.0, 255.0);
  }
  let at = pixelOf(row);
  luma[at] = sum;
  if ((u.flags & ${sampleFlags.whole}u) != 0u) { kept[at] = sum; }
}`,
  );
}

/**
 * How the picture's Laplacian differs from the target's, at a step's pixels. Factor: λ / pixels of the step; places: where the
 * workgroups' terms of the loss begin in `out`, and squares of differences where they are wanted (`errors`). Buffers: luma, the
 * target's response, pixels, difference, out.
 */
export function compareKernel(writing: Writing = {}): KernelSource {
  return kernel(
    `frequency-compare${suffix(writing)}`,
    [
      ['luma', 'read', 'f32'],
      ['response', 'read', 'f32'],
      ['pixels', 'read', 'u32'],
      ['difference', 'read_write', 'f32'],
      ['out', 'read_write', 'f32'],
    ],
    pixelSource,
    laplacianSource('luma'),
    `var<workgroup> losses: array<f32, ${frequencyGroup}>;`,
    kernelHead(frequencyGroup, writing),
    `
  ${rowSource}
  var square = 0.0;
  if (row < u.rows) {
    let at = pixelOf(row);
    let found = laplacian(at) - response[at];
    difference[at] = found;
    square = found * found;
    if ((u.flags & ${sampleFlags.errors}u) != 0u) { out[u.z.y + row] = square; }
  }
  losses[t] = square * u.x.x;
  for (var half = ${frequencyGroup / 2}u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (t < half) { losses[t] += losses[t + half]; }
  }
  if (t == 0u && row < u.rows) { out[u.z.x + group] = losses[0]; }
}`,
  );
}

/** The term's slope by the luma of a pass's pixels. Factor: 2λ / pixels of the step. Buffers: difference, pixels, slopes. */
export function slopeKernel(writing: Writing = {}): KernelSource {
  return kernel(
    `frequency-slope${suffix(writing)}`,
    [
      ['difference', 'read', 'f32'],
      ['pixels', 'read', 'u32'],
      ['slopes', 'read_write', 'f32'],
    ],
    pixelSource,
    laplacianSource('difference'),
    kernelHead(frequencyGroup, writing),
    `
  ${rowSource}
  if (row >= u.rows) { return; }
  slopes[row] = laplacian(pixelOf(row)) * u.x.x;
}`,
  );
}
