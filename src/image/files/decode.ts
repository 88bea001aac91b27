// Decodes files and buffers. The result is upright and interleaved, grey, RGB or RGBA, whatever the file holds (a palette,
// CMYK, an EXIF rotation, 16 bits). Damaged or unsuitable files are refused with a message that says what to do.
import { readFile } from 'node:fs/promises';
import type { Sharp } from 'sharp';
import { checkInteger, firstLine } from '../../core/check.js';
import { InputError } from '../../core/errors.js';
import { readWhole } from '../../core/read-whole.js';
import { imageDefaults, type Image } from '../image.js';
import { checkBands, chooseBands, imageOf, type Spell } from './bands.js';
import { checkHolds } from './bounds.js';
import { expectedFormats, missingFeature } from './formats.js';
import {
  checkPositive,
  checkSource,
  planGeometry,
  type Geometry,
  type GeometryOptions,
  type PixelSize,
} from './geometry.js';
import { mostBands, readHeader, type Header } from './header.js';
import { loadSharp } from './sharp.js';

export type { PixelSize } from './geometry.js';

/** What to do with a picture while it is read: crop first, then resize. */
export interface DecodeOptions extends GeometryOptions {
  /** Which page of a TIFF or picture of an animation, from 1. Default: the first that is no reduced copy and no mask. */
  readonly page?: number;
  /**
   * Which bands to use, from 1: one as grey, three as red, green and blue, a fourth as alpha. Default: the colours and the
   * alpha that the file says it has.
   */
  readonly bands?: readonly number[];
  /** Refuse files that claim more pixels than this; default `imageDefaults.limitPixels`. */
  readonly limitPixels?: number;
  /** How messages name `page` and `bands` with a value; default `page: 2`. */
  readonly spell?: Spell;
}

/** A picture, and what its file held besides. */
export interface ReadImage {
  /** The caller's own. */
  readonly image: Image;
  /** The page's size before crop and resize, upright. */
  readonly source: PixelSize;
  /** What of the file is not in the image, a sentence each: other pages, bands that are no colours. */
  readonly notes: readonly string[];
}

const saveAgain = 'save or download it again';

/**
 * Reads a picture from a file.
 *
 * Orientation (EXIF) is applied, palettes are expanded, CMYK and embedded colour profiles become sRGB, 16 bits stay
 * 16 bits (those of CMYK become 8), 10 and 12 bits of AVIF are scaled to 16. Grey stays one channel; grey with alpha
 * becomes RGBA. An alpha channel that is opaque throughout is dropped: it holds nothing to learn. Alpha is what the file
 * says is alpha; `readImage` tells of other bands and pages.
 *
 * @param file path of a PNG, JPEG, WebP, AVIF, TIFF or GIF
 * @returns an image of at least 2×2 pixels whose data belongs to the caller
 * @throws InputError for a file that is missing, unreadable, no image, damaged, of a kind that is not supported, too small
 *   or too large, smaller than the crop, without such a page or band, or of bands that are not said to be colours where
 *   `bands` does not choose; ArgumentError for options that no image could satisfy
 * @example
 * const image = await loadImage('photo.jpg', { resize: { width: 256, height: 256 } });
 */
export async function loadImage(file: string, options: DecodeOptions = {}): Promise<Image> {
  return (await readImage(file, options)).image;
}

/**
 * As `loadImage`, with the notes that a user should see.
 * @throws as `loadImage`
 * @example
 * const { image, notes } = await readImage('scan.tiff', { page: 2 });
 * for (const note of notes) console.warn(note);
 */
export async function readImage(file: string, options: DecodeOptions = {}): Promise<ReadImage> {
  const bytes = await readWhole(readFile, file, expectedFormats, saveAgain);
  return readBytes(bytes, options, file);
}

/**
 * Decodes a picture from memory; all else as `loadImage`.
 *
 * @param bytes the encoded file
 * @param options.name what to call the picture in error messages
 * @throws as `loadImage`
 * @example
 * const response = await fetch('https://example.com/photo.png');
 * const image = await decodeImage(new Uint8Array(await response.arrayBuffer()), { name: 'photo.png' });
 */
export async function decodeImage(
  bytes: Uint8Array,
  options: DecodeOptions & { readonly name?: string } = {},
): Promise<Image> {
  return (await readBytes(bytes, options, options.name ?? 'the image')).image;
}

async function readBytes(bytes: Uint8Array, options: DecodeOptions, name: string): Promise<ReadImage> {
  const limit = options.limitPixels ?? imageDefaults.limitPixels;
  checkPositive('limitPixels', limit, 1);
  if (options.page !== undefined)
    checkInteger('page', options.page, 1, Number.MAX_SAFE_INTEGER, 'pages count from 1');
  checkBands(options.bands);
  if (bytes.length === 0) {
    throw new InputError(`${name}: the file is empty (0 bytes); ${expectedFormats}; ${saveAgain}`);
  }
  const spell: Spell = options.spell ?? ((option, value) => `${option}: ${value}`);
  const header = await readHeader(bytes, options.page, name, spell);
  const { size: source, bands } = header;
  checkSource(source, limit, bands.colours + bands.beyond, name);
  const pixelBytes = (header.channels * header.depth) / 8;
  checkHolds(bytes, { ...source, format: header.format, pixelBytes }, name);
  const steps = planGeometry(source, options, limit, name);
  const { channels, note } = chooseBands(bands, options.bands, name, spell);
  const image = await decode({ header, limit, name }, steps, channels);
  return { image, source, notes: note === undefined ? header.notes : [...header.notes, note] };
}

