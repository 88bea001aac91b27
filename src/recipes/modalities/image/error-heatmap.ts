// Where the reconstruction is off: mean absolute difference per pixel, for a heat map.
import { imageUnits, toUnits, type Image, type PixelRange } from '../../../image/index.js';

/**
 * Writes |original − reconstruction|, averaged over channels, in units of 0 to 255, of pixels one after the other.
 * @param values `[n, C]` network outputs of the pixels from `from` on
 * @param out `[N]`, of the whole picture; those pixels are written
 */
export function writeErrors(
  image: Image,
  range: PixelRange,
  values: Float32Array,
  from: number,
  out: Float32Array,
): void {
  const { channels } = image;
  const original = imageUnits(image, from * channels, new Float32Array(values.length));
  const decoded = toUnits(values, range);
  for (let i = 0, at = 0; at < values.length; i++) {
    let sum = 0;
    for (let c = 0; c < channels; c++, at++) sum += Math.abs((original[at] ?? 0) - (decoded[at] ?? 0));
    out[from + i] = sum / channels;
  }
}
