// Decodes files and buffers. The result is upright and interleaved, grey, RGB or RGBA, whatever the file holds (a palette,
// CMYK, an EXIF rotation, 16 bits). Damaged or unsuitable files are refused with a message that says what to do.
import { readFile } from 'node:fs/promises';
import sharp, { type Metadata, type Sharp } from 'sharp';
import { firstLine } from '../../core/check.js';
import { ArgumentError, InputError, type GridSize } from '../../core/index.js';
import { readWhole } from '../../core/read-whole.js';
import { createImage, imageDefaults, type Channels, type Image } from '../image.js';

/** A width and a height in pixels. */
export type PixelSize = GridSize;

/** What to do with a picture while it is read: crop first, then resize. */
export interface DecodeOptions {
  /** Keep the centre: a square's side, or a width and height. */
  readonly crop?: number | PixelSize;
  /** Scale to a size (the aspect ratio may change), or shrink to at most so many pixels (it does not). Lanczos. */
  readonly resize?: PixelSize | { readonly maxPixels: number };
  /** Refuse files that claim more pixels than this; default `imageDefaults.limitPixels`. */
  readonly limitPixels?: number;
}

/** Formats that are read, by the decoder's name for them; AVIF is a kind of HEIF. */
const readable: Readonly<Record<string, string>> = {
  png: 'PNG',
  jpeg: 'JPEG',
  webp: 'WebP',
  heif: 'AVIF',
  tiff: 'TIFF',
};
const expectedFormats = 'expected a PNG, JPEG, WebP, AVIF or TIFF image';
const saveAgain = 'save or download it again';

/**
 * Reads a picture from a file.
 *
 * Orientation (EXIF) is applied, palettes are expanded, CMYK and embedded colour profiles become sRGB, 16 bits stay
 * 16 bits. Grey stays one channel; grey with alpha becomes RGBA. An alpha channel that is opaque throughout is
 * dropped: it holds nothing to learn. Of an animation or a multi-page TIFF the first page is read.
 *
 * @param file path of a PNG, JPEG, WebP, AVIF or TIFF
 * @returns an image of at least 2×2 pixels whose data belongs to the caller
 * @throws InputError for a file that is missing, unreadable, no image, damaged, too small or too large, or smaller
 *   than the crop; ArgumentError for a crop or resize that no image could satisfy
 */
export async function loadImage(file: string, options: DecodeOptions = {}): Promise<Image> {
  const bytes = await readWhole(readFile, file, expectedFormats, saveAgain);
  return decodeImage(bytes, { ...options, name: file });
}

/**
 * Decodes a picture from memory; all else as `loadImage`.
 *
 * @param bytes the encoded file
 * @param options.name what to call the picture in error messages
 */
export async function decodeImage(
  bytes: Uint8Array,
  options: DecodeOptions & { readonly name?: string } = {},
): Promise<Image> {
  const name = options.name ?? 'the image';
  const limit = options.limitPixels ?? imageDefaults.limitPixels;
  checkPositive('limitPixels', limit, 1);
  const metadata = await readMetadata(bytes, name);
  const source = metadata.autoOrient;
  checkSource(source, limit, name);
  const steps = planGeometry(source, options, name);
  const target = chooseTarget(metadata, name);
  const { data, info } = await decoding(name, () => {
    // The strictest level would refuse files for odd metadata; this one refuses whatever lost pixels.
    let pipeline = sharp(bytes, { failOn: 'error', limitInputPixels: limit }).autoOrient();
    pipeline = applyGeometry(pipeline, steps).toColourspace(target.space);
    return pipeline
      .raw({ depth: target.depth === 16 ? 'ushort' : 'uchar' })
      .toBuffer({ resolveWithObject: true });
  });
  const samples =
    target.depth === 16 ? sixteenBit(data) : new Uint8Array(data.buffer, data.byteOffset, data.length);
  return asImage(samples, info.width, info.height, info.channels);
}

