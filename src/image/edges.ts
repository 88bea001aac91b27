// What is known of a picture before training: its luma, and how steep that is. Strategies that begin with edges ask for it.
import type { Prior } from '../core/index.js';
import { sobel } from '../core/numeric/canny.js';
import { checkLayout, pixelCount, type Image } from './image.js';

/** Weights of R, G and B in whole numbers of 2⁻¹⁵: ITU-R BT.601 as OpenCV rounds it. */
const [red, green, blue] = [9798, 19_235, 3735] as const;

/**
 * The luma of a picture, `[N]`: whole numbers from 0 to 255, those of OpenCV's `COLOR_RGB2GRAY`. Grey pictures are their own
 * luma; alpha does not count; 16 bits are brought to 8 first.
 */
export function wholeLuma(image: Image): Float32Array {
  checkLayout(image);
  const { channels, data, depth } = image;
  const luma = new Float32Array(pixelCount(image));
  const unit = depth === 16 ? (value: number) => Math.round(value / 257) : (value: number) => value;
  for (let i = 0, from = 0; i < luma.length; i++, from += channels) {
    if (channels === 1) luma[i] = unit(data[from]!);
    else {
      const [r, g, b] = [unit(data[from]!), unit(data[from + 1]!), unit(data[from + 2]!)];
      luma[i] = (red * r + green * g + blue * b + 2 ** 14) >>> 15;
    }
  }
  return luma;
}

/** A prior of a picture, see {@link Prior}. The array is the caller's to keep. */
export function priorOf(image: Image, kind: Prior): Float32Array {
  const luma = wholeLuma(image);
  if (kind === 'luma') return luma;
  const { dx, dy } = sobel(luma, image);
  return dx.map((value, i) => Math.sqrt(value * value + dy[i]! * dy[i]!));
}
