// The frequency operator of pictures: the Laplacian of the luma, after decoding to 0–255 and clamping. EVOS takes the
// squared difference of two responses as frequency fitness (EVOS, CVPR 2025, Sec. 3.3).
import type { FrequencyOperator } from '../core/index.js';
import {
  checkLayout,
  checkLength,
  pixelCount,
  type Channels,
  type PixelLayout,
  type PixelRange,
} from './image.js';
import { checkRange } from './normalise.js';

/** Weights of R, G and B in the luma: ITU-R BT.601 as the official code writes them (they add up to 0.9999). */
export const lumaWeights = [0.2989, 0.587, 0.114] as const;

/**
 * How much each channel counts towards the luma: grey all, alpha nothing. One weight per channel.
 * @throws never
 * @example
 * console.log(channelLuma(3)); // [0.2989, 0.587, 0.114]
 */
export function channelLuma(channels: Channels): readonly number[] {
  if (channels === 1) return [1];
  return channels === 3 ? lumaWeights : [...lumaWeights, 0];
}

/**
 * Makes the frequency operator of images: network outputs → decoded to 0–255 units and clamped → luma →
 * 3×3 kernel [0 1 0; 1 −4 1; 0 1 0] with zero padding.
 *
 * Grey images are their own luma; alpha does not count. Responses lie in [−1020, 1020]. It allocates two
 * `[N]` buffers once, and none per call.
 *
 * @throws ArgumentError for an impossible layout or range; `response` throws one when the length is wrong
 * @example
 * const image = createImage({ width: 2, height: 2, channels: 1 }, Uint8Array.of(0, 80, 160, 255));
 * const operator = createLaplacian({ ...image, range: measureRange(image) });
 */
export function createLaplacian(options: PixelLayout & { readonly range: PixelRange }): FrequencyOperator {
  const { width, height, channels, range } = options;
  checkLayout(options);
  checkRange(range);
  const luma = new Float32Array(pixelCount(options));
  const out = new Float32Array(luma.length);
  const half = (range.max - range.min) / 2;
  const { min } = range;
  const [red, green, blue] = lumaWeights;
  const decode = (value: number): number => {
    const unit = min + (value + 1) * half;
    return unit < 0 ? 0 : unit > 255 ? 255 : unit;
  };

  return {
    response(values) {
      checkLength('values to filter', values, options);
      if (channels === 1) {
        for (let i = 0; i < luma.length; i++) luma[i] = decode(values[i]!);
      } else {
        for (let i = 0, at = 0; i < luma.length; i++, at += channels) {
          luma[i] =
            red * decode(values[at]!) + green * decode(values[at + 1]!) + blue * decode(values[at + 2]!);
        }
      }
      return laplacian(luma, width, height, out);
    },
  };
}

/**
 * The 3×3 Laplacian [0 1 0; 1 −4 1; 0 1 0] of one channel; outside the picture everything is zero.
 *
 * @param values `[height, width]`, not modified
 * @param out `[height, width]`, where to write; not `values` itself
 * @returns `out`
 * @throws ArgumentError for a length that does not fit
 * @example
 * const response = laplacian(Float32Array.of(0, 0, 1, 0), 2, 2);
 */
export function laplacian(
  values: Float32Array,
  width: number,
  height: number,
  out: Float32Array = new Float32Array(values.length),
): Float32Array {
  checkLayout({ width, height, channels: 1 });
  checkLength('values to filter', values, { width, height, channels: 1 });
  checkLength('room for the result', out, { width, height, channels: 1 });
  const lastColumn = width - 1;
  const lastRow = height - 1;
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      let sum = -4 * values[i]!;
      if (x > 0) sum += values[i - 1]!;
      if (x < lastColumn) sum += values[i + 1]!;
      if (y > 0) sum += values[i - width]!;
      if (y < lastRow) sum += values[i + width]!;
      out[i] = sum;
    }
  }
  return out;
}