async function readMetadata(bytes: Uint8Array, name: string): Promise<Metadata> {
  if (bytes.length === 0) {
    throw new InputError(`${name}: the file is empty (0 bytes); ${expectedFormats}; ${saveAgain}`);
  }
  let metadata: Metadata;
  try {
    // The limit is checked below, with a message that names it; the header alone allocates nothing.
    metadata = await sharp(bytes, { limitInputPixels: false }).metadata();
  } catch (error) {
    throw new InputError(
      `${name}: not a readable image (${firstLine(error)}); ${expectedFormats}; ` +
        'check that the file is what its name says, or convert it',
      { cause: error },
    );
  }
  if (readable[metadata.format] === undefined) {
    throw new InputError(`${name}: got a file of format ${metadata.format}; ${expectedFormats}; convert it`);
  }
  return metadata;
}

function checkSource({ width, height }: PixelSize, limit: number, name: string): void {
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
}

interface Geometry {
  readonly crop?: { readonly left: number; readonly top: number } & PixelSize;
  readonly resize?: PixelSize;
}

/** Works out crop and resize in whole pixels. The crop's offset is floor((size − crop) / 2) on both axes. */
function planGeometry(source: PixelSize, options: DecodeOptions, name: string): Geometry {
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

function applyGeometry(pipeline: Sharp, { crop, resize }: Geometry): Sharp {
  const cropped = crop === undefined ? pipeline : pipeline.extract(crop);
  return resize === undefined
    ? cropped
    : cropped.resize(resize.width, resize.height, { fit: 'fill', kernel: 'lanczos3' });
}

/** The colour space and depth to decode to: as little conversion as grey/RGB in 8 or 16 bits allows. */
function chooseTarget(metadata: Metadata, name: string): { space: string; depth: 8 | 16 } {
  const grey = (metadata.space === 'b-w' || metadata.space === 'grey16') && !metadata.hasAlpha;
  if (metadata.depth === 'uchar') return { space: grey ? 'b-w' : 'srgb', depth: 8 };
  if (metadata.depth === 'ushort') return { space: grey ? 'grey16' : 'rgb16', depth: 16 };
  throw new InputError(
    `${name}: got samples of type ${metadata.depth}; expected 8 or 16 bits per channel; ` +
      'convert the file to a 16-bit PNG or TIFF',
  );
}

async function decoding<T>(name: string, decode: () => Promise<T>): Promise<T> {
  try {
    return await decode();
  } catch (error) {
    throw new InputError(
      `${name}: the image is damaged or cut short (${firstLine(error)}); expected a complete file; ` +
        'download or save it again',
      { cause: error },
    );
  }
}

/** sharp answers 16-bit samples as bytes in the machine's order; the copy is aligned to two bytes. */
function sixteenBit(data: Buffer): Uint16Array {
  return new Uint16Array(new Uint8Array(data).buffer);
}

/** Makes an image of 1–4 interleaved channels: two become RGBA, an opaque alpha goes. */
function asImage(samples: Uint8Array | Uint16Array, width: number, height: number, channels: number): Image {
  const hasAlpha = channels === 2 || channels === 4;
  const colours = hasAlpha ? channels - 1 : channels;
  const keepAlpha = hasAlpha && !isOpaque(samples, channels);
  const wanted: Channels = keepAlpha ? 4 : colours === 1 ? 1 : 3;
  if (wanted === channels) return createImage({ width, height, channels: wanted }, samples);
  const pixels = width * height;
  const length = pixels * wanted;
  const data = samples instanceof Uint16Array ? new Uint16Array(length) : new Uint8Array(length);
  for (let pixel = 0; pixel < pixels; pixel++) {
    const from = pixel * channels;
    const to = pixel * wanted;
    for (let c = 0; c < wanted; c++) {
      const source = c === 3 ? channels - 1 : Math.min(c, colours - 1);
      data[to + c] = samples[from + source]!;
    }
  }
  return createImage({ width, height, channels: wanted }, data);
}

function isOpaque(samples: Uint8Array | Uint16Array, channels: number): boolean {
  const opaque = samples instanceof Uint16Array ? 65535 : 255;
  for (let i = channels - 1; i < samples.length; i += channels) if (samples[i] !== opaque) return false;
  return true;
}

function checkPositive(setting: string, value: number, least: number): void {
  if (!Number.isInteger(value) || value < least) {
    throw new ArgumentError(`got ${setting} ${value}; expected a whole number of pixels, at least ${least}`);
  }
}
