// Decodes photographs and masks, in the size of their camera.
import { firstLine } from '../../core/check.js';
import { InputError } from '../../core/errors.js';
import type { GridSize } from '../../core/index.js';
import type { Mask, View } from '../scene.js';
import { loadSharp } from './sharp.js';

/** A photograph in memory. */
export interface PhotographPixels {
  /** 4 where parts are transparent; otherwise 3. */
  readonly channels: 3 | 4;
  /** `[height · width, channels]`, sRGB from 0 to 255; alpha does not multiply the colours. */
  readonly data: Uint8Array;
  /** One bit a pixel, from the lowest on: set where it is to be left out. Undefined where all count. */
  readonly ignored: Uint8Array | undefined;
}

/** A view with its photograph's file. */
export type PhotographView = View & { readonly file: string };

/**
 * Reads a view's photograph and mask. Pixels are taken as they are stored (no EXIF turn), 16 bits become 8, profiles
 * become sRGB; one of another size than the camera is resized, its mask by the nearest pixel.
 *
 * @throws InputError for a file that is missing, damaged or no image
 */
export async function readPhotograph(view: PhotographView): Promise<PhotographPixels> {
  const { mask, intrinsics: size } = view;
  const pixels = await readPixels(view);
  return { ...pixels, ignored: mask === undefined ? undefined : await readMask(mask, size) };
}

/** Whether a view's photograph has pixels that are not opaque. @throws as `readPhotograph` */
export async function hasTransparency(view: PhotographView): Promise<boolean> {
  return (await readPixels(view)).channels === 4;
}

async function readPixels({
  file,
  intrinsics: size,
  transparent,
}: PhotographView): Promise<Pick<PhotographPixels, 'channels' | 'data'>> {
  const found = await decode(file, size, { kernel: 'lanczos3', space: 'srgb', depth: 'uchar' });
  const pixels = size.width * size.height;
  const { buffer, byteOffset, length } = found.data;
  const given = { channels: found.channels, data: new Uint8Array(buffer, byteOffset, length) };
  const { channels, data } = transparent === undefined ? given : withKey(given, pixels, transparent);
  const hasAlpha = (channels === 2 || channels === 4) && !isOpaque(data, channels);
  const kept = hasAlpha ? 4 : 3;
  return { channels: kept, data: channels === kept ? data : rearranged(data, pixels, channels, kept) };
}

/** Formats that cameras and renderers write and that are not read here, by what their files end in. */
const unsupported = /\.(exr|hdr|heic|heif|dng|cr[23]|nef|arw|raw|bmp|tga|psd|jxl|pfm|npy)$/i;

/** The name of a picture's format, where it is legal and not supported. */
export function unsupportedFormat(file: string): string | undefined {
  return unsupported.exec(file)?.[1]?.toUpperCase();
}

/** Pictures whose black is not quite black. */
const lossy = /\.(jpe?g|webp|avif)$/i;

/**
 * Reads a mask: one bit a pixel, set where it is to be left out. A pixel is black where all its colours are 0 at their full
 * depth, or where it is transparent; in a format that loses detail, where they are below half.
 *
 * @throws as `readPhotograph`
 */
export async function readMask({ file, ignore }: Mask, size: GridSize): Promise<Uint8Array> {
  const { data: bytes, channels } = await decode(file, size, {
    kernel: 'nearest',
    space: 'rgb16',
    depth: 'ushort',
  });
  const data = new Uint16Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
  const limit = lossy.test(file) ? 2 ** 15 : 1;
  const pixels = size.width * size.height;
  const alpha = channels === 2 || channels === 4 ? channels - 1 : undefined;
  const colours = channels - (alpha === undefined ? 0 : 1);
  const bits = new Uint8Array((pixels + 7) >> 3);
  for (let pixel = 0, at = 0; pixel < pixels; pixel++, at += channels) {
    let black = true;
    for (let c = 0; c < colours; c++) black &&= data[at + c]! < limit;
    if (alpha !== undefined && data[at + alpha] === 0) black = true;
    if (black === (ignore === 'black')) bits[pixel >> 3]! |= 1 << (pixel & 7);
  }
  return bits;
}

interface Decoding {
  readonly kernel: 'lanczos3' | 'nearest';
  readonly space: 'srgb' | 'rgb16';
  readonly depth: 'uchar' | 'ushort';
}

async function decode(
  file: string,
  { width, height }: GridSize,
  { kernel, space, depth }: Decoding,
): Promise<{ data: Buffer<ArrayBuffer>; channels: number }> {
  const sharp = await loadSharp();
  try {
    const found = await sharp(file).metadata();
    // Left to itself the decoder takes 16 bits to Display P3.
    const deep = found.depth === 'ushort';
    const source = sharp(file, { failOn: 'error', limitInputPixels: false, ignoreIcc: deep });
    if (deep && depth === 'uchar' && hasColourProfile(found.icc)) source.withIccProfile('srgb');
    const sized =
      found.width === width && found.height === height
        ? source
        : source.resize(width, height, { fit: 'fill', kernel });
    const { data, info } = await sized
      .toColourspace(space)
      .raw({ depth })
      .toBuffer({ resolveWithObject: true });
    return { data: data, channels: info.channels };
  } catch (error) {
    throw new InputError(
      `${file}: the picture cannot be read (${firstLine(error)}); expected a complete image file; copy it again`,
      { cause: error },
    );
  }
}

/** Whether a profile is of colours (ICC.1:2010, 7.2). */
function hasColourProfile(icc: Buffer | undefined): boolean {
  return icc?.toString('latin1', 36, 40) === 'acsp' && icc.toString('latin1', 16, 20) === 'RGB ';
}

function isOpaque(data: Uint8Array, channels: number): boolean {
  for (let i = channels - 1; i < data.length; i += channels) if (data[i] !== 255) return false;
  return true;
}

/** The same with alpha, which is 0 where all colours are one of the values. */
function withKey(
  { channels, data }: { readonly channels: number; readonly data: Uint8Array },
  pixels: number,
  values: readonly number[],
): { channels: 4; data: Uint8Array } {
  const whole = channels === 4 ? data.slice() : rearranged(data, pixels, channels, 4);
  for (let at = 0; at < whole.length; at += 4) {
    const grey = whole[at]!;
    if (whole[at + 1] === grey && whole[at + 2] === grey && values.includes(grey)) whole[at + 3] = 0;
  }
  return { channels: 4, data: whole };
}

/** Grey becomes three equal colours; alpha comes last, opaque where there was none, or goes. */
function rearranged(data: Uint8Array, pixels: number, channels: number, kept: 3 | 4): Uint8Array {
  const out = new Uint8Array(pixels * kept);
  const grey = channels < 3;
  const hasAlpha = channels === 2 || channels === 4;
  for (let pixel = 0; pixel < pixels; pixel++) {
    const from = pixel * channels;
    const to = pixel * kept;
    for (let c = 0; c < 3; c++) out[to + c] = data[grey ? from : from + c]!;
    if (kept === 4) out[to + 3] = hasAlpha ? data[from + channels - 1]! : 255;
  }
  return out;
}
