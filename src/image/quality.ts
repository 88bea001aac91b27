// PSNR and SSIM of a reconstruction. Each comes in two conventions, which differ by decibels and by hundredths: the usual
// one, of the saved picture, and the one of the official EVOS code.
import { ArgumentError } from '../core/errors.js';
import {
  checkLayout,
  checkLength,
  imageDefaults,
  type Image,
  type PixelLayout,
  type PixelRange,
} from './image.js';
import { imageUnits, toUnits } from './normalise.js';

/** Pixels across and down that a value of SSIM looks at. */
const ssimWindow = 2 * imageDefaults.ssimRadius + 1;

/** Samples of a picture in 0–255 units: bytes, or floats that may lie between the steps. */
export type Units = Uint8Array | Float32Array;

/** The metrics of one reconstruction. */
export interface ImageQuality {
  /** `psnr`: peak 255, on 8-bit values. */
  readonly psnr: number;
  /** `psnrImagePeak`: the official code's. */
  readonly psnrImagePeak: number;
  /** `ssim`: valid windows, on 8-bit values; absent when a side is shorter than the window, 11 pixels. */
  readonly ssim?: number;
  /** `ssimOfficial`: zero padding, stride 3. */
  readonly ssimOfficial: number;
}

/** Measures reconstructions of one image. */
export interface QualityMeter {
  /**
   * @param values `[N, C]` network outputs, not modified
   * @throws ArgumentError when the length is wrong
   */
  measure(values: Float32Array): ImageQuality;
}

/**
 * Makes a meter for reconstructions of `image`; holds two `[N, C]` float buffers and allocates nothing of that size
 * per measurement. All channels count alike, alpha included.
 * @throws ArgumentError for an image whose size is none
 * @example
 * const image = createImage({ width: 2, height: 2, channels: 1 }, Uint8Array.of(0, 80, 160, 255));
 * const meter = createQualityMeter(image, measureRange(image));
 * const { psnr } = meter.measure(new Float32Array(4));
 */
export function createQualityMeter(image: Image, range: PixelRange): QualityMeter {
  checkLayout(image);
  const reference = imageUnits(image);
  const decoded = new Float32Array(reference.length);
  const hasWindow = Math.min(image.width, image.height) >= ssimWindow;
  return {
    measure(values) {
      checkLength('values to measure', values, image);
      toUnits(values, range, decoded);
      return {
        psnr: psnr(reference, decoded),
        psnrImagePeak: psnrImagePeak(reference, decoded),
        ...(hasWindow ? { ssim: ssim(reference, decoded, image) } : {}),
        ssimOfficial: ssimOfficial(reference, decoded, image),
      };
    },
  };
}

/**
 * Peak signal-to-noise ratio in decibels, 10·log₁₀(255² / MSE), of the pictures as 8-bit files show them: both are
 * clamped and rounded to whole numbers 0–255 first. MSE over all pixels and channels.
 *
 * @param reference the original, in 0–255 units
 * @param reconstruction as many values
 * @returns `Infinity` when the two are equal after rounding
 * @throws ArgumentError when the lengths differ or are zero
 * @example
 * console.log(psnr(Uint8Array.of(0, 255), Uint8Array.of(0, 250)));
 */
export function psnr(reference: Units, reconstruction: Units): number {
  checkPair(reference, reconstruction);
  let sum = 0;
  for (let i = 0; i < reference.length; i++) {
    const difference = toByte(reference[i]!) - toByte(reconstruction[i]!);
    sum += difference * difference;
  }
  return 10 * Math.log10((255 * 255 * reference.length) / sum);
}

/**
 * PSNR as the official EVOS code has it, 20·log₁₀(peak / RMSE): the peak is the largest value *of this original*, and
 * the reconstruction is clamped to 0–255 but not rounded. Lower than `psnr` for dark images; comparable with the
 * paper's tables.
 *
 * @param reference the original, in 0–255 units
 * @param reconstruction as many values
 * @param peak the whole picture's largest value, where these are a part of it; default: the largest of these
 * @returns `Infinity` when the two are equal; `-Infinity` for a wrong answer to an all-black original
 * @throws ArgumentError when the lengths differ or are zero
 * @example
 * console.log(psnrImagePeak(Uint8Array.of(0, 200), Uint8Array.of(0, 190)));
 */
