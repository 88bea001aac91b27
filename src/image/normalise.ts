// Converts between pixels and network units. One minimum and maximum over all channels map to −1 and +1, as in the official
// EVOS code, so that grey pixels stay grey. The range is stored with the model.
import { ArgumentError } from '../core/errors.js';
import {
  checkLayout,
  checkLength,
  unitScale,
  type Image,
  type PixelLayout,
  type PixelRange,
} from './image.js';

/**
 * The smallest and largest sample over all channels, alpha included, in 0–255 units (16-bit samples divided by 257).
 * A constant image has `min === max`.
 * @throws never
 * @example
 * const image = createImage({ width: 2, height: 2, channels: 1 }, Uint8Array.of(0, 80, 160, 255));
 * console.log(measureRange(image)); // { min: 0, max: 255 }
 */
export function measureRange(image: Image): PixelRange {
  const { data } = image;
  let min = Infinity;
  let max = -Infinity;
  for (const value of data) {
    if (value < min) min = value;
    if (value > max) max = value;
  }
  const scale = unitScale(image.depth);
  return { min: min / scale, max: max / scale };
}

/**
 * Pixels as training targets: `2 (value − min) / (max − min) − 1`. A constant image has no spread to divide by and
 * becomes all zeros; decoding gives the constant back whatever the network answers.
 *
 * @param range usually `measureRange(image)`; another one may put targets outside [−1, 1]
 * @returns `[N, C]` in the image's order, freshly allocated
 * @throws ArgumentError when the range is not finite or the wrong way round
 * @example
 * const image = createImage({ width: 2, height: 2, channels: 1 }, Uint8Array.of(0, 80, 160, 255));
 * const targets = toTargets(image, measureRange(image));
 */
export function toTargets(image: Image, range: PixelRange): Float32Array {
  const table = targetTable(image.depth, range);
  const { data } = image;
  const targets = new Float32Array(data.length);
  for (let i = 0; i < data.length; i++) targets[i] = table[data[i]!]!;
  return targets;
}

/**
 * The target of every sample there can be: 256 of them, or 65,536 of 16 bits.
 *
 * @param range as in `toTargets`
 * @returns `[2^depth]`, freshly allocated; the target of a sample is at its own number
 * @throws ArgumentError when the range is not finite or the wrong way round
 * @example
 * const table = targetTable(8, { min: 0, max: 255 });
 * console.log(table[255]); // 1
 */
export function targetTable(depth: 8 | 16, range: PixelRange): Float32Array {
  checkRange(range);
  const scale = unitScale(depth);
  const spread = range.max - range.min;
  const factor = spread > 0 ? 2 / spread : 0;
  const table = new Float32Array(2 ** depth);
  if (factor === 0) return table;
  for (let i = 0; i < table.length; i++) table[i] = (i / scale - range.min) * factor - 1;
  return table;
}

/**
 * Network units back to 0–255 units: `min + (value + 1) / 2 · (max − min)`, clamped to 0–255, not rounded.
 *
 * @param values any number of network outputs, not modified
 * @param out where to write; allocated when left out
 * @throws ArgumentError when the range is no range or `out` has another length
 * @example
 * console.log(toUnits(Float32Array.of(-1, 0, 1), { min: 0, max: 255 })); // [0, 127.5, 255]
 */
export function toUnits(
  values: Float32Array,
  range: PixelRange,
  out: Float32Array = new Float32Array(values.length),
): Float32Array {
  checkRange(range);
  checkRoom(out, values);
  const half = (range.max - range.min) / 2;
  for (let i = 0; i < values.length; i++) {
    const unit = range.min + (values[i]! + 1) * half;
    out[i] = unit < 0 ? 0 : unit > 255 ? 255 : unit;
  }
  return out;
}

/**
 * Network outputs as a picture to look at or save: decoded, clamped to 0–255 and rounded to the nearest step.
 * A NaN becomes 0. Undoes `toTargets` exactly for 8 and 16 bits.
 *
 * @param values `[N, C]`, row-major, not modified
 * @param depth bits per sample of the result, 8 unless told
 * @throws ArgumentError when there is not one value per pixel and channel, or the range is no range
 * @example
 * const shown = toDisplay(new Float32Array(4), { width: 2, height: 2, channels: 1 }, { min: 0, max: 255 });
 */
export function toDisplay(
  values: Float32Array,
  layout: PixelLayout,
  range: PixelRange,
  depth: 8 | 16 = 8,
): Image {
  checkLayout(layout);
  checkLength('values to display', values, layout);
  const data = depth === 16 ? new Uint16Array(values.length) : new Uint8Array(values.length);
  toSamples(values, range, data);
  return { width: layout.width, height: layout.height, channels: layout.channels, depth, data };
}

/**
 * The same of a part of a picture: network outputs as samples, of 8 or 16 bits as `out` has.
 * @param out as many as there are values; written
 * @throws ArgumentError when the range is no range or `out` has another length
 * @example
 * const shown = new Uint8Array(3);
 * toSamples(Float32Array.of(-1, 0, 1), { min: 0, max: 255 }, shown); // [0, 128, 255]
 */
export function toSamples(values: Float32Array, range: PixelRange, out: Uint8Array | Uint16Array): void {
  checkRange(range);
  checkRoom(out, values);
  const scale = unitScale(out instanceof Uint16Array ? 16 : 8);
  const top = 255 * scale;
  const half = (range.max - range.min) / 2;
  for (let i = 0; i < values.length; i++) {
    const level = Math.round((range.min + (values[i]! + 1) * half) * scale);
    out[i] = level < 0 ? 0 : level > top ? top : level;
  }
}

/**
 * Samples of an image in 0–255 units, as floats: what the metrics compare. Without more than the image all of them, freshly
 * allocated.
 * @param from the first sample, counted over pixels and channels
 * @param out where to write; so many samples are read
 * @throws never
 * @example
 * const image = createImage({ width: 2, height: 2, channels: 1 }, Uint8Array.of(0, 80, 160, 255));
 * console.log(imageUnits(image)); // [0, 80, 160, 255]
 */
export function imageUnits(
  image: Image,
  from = 0,
  out: Float32Array = new Float32Array(image.data.length - from),
): Float32Array {
  const scale = unitScale(image.depth);
  const { data } = image;
  // A loop: `Float32Array.from` with a function takes ten times as long.
  for (let i = 0; i < out.length; i++) out[i] = data[from + i]! / scale;
  return out;
}

function checkRoom(out: ArrayLike<number>, values: Float32Array): void {
  if (out.length === values.length) return;
  throw new ArgumentError(
    `got room for ${out.length} numbers; expected ${values.length}, one for each value; pass a buffer of that length`,
  );
}

/**
 * @throws ArgumentError when a range is not finite or the wrong way round
 * @example
 * checkRange({ min: 0, max: 255 });
 */
export function checkRange({ min, max }: PixelRange): void {
  if (!(Number.isFinite(min) && Number.isFinite(max) && min <= max)) {
    throw new ArgumentError(
      `got the range ${min} to ${max}; expected finite numbers in 0–255 units, the smaller one first; ` +
        'use measureRange(image)',
    );
  }
}