/** What is decoded. */
interface Source {
  readonly header: Header;
  readonly limit: number;
  readonly name: string;
}

/**
 * The decoder resizes while it reads, and multiplies the colours by the last band as alpha. Where the last band is no alpha, or
 * the samples are not yet what they stand for, resizing has to wait.
 */
async function decode(source: Source, steps: Geometry, channels: readonly number[]): Promise<Image> {
  const { bands, scale, profile } = source.header;
  const straight = bands.said && bands.beyond === (bands.alpha === undefined ? 0 : 1);
  const usual = channels.every((channel, i) => channel === (bands.colours === 1 && i < 3 ? 0 : i));
  const { crop, resize } = steps;
  if (resize === undefined || (straight && usual && scale === 1 && !profile)) {
    return decodeOnce(source, steps, channels);
  }
  const whole = await decodeOnce(source, crop === undefined ? {} : { crop }, channels);
  return resized(whole, resize, source);
}

async function decodeOnce(
  { header, limit, name }: Source,
  { crop, resize }: Geometry,
  chosen: readonly number[],
): Promise<Image> {
  const { bytes, page, depth, space, scale, profile, bands, compression } = header;
  const sharp = await loadSharp();
  const { data, info } = await decoding(name, compression, () => {
    let pipeline = sharp(bytes, {
      // The strictest level would refuse files for odd metadata; this one refuses whatever lost pixels.
      failOn: 'error',
      limitInputPixels: limit,
      limitInputChannels: mostBands,
      // Left to itself the decoder takes 16 bits to Display P3. Bands that are no colours have no profile.
      ignoreIcc: depth === 16 || !bands.said,
      ...(page === undefined ? {} : { page }),
    }).autoOrient();
    if (crop !== undefined) pipeline = pipeline.extract(crop);
    if (resize !== undefined) pipeline = scaledTo(pipeline, resize);
    // Half a step more, since what follows cuts off.
    if (scale !== 1) pipeline = pipeline.linear(filled(header, scale), filled(header, 0.5));
    pipeline = pipeline.toColourspace(space);
    if (profile) pipeline = pipeline.withIccProfile('srgb');
    return pipeline.raw({ depth: depth === 16 ? 'ushort' : 'uchar' }).toBuffer({ resolveWithObject: true });
  });
  const samples = depth === 16 ? sixteenBit(data) : new Uint8Array(data.buffer, data.byteOffset, data.length);
  if (Math.max(...chosen) >= info.channels) {
    throw new InputError(
      `${name}: the image is damaged: ${info.channels} of its bands could be read; ` +
        `expected ${Math.max(...chosen) + 1}; download or save it again`,
    );
  }
  return imageOf(samples, info, chosen);
}

const filled = ({ channels }: Header, value: number): number[] => new Array<number>(channels).fill(value);

async function resized(image: Image, size: PixelSize, { name }: Source): Promise<Image> {
  const { width, height, channels, depth } = image;
  const sharp = await loadSharp();
  const { data, info } = await decoding(name, undefined, () =>
    scaledTo(sharp(image.data, { raw: { width, height, channels }, limitInputPixels: false }), size)
      .toColourspace(channels === 1 ? (depth === 16 ? 'grey16' : 'b-w') : depth === 16 ? 'rgb16' : 'srgb')
      .raw({ depth: depth === 16 ? 'ushort' : 'uchar' })
      .toBuffer({ resolveWithObject: true }),
  );
  const samples = depth === 16 ? sixteenBit(data) : new Uint8Array(data.buffer, data.byteOffset, data.length);
  return imageOf(
    samples,
    info,
    Array.from({ length: channels }, (_, i) => i),
  );
}

const scaledTo = (pipeline: Sharp, { width, height }: PixelSize): Sharp =>
  pipeline.resize(width, height, { fit: 'fill', kernel: 'lanczos3' });

async function decoding<T>(
  name: string,
  compression: string | undefined,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw new InputError(`${name}: ${decodeFault(error, compression)}`, { cause: error });
  }
}

function decodeFault(error: unknown, compression: string | undefined): string {
  const missing = missingFeature(error);
  if (missing !== undefined) {
    const codec = compression !== undefined && /compression|decoding/i.test(missing);
    const what = codec ? `${compression}, which is not supported here` : 'what is not supported here';
    return `the image needs ${what} (${missing}); ${expectedFormats} of a usual kind; convert it to PNG`;
  }
  const reason = firstLine(error);
  if (/allocate|out of memory/i.test(reason)) {
    return `there is not enough memory for the image (${reason}); expected a smaller one; shrink the file`;
  }
  return `the image is damaged or cut short (${reason}); expected a complete file; download or save it again`;
}

/** sharp answers 16-bit samples as bytes in the machine's order; the copy is aligned to two bytes. */
function sixteenBit(data: Buffer): Uint16Array {
  return new Uint16Array(new Uint8Array(data).buffer);
}