export function psnrImagePeak(reference: Units, reconstruction: Units, peak?: number): number {
  checkPair(reference, reconstruction);
  let sum = 0;
  let highest = 0;
  for (let i = 0; i < reference.length; i++) {
    const value = reference[i]!;
    if (value > highest) highest = value;
    const difference = value - clampUnit(reconstruction[i]!);
    sum += difference * difference;
  }
  return sum === 0 ? Infinity : 20 * Math.log10((peak ?? highest) / Math.sqrt(sum / reference.length));
}

/**
 * Structural similarity (Wang et al. 2004) of the pictures as 8-bit files show them: 11×11 Gaussian window, σ 1.5,
 * only windows that lie wholly inside the picture, stride 1, population covariance, L = 255, K = (0.01, 0.03), mean
 * over windows, then channels. The same as scikit-image's `structural_similarity(a, b, gaussian_weights=True,
 * sigma=1.5, use_sample_covariance=False, data_range=255, channel_axis=-1)`.
 *
 * @param reference `[height, width, channels]` in 0–255 units
 * @param reconstruction as many values
 * @returns −1 … 1, 1 when the two are equal after rounding
 * @throws ArgumentError when a length is wrong or a side is shorter than 11
 * @example
 * const grey = { width: 16, height: 16, channels: 1 } as const;
 * console.log(ssim(new Uint8Array(256), new Uint8Array(256), grey));
 */
export function ssim(reference: Units, reconstruction: Units, layout: PixelLayout): number {
  if (Math.min(layout.width, layout.height) < ssimWindow) {
    throw new ArgumentError(
      `got an image of ${layout.width}×${layout.height}; expected at least ${ssimWindow}×${ssimWindow}, ` +
        'the window of SSIM; use psnr or ssimOfficial for smaller images',
    );
  }
  return windowedSsim(reference, reconstruction, layout, { padding: 0, stride: 1, quantise: toByte });
}

/**
 * SSIM as the official EVOS code has it: the same window, but over a picture padded with five rows and columns of
 * zeros, at every third row and column, on the clamped and not rounded reconstruction. Not comparable with `ssim`.
 *
 * @param reference `[height, width, channels]` in 0–255 units
 * @param reconstruction as many values
 * @throws ArgumentError when a length is wrong
 * @example
 * const grey = { width: 16, height: 16, channels: 1 } as const;
 * console.log(ssimOfficial(new Uint8Array(256), new Uint8Array(256), grey));
 */
export function ssimOfficial(reference: Units, reconstruction: Units, layout: PixelLayout): number {
  const { ssimRadius: padding, ssimOfficialStride: stride } = imageDefaults;
  return windowedSsim(reference, reconstruction, layout, { padding, stride, quantise: clampUnit });
}

interface SsimWindows {
  readonly padding: number;
  readonly stride: number;
  readonly quantise: (unit: number) => number;
}

/**
 * SSIM needs the Gaussian means of a, b, a² + b² and a·b. The window is separable, so each input row is filtered
 * along x once and kept in a ring of eleven; a row of windows is the weighted sum of the ring. Memory: O(width).
 */
function windowedSsim(a: Units, b: Units, layout: PixelLayout, options: SsimWindows): number {
  checkLayout(layout);
  checkLength('the original', a, layout);
  checkLength('the reconstruction', b, layout);
  const { width, height, channels } = layout;
  const { padding, stride, quantise } = options;
  const taps = gaussianTaps();
  const size = ssimWindow;
  const columns = Math.floor((width + 2 * padding - size) / stride) + 1;
  const rows = Math.floor((height + 2 * padding - size) / stride) + 1;
  const allocate = (count: number, length: number): Float64Array[] =>
    Array.from({ length: count }, () => new Float64Array(length));
  const lines = allocate(4, width + 2 * padding);
  const rings = lines.map(() => allocate(size, columns));
  const means = allocate(4, columns);
  const outside = new Float64Array(columns);
  let total = 0;
  for (let channel = 0; channel < channels; channel++) {
    let loaded = 0;
    for (let row = 0; row < rows; row++) {
      const first = row * stride - padding;
      for (const end = Math.min(first + size, height); loaded < end; loaded++) {
        loadLines(a, b, loaded * width * channels + channel, channels, width, padding, quantise, lines);
        lines.forEach((line, k) => filterLine(line, taps, stride, rings[k]![loaded % size]!));
      }
      rings.forEach((ring, k) => {
        const window = Array.from({ length: size }, (_, i) => {
          const y = first + i;
          return y < 0 || y >= height ? outside : ring[y % size]!;
        });
        weighRows(window, taps, means[k]!);
      });
      total += similarity(means[0]!, means[1]!, means[2]!, means[3]!);
    }
  }
  return total / (channels * rows * columns);
}

