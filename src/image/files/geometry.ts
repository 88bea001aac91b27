// Crop and resize in whole pixels, worked out before anything is decoded.
import { ArgumentError, InputError } from '../../core/errors.js';
import type { GridSize } from '../../core/index.js';
import { imageDefaults } from '../image.js';

/** A width and a height in pixels. */
export type PixelSize = GridSize;

/** What to do with a picture's area: crop first, then resize. */
export interface GeometryOptions {
  /** Keep the centre: a square's side, or a width and height. */
  readonly crop?: number | PixelSize;
  /** Scale to a size (the aspect ratio may change), or shrink to at most so many pixels (it does not). Lanczos. */
  readonly resize?: PixelSize | { readonly maxPixels: number };
}

/** What is done, in whole pixels. */
export interface Geometry {
  readonly crop?: { readonly left: number; readonly top: number } & PixelSize;
  readonly resize?: PixelSize;
}

/** @throws InputError for a picture that is too small or has more pixels than `limit`, of four bands each */
export function checkSource({ width, height }: PixelSize, limit: number, bands: number, name: string): void {
  const least = imageDefaults.minSide;
  if (width < least || height < least) {
    throw new InputError(
      `${name}: got an image of ${width}×${height} pixels; expected at least ${least}×${least}; ` +
        'there is nothing to fit in a single row or column, use a larger image',
    );
  }
  if (width * height > limit) {
    throw new InputError(
      `${name}: got an image of ${width}×${height} = ${width * height} pixels; ` +
        `expected at most ${limit} (limitPixels); shrink the file, or raise the limit if there is memory for it`,
    );
  }
  const most = Math.floor((4 * limit) / bands);
  if (width * height > most) {
    throw new InputError(
      `${name}: got an image of ${width}×${height} = ${width * height} pixels with ${bands} bands; ` +
        `expected at most ${most} of so many bands (4 · limitPixels values); keep fewer bands in the file`,
    );
  }
}

/**
 * Works out crop and resize. The crop's offset is floor((size − crop) / 2) on both axes.
 * @throws InputError for a crop beyond the picture; ArgumentError for one or a size that no picture could have
 */
export function planGeometry(
  source: PixelSize,
  options: GeometryOptions,
  limit: number,
  name: string,
): Geometry {
  let { width, height } = source;
  let plan: Geometry = {};
  if (options.crop !== undefined) {
    const crop =
      typeof options.crop === 'number' ? { width: options.crop, height: options.crop } : options.crop;
    checkPositive('crop', crop.width, imageDefaults.minSide);
    checkPositive('crop', crop.height, imageDefaults.minSide);
    if (crop.width > width || crop.height > height) {
      throw new InputError(
        `${name}: got a crop of ${crop.width}×${crop.height} from an image of ${width}×${height} pixels; ` +
          'expected a crop that lies inside the image; make the crop smaller or leave it out',
      );
    }
    const left = Math.floor((width - crop.width) / 2);
    const top = Math.floor((height - crop.height) / 2);
    ({ width, height } = crop);
    plan = { crop: { left, top, width, height } };
  }
  if (options.resize === undefined) return plan;
  const resize =
    'maxPixels' in options.resize ? shrink({ width, height }, options.resize.maxPixels) : options.resize;
  checkPositive('resize', resize.width, imageDefaults.minSide);
  checkPositive('resize', resize.height, imageDefaults.minSide);
  const pixels = resize.width * resize.height;
  if (pixels > limit || Math.max(resize.width, resize.height) > imageDefaults.maxSide) {
    throw new ArgumentError(
      `got a resize to ${resize.width}×${resize.height} = ${pixels} pixels; expected at most ${limit} pixels ` +
        `(limitPixels) and ${imageDefaults.maxSide} on a side; choose a smaller size`,
    );
  }
  return resize.width === width && resize.height === height ? plan : { ...plan, resize };
}

/** The largest size of the same aspect ratio with at most `maxPixels` pixels; never enlarges, no side below 2. */
function shrink({ width, height }: PixelSize, maxPixels: number): PixelSize {
  checkPositive('resize.maxPixels', maxPixels, imageDefaults.minSide ** 2);
  if (width * height <= maxPixels) return { width, height };
  const scale = Math.sqrt(maxPixels / (width * height));
  const short = Math.max(imageDefaults.minSide, Math.floor(Math.min(width, height) * scale));
  const long = Math.min(Math.round(Math.max(width, height) * scale), Math.floor(maxPixels / short));
  return width >= height ? { width: long, height: short } : { width: short, height: long };
}

/** @throws ArgumentError */
export function checkPositive(what: string, value: number, least: number): void {
  if (!Number.isInteger(value) || value < least) {
    throw new ArgumentError(`got ${what} ${value}; expected a whole number of pixels, at least ${least}`);
  }
}
