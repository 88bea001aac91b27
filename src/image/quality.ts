// PSNR and SSIM of a reconstruction. Each comes in two conventions, which differ by decibels and by hundredths: the usual
// one, of the saved picture, and the one of the official EVOS code.
import { ArgumentError } from '../core/errors.js';
import { checkLayout, checkLength, type Image, type PixelRange } from './image.js';
import { imageUnits, toUnits } from './normalise.js';
import { clampUnit, officialSsim, SsimRows, ssimWindow, toByte, usualSsim, type Units } from './ssim.js';

export { ssim, ssimOfficial, type Units } from './ssim.js';

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
  /** Begins to measure a reconstruction that comes in parts. The figures are those of `measure`, to the bit. */
  begin(): QualityParts;
}

/** A reconstruction that is measured while it comes. */
export interface QualityParts {
  /**
   * The next network outputs, as many as there are, in the pool's order.
   * @throws ArgumentError for more than the picture has
   */
  add(values: Float32Array): void;
  /** @throws ArgumentError where some are missing */
  finish(): ImageQuality;
}

/**
 * Makes a meter for reconstructions of `image`; it looks at them row by row, and holds nothing of the picture's size. All
 * channels count alike, alpha included.
 * @throws ArgumentError for an image whose size is none
 * @example
 * const image = createImage({ width: 2, height: 2, channels: 1 }, Uint8Array.of(0, 80, 160, 255));
 * const meter = createQualityMeter(image, measureRange(image));
 * const { psnr } = meter.measure(new Float32Array(4));
 */
export function createQualityMeter(image: Image, range: PixelRange): QualityMeter {
  checkLayout(image);
  return {
    measure(values) {
      checkLength('values to measure', values, image);
      const parts = new MeasuredRows(image, range);
      parts.add(values);
      return parts.finish();
    },
    begin: () => new MeasuredRows(image, range),
  };
}

/** One measurement. */
class MeasuredRows implements QualityParts {
  readonly #image: Image;
  readonly #range: PixelRange;
  /** A row of network outputs that has begun to come, and of both pictures in 0–255 units. */
  readonly #row: Float32Array;
  readonly #decoded: Float32Array;
  readonly #reference: Float32Array;
  readonly #usual: SsimRows | undefined;
  readonly #official: SsimRows;
  #added = 0;
  #squares = 0;
  #unrounded = 0;
  #highest = 0;

  constructor(image: Image, range: PixelRange) {
    const { width, height, channels } = image;
    this.#image = image;
    this.#range = range;
    this.#row = new Float32Array(width * channels);
    this.#decoded = new Float32Array(width * channels);
    this.#reference = new Float32Array(width * channels);
    this.#usual = Math.min(width, height) < ssimWindow ? undefined : new SsimRows(image, usualSsim);
    this.#official = new SsimRows(image, officialSsim);
  }

  add(values: Float32Array): void {
    const { length } = this.#row;
    if (this.#added + values.length > this.#image.data.length) this.#refuse(values.length);
    for (let from = 0; from < values.length;) {
      const at = this.#added % length;
      const count = Math.min(length - at, values.length - from);
      this.#row.set(values.subarray(from, from + count), at);
      from += count;
      this.#added += count;
      if (at + count === length) this.#measure(this.#added - length);
    }
  }

  finish(): ImageQuality {
    const { length } = this.#image.data;
    if (this.#added !== length) this.#refuse(0);
    return {
      psnr: usualPsnr(this.#squares, length),
      psnrImagePeak: officialPsnr(this.#unrounded, length, this.#highest),
      ...(this.#usual === undefined ? {} : { ssim: this.#usual.finish() }),
      ssimOfficial: this.#official.finish(),
    };
  }

  /** Looks at a whole row. @param from its first sample */
  #measure(from: number): void {
    const [reference, decoded] = [this.#reference, this.#decoded];
    imageUnits(this.#image, from, reference);
    toUnits(this.#row, this.#range, decoded);
    this.#squares += squaresOf(reference, decoded);
    this.#unrounded = unroundedSquaresOf(reference, decoded, this.#unrounded);
    this.#highest = highestOf(reference, this.#highest);
    this.#usual?.add(reference, decoded);
    this.#official.add(reference, decoded);
  }

  #refuse(more: number): never {
    const { width, height, channels, data } = this.#image;
    throw new ArgumentError(
      `got ${this.#added + more} numbers as values to measure; expected ${data.length} for ${width}×${height} pixels with ` +
        `${channels} channels; add the whole picture once, in the pool's order`,
    );
  }
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
  return usualPsnr(squaresOf(reference, reconstruction), reference.length);
}

const usualPsnr = (squares: number, count: number): number => 10 * Math.log10((255 * 255 * count) / squares);

/** Squared differences of bytes: whole numbers, so that their sum does not depend on its order. */
function squaresOf(reference: Units, reconstruction: Units): number {
  let sum = 0;
  for (let i = 0; i < reference.length; i++) {
    const difference = toByte(reference[i]!) - toByte(reconstruction[i]!);
    sum += difference * difference;
  }
  return sum;
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
  const squares = unroundedSquaresOf(reference, reconstruction, 0);
  return officialPsnr(squares, reference.length, peak ?? highestOf(reference, 0));
}

const officialPsnr = (squares: number, count: number, peak: number): number =>
  squares === 0 ? Infinity : 20 * Math.log10(peak / Math.sqrt(squares / count));

/** Squared differences from a reconstruction that is clamped alone, added up one by one to those of before. */
function unroundedSquaresOf(reference: Units, reconstruction: Units, before: number): number {
  let sum = before;
  for (let i = 0; i < reference.length; i++) {
    const difference = reference[i]! - clampUnit(reconstruction[i]!);
    sum += difference * difference;
  }
  return sum;
}

function highestOf(reference: Units, before: number): number {
  let highest = before;
  for (let i = 0; i < reference.length; i++) if (reference[i]! > highest) highest = reference[i]!;
  return highest;
}

function checkPair(reference: Units, reconstruction: Units): void {
  if (reference.length !== reconstruction.length || reference.length === 0) {
    throw new ArgumentError(
      `got ${reference.length} reference values and ${reconstruction.length} reconstructed ones; ` +
        'expected the same number, at least one; compare pictures of one size and channel count',
    );
  }
}