/** One channel's row of a, b, a² + b² and a·b, with zeros on both sides. */
function loadLines(
  a: Units,
  b: Units,
  start: number,
  step: number,
  width: number,
  padding: number,
  quantise: (unit: number) => number,
  lines: readonly Float64Array[],
): void {
  const [lineA, lineB, squares, product] = lines as [Float64Array, Float64Array, Float64Array, Float64Array];
  for (let x = padding, at = start; x < padding + width; x++, at += step) {
    const valueA = quantise(a[at]!);
    const valueB = quantise(b[at]!);
    lineA[x] = valueA;
    lineB[x] = valueB;
    squares[x] = valueA * valueA + valueB * valueB;
    product[x] = valueA * valueB;
  }
}

/** Correlates one line with the window at every `stride`-th place. Written out: this is where the time goes. */
function filterLine(line: Float64Array, taps: Taps, stride: number, out: Float64Array): void {
  const [t0, t1, t2, t3, t4, t5] = taps;
  for (let i = 0, at = 5; i < out.length; i++, at += stride) {
    out[i] =
      t0 * line[at]! +
      t1 * (line[at - 1]! + line[at + 1]!) +
      t2 * (line[at - 2]! + line[at + 2]!) +
      t3 * (line[at - 3]! + line[at + 3]!) +
      t4 * (line[at - 4]! + line[at + 4]!) +
      t5 * (line[at - 5]! + line[at + 5]!);
  }
}

/** The weighted sum of eleven rows. */
function weighRows(rows: readonly Float64Array[], taps: Taps, out: Float64Array): void {
  const [t0, t1, t2, t3, t4, t5] = taps;
  const [a5, a4, a3, a2, a1, centre, b1, b2, b3, b4, b5] = rows as Eleven<Float64Array>;
  for (let i = 0; i < out.length; i++) {
    out[i] =
      t0 * centre[i]! +
      t1 * (a1[i]! + b1[i]!) +
      t2 * (a2[i]! + b2[i]!) +
      t3 * (a3[i]! + b3[i]!) +
      t4 * (a4[i]! + b4[i]!) +
      t5 * (a5[i]! + b5[i]!);
  }
}

/** The sum of SSIM over one row of windows (Wang et al. 2004, Eq. 13). */
function similarity(
  meanA: Float64Array,
  meanB: Float64Array,
  squares: Float64Array,
  product: Float64Array,
): number {
  const c1 = (imageDefaults.ssimK1 * 255) ** 2;
  const c2 = (imageDefaults.ssimK2 * 255) ** 2;
  let total = 0;
  for (let i = 0; i < meanA.length; i++) {
    const ma = meanA[i]!;
    const mb = meanB[i]!;
    const meanSquares = ma * ma + mb * mb;
    const meanProduct = ma * mb;
    const variances = squares[i]! - meanSquares;
    const covariance = product[i]! - meanProduct;
    total += ((2 * meanProduct + c1) * (2 * covariance + c2)) / ((meanSquares + c1) * (variances + c2));
  }
  return total;
}

/** The window's weights from its centre outwards; it is symmetric and adds up to 1. */
type Taps = [number, number, number, number, number, number];
type Eleven<T> = [T, T, T, T, T, T, T, T, T, T, T];

function gaussianTaps(): Taps {
  const { ssimRadius, ssimSigma } = imageDefaults;
  const weights = Array.from({ length: ssimRadius + 1 }, (_, i) =>
    Math.exp(-(i * i) / (2 * ssimSigma * ssimSigma)),
  );
  const sum = weights.reduce((total, weight, i) => total + (i === 0 ? weight : 2 * weight), 0);
  return weights.map((weight) => weight / sum) as Taps;
}

function clampUnit(value: number): number {
  return value < 0 ? 0 : value > 255 ? 255 : value;
}

/** The byte a saved file would hold. */
function toByte(value: number): number {
  return Math.round(clampUnit(value));
}

function checkPair(reference: Units, reconstruction: Units): void {
  if (reference.length !== reconstruction.length || reference.length === 0) {
    throw new ArgumentError(
      `got ${reference.length} reference values and ${reconstruction.length} reconstructed ones; ` +
        'expected the same number, at least one; compare pictures of one size and channel count',
    );
  }
}
