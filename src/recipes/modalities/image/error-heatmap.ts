// A picture of where the reconstruction is off: mean absolute difference per pixel, as a heat map.
import {
  createHeatmap,
  imageUnits,
  toUnits,
  type Heatmap,
  type Image,
  type PixelRange,
} from '../../../image/index.js';

/**
 * The heat map of |original − reconstruction|, averaged over channels, in units of 0 to 255; darkest is none.
 * @param values `[N, C]` network outputs.
 */
export function createErrorHeatmap(image: Image, values: Float32Array, range: PixelRange): Heatmap {
  const original = imageUnits(image);
  const decoded = toUnits(values, range);
  const { channels } = image;
  const levels = new Float32Array(image.width * image.height);
  for (let pixel = 0; pixel < levels.length; pixel++) {
    let sum = 0;
    for (let c = 0; c < channels; c++) {
      sum += Math.abs((original[pixel * channels + c] ?? 0) - (decoded[pixel * channels + c] ?? 0));
    }
    levels[pixel] = sum / channels;
  }
  return createHeatmap(levels, image.width, image.height, { darkest: 0 });
}
