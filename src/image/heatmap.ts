// Heat maps: one number per pixel, as colour. The colours run in OKLab from near black over violet and orange to pale
// yellow, so that equal steps in the data look like equal steps.
import { ArgumentError } from '../core/errors.js';
import { KthLargest } from '../core/numeric/kth-largest.js';
import { checkLayout, checkLength, createImage, imageDefaults, type Image } from './image.js';

/** A heat map and the numbers needed to read it. */
export interface Heatmap {
  /** RGB, 8 bits, of the size asked for. */
  readonly image: Image;
  /** The value shown darkest: the smallest one, or `options.darkest`. */
  readonly min: number;
  /** The largest value. */
  readonly max: number;
  /** The value from which on everything is shown brightest: the percentile, never below `min`. */
  readonly ceiling: number;
}

/**
 * Draws one number per pixel as colour: `min` darkest, `ceiling` and above brightest, linear between.
 *
 * @param values `[height · width]`, row-major, finite: how often each pixel was trained on, or its error
 * @param options.darkest the value shown darkest, at most the smallest; default the smallest. Counts are best drawn
 *   from 0, or a picture trained on evenly would look as if half of it had been left out.
 * @param options.percentile where to saturate, 0 < p ≤ 100; default `imageDefaults.heatmapPercentile`
 * @throws ArgumentError when the length or the percentile is wrong, or a value is not finite
 * @example
 * const { image, ceiling } = createHeatmap(Float32Array.of(0, 1, 2, 3), 2, 2);
 */
export function createHeatmap(
  values: Uint32Array | Float32Array,
  width: number,
  height: number,
  options: { readonly percentile?: number; readonly darkest?: number } = {},
): Heatmap {
  const percentile = options.percentile ?? imageDefaults.heatmapPercentile;
  checkLayout({ width, height, channels: 1 });
  checkLength('values of a heat map', values, { width, height, channels: 1 });
  if (!(percentile > 0 && percentile <= 100)) {
    throw new ArgumentError(`got percentile ${percentile}; expected more than 0 and at most 100`);
  }
  const { smallest, max } = extremes(values);
  if (!Number.isFinite(smallest) || !Number.isFinite(max)) {
    throw new ArgumentError(
      `got ${Number.isFinite(smallest) ? max : smallest} among the values of a heat map; expected finite numbers; ` +
        'leave out or replace what could not be measured',
    );
  }
  const min = options.darkest ?? smallest;
  if (!(min <= smallest)) {
    throw new ArgumentError(`got ${min} as the darkest value; expected at most the smallest, ${smallest}`);
  }
  const ceiling = nthSmallest(values, Math.max(0, Math.ceil((percentile / 100) * values.length) - 1), max);
  const steps = heatColours.length / 3 - 1;
  // With all values below the ceiling alike there is nothing to tell apart: those show darkest, any above brightest.
  const factor = ceiling > min ? steps / (ceiling - min) : Infinity;
  const data = new Uint8Array(values.length * 3);
  for (let i = 0; i < values.length; i++) {
    const above = values[i]! - min;
    const step = above === 0 ? 0 : Math.min(steps, Math.round(above * factor));
    for (let c = 0; c < 3; c++) data[3 * i + c] = heatColours[3 * step + c]!;
  }
  return { image: createImage({ width, height, channels: 3 }, data), min, max, ceiling };
}

/** The smallest and the largest value; NaN is larger than all. */
function extremes(values: Uint32Array | Float32Array): { readonly smallest: number; readonly max: number } {
  let [smallest, max] = [Infinity, -Infinity];
  let known = true;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (value < smallest) smallest = value;
    if (value > max) max = value;
    known &&= !Number.isNaN(value);
  }
  return { smallest, max: known ? max : NaN };
}

/** The value that stands at a place, from 0, when all are sorted. No copy of them is made where none has a sign. */
function nthSmallest(values: Uint32Array | Float32Array, place: number, max: number): number {
  const { buffer, byteOffset, length } = values;
  // Floats without a sign are ordered as their bits are.
  const keys = new Uint32Array(buffer, byteOffset, length);
  const bits = new Uint32Array(1);
  const found = values instanceof Float32Array ? new Float32Array(bits.buffer) : bits;
  found[0] = max;
  const high = bits[0]!;
  for (let i = 0; i < length; i++) if (keys[i]! > high) return values.slice().sort()[place]!;
  const kth = new KthLargest();
  kth.find(keys, length, length - place, 0, high);
  bits[0] = kth.key;
  return found[0];
}

/**
 * The heat map's 256 colours, darkest first: `[256, 3]`, sRGB. Lightness rises in equal steps and the hue turns
 * evenly from violet to yellow.
 */
export const heatColours: Uint8Array = computeHeatColours();

function computeHeatColours(): Uint8Array {
  const colours = new Uint8Array(256 * 3);
  for (let i = 0; i < 256; i++) {
    const t = i / 255;
    const lightness = 0.13 + 0.84 * t;
    const hue = ((-75 + 180 * t) * Math.PI) / 180;
    const chroma = 0.02 + 0.17 * Math.sin(Math.PI * Math.min(1, 0.08 + 0.84 * t));
    colours.set(fitToGamut(lightness, chroma, hue), 3 * i);
  }
  return colours;
}

/** The colour of this lightness and hue whose chroma is the largest that sRGB can show, up to the one asked for. */
function fitToGamut(lightness: number, chroma: number, hue: number): number[] {
  let shown = 0;
  let asked = chroma;
  if (isDisplayable(oklabToLinear(lightness, chroma, hue))) shown = chroma;
  else {
    for (let i = 0; i < 20; i++) {
      const middle = (shown + asked) / 2;
      if (isDisplayable(oklabToLinear(lightness, middle, hue))) shown = middle;
      else asked = middle;
    }
  }
  return oklabToLinear(lightness, shown, hue).map((value) =>
    Math.round(255 * gamma(Math.min(1, Math.max(0, value)))),
  );
}

function isDisplayable(linear: readonly number[]): boolean {
  return linear.every((value) => value >= 0 && value <= 1);
}

/** OKLab in polar form to linear sRGB; the matrices are those of B. Ottosson, "A perceptual color space" (2020). */
function oklabToLinear(lightness: number, chroma: number, hue: number): number[] {
  const a = chroma * Math.cos(hue);
  const b = chroma * Math.sin(hue);
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
  return [
    4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
    -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
    -0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s,
  ];
}

/** The sRGB transfer curve (IEC 61966-2-1). */
function gamma(linear: number): number {
  return linear <= 0.0031308 ? 12.92 * linear : 1.055 * linear ** (1 / 2.4) - 0.055;
}
