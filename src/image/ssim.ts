// Structural similarity in both conventions, row by row: a picture never has to lie in memory as floats.
import { ArgumentError } from '../core/errors.js';
import { checkLayout, checkLength, imageDefaults, type PixelLayout } from './image.js';

/** Pixels across and down that a value of SSIM looks at. */
export const ssimWindow = 2 * imageDefaults.ssimRadius + 1;

/** Samples of a picture in 0–255 units: bytes, or floats that may lie between the steps. */
export type Units = Uint8Array | Float32Array;

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
  return windowedSsim(reference, reconstruction, layout, usualSsim);
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
  return windowedSsim(reference, reconstruction, layout, officialSsim);
}

/** Where windows lie, and what becomes of a value before it is looked at. */
export interface SsimWindows {
  readonly padding: number;
  readonly stride: number;
  readonly quantise: (unit: number) => number;
}

/** The windows of `ssim`. */
export const usualSsim: SsimWindows = { padding: 0, stride: 1, quantise: toByte };

/** The windows of `ssimOfficial`. */
export const officialSsim: SsimWindows = {
  padding: imageDefaults.ssimRadius,
  stride: imageDefaults.ssimOfficialStride,
  quantise: clampUnit,
};

function windowedSsim(a: Units, b: Units, layout: PixelLayout, windows: SsimWindows): number {
  checkLayout(layout);
  checkLength('the original', a, layout);
  checkLength('the reconstruction', b, layout);
  const rows = new SsimRows(layout, windows);
  const length = layout.width * layout.channels;
  for (let from = 0; from < a.length; from += length) {
    rows.add(a.subarray(from, from + length), b.subarray(from, from + length));
  }
  return rows.finish();
}

/** What a channel's windows are made of. */
interface ChannelRings {
  /** Of each of the four means the last eleven rows, filtered along x. */
  readonly rings: readonly (readonly Float64Array[])[];
  /** The sum of SSIM over each row of windows. */
  readonly sums: Float64Array;
}

/**
 * SSIM needs the Gaussian means of a, b, a² + b² and a·b. The window is separable, so each input row is filtered
 * along x once and kept in a ring of eleven; a row of windows is the weighted sum of the ring. Memory: O(width).
 */
export class SsimRows {
  readonly #layout: PixelLayout;
  readonly #windows: SsimWindows;
  readonly #taps = gaussianTaps();
  readonly #columns: number;
  readonly #rows: number;
  readonly #lines: readonly Float64Array[];
  readonly #means: readonly Float64Array[];
  readonly #outside: Float64Array;
  readonly #channels: readonly ChannelRings[];
  #loaded = 0;
  #done = 0;

  /** @param layout of a picture whose sides hold a window, padding included */
  constructor(layout: PixelLayout, windows: SsimWindows) {
    const { width, height, channels } = layout;
    const { padding, stride } = windows;
    const allocate = (count: number, length: number): Float64Array[] =>
      Array.from({ length: count }, () => new Float64Array(length));
    this.#layout = layout;
    this.#windows = windows;
    this.#columns = Math.floor((width + 2 * padding - ssimWindow) / stride) + 1;
    this.#rows = Math.floor((height + 2 * padding - ssimWindow) / stride) + 1;
    this.#lines = allocate(4, width + 2 * padding);
    this.#means = allocate(4, this.#columns);
    this.#outside = new Float64Array(this.#columns);
    this.#channels = Array.from({ length: channels }, () => ({
      rings: this.#lines.map(() => allocate(ssimWindow, this.#columns)),
      sums: new Float64Array(this.#rows),
    }));
  }

  /** The next row of both pictures, `[width, channels]` in 0–255 units; not kept. */
  add(a: Units, b: Units): void {
    const { width, height, channels } = this.#layout;
    const { padding, stride, quantise } = this.#windows;
    const lines = this.#lines;
    this.#channels.forEach(({ rings }, channel) => {
      loadLines(a, b, channel, channels, width, padding, quantise, lines);
      lines.forEach((line, k) => filterLine(line, this.#taps, stride, rings[k]![this.#loaded % ssimWindow]!));
    });
    this.#loaded++;
    for (; this.#done < this.#rows; this.#done++) {
      const first = this.#done * stride - padding;
      if (Math.min(first + ssimWindow, height) > this.#loaded) return;
      for (const channel of this.#channels) this.#compare(channel, first);
    }
  }

  /** The mean over all windows, once every row was added. */
  finish(): number {
    let total = 0;
    for (const { sums } of this.#channels) for (const sum of sums) total += sum;
    return total / (this.#channels.length * this.#rows * this.#columns);
  }

  /** A row of windows, from the picture's row `first` on. */
  #compare({ rings, sums }: ChannelRings, first: number): void {
    const means = this.#means;
    rings.forEach((ring, k) => {
      const window = Array.from({ length: ssimWindow }, (_, i) => {
        const y = first + i;
        return y < 0 || y >= this.#layout.height ? this.#outside : ring[y % ssimWindow]!;
      });
      weighRows(window, this.#taps, means[k]!);
    });
    sums[this.#done] = similarity(means[0]!, means[1]!, means[2]!, means[3]!);
  }
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

/** Clamped to 0–255. */
export function clampUnit(value: number): number {
  return value < 0 ? 0 : value > 255 ? 255 : value;
}

/** The byte a saved file would hold. */
export function toByte(value: number): number {
  return Math.round(clampUnit(value));
}
