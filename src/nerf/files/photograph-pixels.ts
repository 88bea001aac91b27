// Decodes photographs and masks, in the size of their camera.
import sharp from 'sharp';
import { firstLine } from '../../core/check.js';
import { InputError, type GridSize } from '../../core/index.js';
import type { Mask, View } from '../scene.js';

/** A photograph in memory. */
export interface PhotographPixels {
  /** 4 where parts are transparent; otherwise 3. */
  readonly channels: 3 | 4;
  /** `[height · width, channels]`, sRGB from 0 to 255; alpha does not multiply the colours. */
  readonly data: Uint8Array;
  /** One bit a pixel, from the lowest on: set where it is to be left out. Undefined where all count. */
  readonly ignored: Uint8Array | undefined;
}

/**
 * Reads a view's photograph and mask. Pixels are taken as they are stored (no EXIF turn), 16 bits become 8, profiles
 * become sRGB; one of another size than the camera is resized, its mask by the nearest pixel.
 *
 * @throws InputError for a file that is missing, damaged or no image
 */
export async function readPhotograph(view: View & { readonly file: string }): Promise<PhotographPixels> {
  const { file, mask, intrinsics: size } = view;
  const { data, channels } = await decode(file, size, 'lanczos3');
  const pixels = size.width * size.height;
  const hasAlpha = (channels === 2 || channels === 4) && !isOpaque(data, channels);
  const kept = hasAlpha ? 4 : 3;
  return {
    channels: kept,
    data: channels === kept ? data : rearranged(data, pixels, channels, kept),
    ignored: mask === undefined ? undefined : await readMask(mask, size),
  };
}

async function decode(
  file: string,
  { width, height }: GridSize,
  kernel: 'lanczos3' | 'nearest',
): Promise<{ data: Uint8Array; channels: number }> {
  try {
    const source = sharp(file, { failOn: 'error', limitInputPixels: false });
    const found = await source.metadata();
    const sized =
      found.width === width && found.height === height
        ? source
        : source.resize(width, height, { fit: 'fill', kernel });
    const { data, info } = await sized
      .toColourspace('srgb')
      .raw({ depth: 'uchar' })
      .toBuffer({ resolveWithObject: true });
    return { data: new Uint8Array(data.buffer, data.byteOffset, data.length), channels: info.channels };
  } catch (error) {
    throw new InputError(
      `${file}: the picture cannot be read (${firstLine(error)}); expected a complete image file; copy it again`,
      { cause: error },
    );
  }
}

/** A pixel is black where all its colours are 0. */
async function readMask({ file, ignore }: Mask, size: GridSize): Promise<Uint8Array> {
  const { data, channels } = await decode(file, size, 'nearest');
  const pixels = size.width * size.height;
  const colours = channels < 3 ? 1 : 3;
  const bits = new Uint8Array((pixels + 7) >> 3);
  for (let pixel = 0, at = 0; pixel < pixels; pixel++, at += channels) {
    const black = data[at] === 0 && (colours === 1 || (data[at + 1] === 0 && data[at + 2] === 0));
    if (black === (ignore === 'black')) bits[pixel >> 3]! |= 1 << (pixel & 7);
  }
  return bits;
}

function isOpaque(data: Uint8Array, channels: number): boolean {
  for (let i = channels - 1; i < data.length; i += channels) if (data[i] !== 255) return false;
  return true;
}

/** Grey becomes three equal colours; alpha comes last or goes. */
function rearranged(data: Uint8Array, pixels: number, channels: number, kept: 3 | 4): Uint8Array {
  const out = new Uint8Array(pixels * kept);
  const grey = channels < 3;
  for (let pixel = 0; pixel < pixels; pixel++) {
    const from = pixel * channels;
    const to = pixel * kept;
    for (let c = 0; c < 3; c++) out[to + c] = data[grey ? from : from + c]!;
    if (kept === 4) out[to + 3] = data[from + channels - 1]!;
  }
  return out;
}
