// The picture in memory: interleaved, row-major, 8 or 16 bits, upright, sRGB or grey. All arithmetic is in 0–255 units:
// 8-bit samples as they are, 16-bit samples divided by 257. Ranges, Laplacian and PSNR then mean the same at either depth.
import { ArgumentError } from '../core/errors.js';

/** Grey, RGB, or RGB with alpha. */
export type Channels = 1 | 3 | 4;

/** How samples lie in memory: interleaved, row-major, `(row * width + column) * channels + channel`. */
export interface PixelLayout {
  /** Columns. */
  readonly width: number;
  /** Rows. */
  readonly height: number;
  readonly channels: Channels;
}

/**
 * A decoded picture. With four channels the last is alpha: straight (not premultiplied), the depth of the others.
 * The data belongs to whoever decoded it; nothing in this room writes into it.
 */
export interface Image extends PixelLayout {
  /** Bits per sample; decides the array type. */
  readonly depth: 8 | 16;
  /** `[height, width, channels]`; 8 bits in a `Uint8Array`, 16 bits in a `Uint16Array`. */
  readonly data: Uint8Array | Uint16Array;
}

/** The values that network outputs −1 and +1 stand for, in 0–255 units; `min <= max`. */
export interface PixelRange {
  readonly min: number;
  readonly max: number;
}

/** The room's defaults, each with its reason or source. */
export const imageDefaults = {
  /** Smallest width and height: a coordinate axis from −1 to 1 needs two ends. */
  minSide: 2,
  /** Most pixels a file may claim to have: 2^28, a 16,384 × 16,384 picture; guards against decompression bombs. */
  limitPixels: 2 ** 28,
  /** Longest side that a picture may be resized to. */
  maxSide: 2 ** 20,
  /** JPEG quality when encoding; colour is never subsampled. 95 is visually lossless. */
  jpegQuality: 95,
  /** PNG effort, 0–9: zlib's own default. */
  pngCompression: 6,
  /** The Gaussian of SSIM: 11 × 11, σ 1.5 (Wang et al. 2004, Sec. III-B). The filter is written out for this radius. */
  ssimRadius: 5,
  ssimSigma: 1.5,
  /** Stabilisers (K₁·L)², (K₂·L)² of SSIM with L = 255 (Wang et al. 2004, Eq. 7 and 9). */
  ssimK1: 0.01,
  ssimK2: 0.03,
  /** Stride of SSIM as the official EVOS code computes it; it pads by the radius. */
  ssimOfficialStride: 3,
  /** Heat maps saturate at this percentile, so that a few hot pixels do not turn the rest black. */
  heatmapPercentile: 99.5,
} as const;

/**
 * 1 for 8-bit samples, 257 for 16-bit ones: what to divide by to get 0–255 units.
 * @throws never
 * @example
 * console.log(65535 / unitScale(16)); // 255
 */
export function unitScale(depth: 8 | 16): 1 | 257 {
  return depth === 16 ? 257 : 1;
}

/**
 * Pixels of a layout.
 * @throws never
 * @example
 * console.log(pixelCount({ width: 640, height: 480, channels: 3 })); // 307200
 */
export function pixelCount(layout: PixelLayout): number {
  return layout.width * layout.height;
}

/**
 * Wraps samples that are already in memory as an image, after checking them.
 *
 * @param layout width and height at least 2, channels 1, 3 or 4
 * @param data `[height, width, channels]`, kept, not copied; its type decides the depth
 * @throws ArgumentError when the size or the length does not fit
 * @example
 * const image = createImage({ width: 2, height: 2, channels: 1 }, Uint8Array.of(0, 80, 160, 255));
 */
export function createImage(layout: PixelLayout, data: Uint8Array | Uint16Array): Image {
  const { width, height, channels } = layout;
  checkLayout(layout);
  const expected = width * height * channels;
  if (data.length !== expected) {
    throw new ArgumentError(
      `got ${data.length} samples for an image of ${width}×${height} with ${channels} channels; ` +
        `expected ${expected}; pass rows one after the other with the channels interleaved`,
    );
  }
  return { width, height, channels, depth: data instanceof Uint16Array ? 16 : 8, data };
}

/**
 * @throws ArgumentError when a layout is not one that images here can have
 * @example
 * checkLayout({ width: 640, height: 480, channels: 3 });
 */
export function checkLayout({ width, height, channels }: PixelLayout): void {
  const least = imageDefaults.minSide;
  if (!Number.isInteger(width) || !Number.isInteger(height) || width < least || height < least) {
    throw new ArgumentError(
      `got an image of ${width}×${height}; expected whole numbers of at least ${least}×${least}; ` +
        'a coordinate axis from −1 to 1 needs two ends',
    );
  }
  if (channels !== 1 && channels !== 3 && channels !== 4) {
    throw new ArgumentError(
      `got ${String(channels)} channels; expected 1 (grey), 3 (RGB) or 4 (RGBA); convert the image first`,
    );
  }
}

/**
 * @throws ArgumentError when `values` is not one number per pixel and channel
 * @example
 * checkLength('my samples', new Float32Array(4), { width: 2, height: 2, channels: 1 });
 */
export function checkLength(what: string, values: { readonly length: number }, layout: PixelLayout): void {
  const expected = pixelCount(layout) * layout.channels;
  if (values.length !== expected) {
    throw new ArgumentError(
      `got ${values.length} numbers as ${what}; expected ${expected} for ${layout.width}×${layout.height} pixels ` +
        `with ${layout.channels} channels; pass the whole picture, in the pool's order`,
    );
  }
}
