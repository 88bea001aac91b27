// Encodes pictures. All formats are lossless except JPEG, which has one documented quality. A format that cannot hold the
// picture refuses it; nothing is converted silently.
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Sharp } from 'sharp';
import { ArgumentError, OutputError } from '../../core/errors.js';
import { checkLayout, checkLength, imageDefaults, type Image } from '../image.js';
import { loadSharp } from './sharp.js';

/** The formats that can be written. WebP, AVIF and TIFF are written losslessly. */
export type ImageFormat = 'png' | 'jpeg' | 'webp' | 'avif' | 'tiff';

const formatOf: Readonly<Record<string, ImageFormat>> = {
  '.png': 'png',
  '.jpg': 'jpeg',
  '.jpeg': 'jpeg',
  '.webp': 'webp',
  '.avif': 'avif',
  '.tif': 'tiff',
  '.tiff': 'tiff',
};

/**
 * Encodes an image.
 *
 * PNG and TIFF hold every image, 16 bits included; WebP and AVIF hold 8 bits (as RGB or RGBA: grey comes back as three
 * equal channels); JPEG holds 8 bits without alpha, with `imageDefaults.jpegQuality` and full colour resolution.
 *
 * @returns the bytes of a whole file, the caller's to keep
 * @throws ArgumentError when the format cannot hold the image's depth or alpha
 * @example
 * const image = createImage({ width: 2, height: 2, channels: 1 }, Uint8Array.of(0, 80, 160, 255));
 * const bytes = await encodeImage(image, 'webp');
 */
export async function encodeImage(image: Image, format: ImageFormat): Promise<Uint8Array> {
  checkLayout(image);
  checkLength('image data', image.data, image);
  const { width, height, channels, depth, data } = image;
  if (depth === 16 && format !== 'png' && format !== 'tiff') {
    throw new ArgumentError(
      `got a 16-bit image to write as ${format}; expected 8 bits; choose png or tiff, or convert it to 8 bits`,
    );
  }
  if (channels === 4 && format === 'jpeg') {
    throw new ArgumentError('got an image with alpha to write as jpeg; expected 1 or 3 channels; choose png');
  }
  const space = channels === 1 ? (depth === 16 ? 'grey16' : 'b-w') : depth === 16 ? 'rgb16' : 'srgb';
  const sharp = await loadSharp();
  const pixels = sharp(data, { raw: { width, height, channels }, limitInputPixels: false }).toColourspace(
    space,
  );
  return withFormat(pixels, format).toBuffer();
}

/**
 * Encodes as PNG, which holds every image here without loss. Shorthand for `encodeImage(image, 'png')`.
 * @throws as `encodeImage`
 * @example
 * const image = createImage({ width: 2, height: 2, channels: 1 }, Uint8Array.of(0, 80, 160, 255));
 * const bytes = await encodePng(image);
 */
export function encodePng(image: Image): Promise<Uint8Array> {
  return encodeImage(image, 'png');
}

/**
 * Writes an image to a file whose extension says the format. The image is encoded before the file is opened, so an
 * image that cannot be encoded leaves an existing file as it was.
 *
 * @throws ArgumentError for an unknown extension or an image the format cannot hold; OutputError when the file
 *   cannot be written
 * @example
 * const image = createImage({ width: 2, height: 2, channels: 1 }, Uint8Array.of(0, 80, 160, 255));
 * await saveImage('photo.png', image);
 */
export async function saveImage(file: string, image: Image): Promise<void> {
  const extension = path.extname(file).toLowerCase();
  const format = formatOf[extension];
  if (format === undefined) {
    throw new ArgumentError(
      `${file}: got the extension "${extension}"; expected one of ${Object.keys(formatOf).join(', ')}; rename the file`,
    );
  }
  const bytes = await encodeImage(image, format);
  try {
    await writeFile(file, bytes);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new OutputError(
      `${file}: the image could not be written (${reason}); expected a folder that exists and may be written to; ` +
        'create it or choose another path',
      { cause: error },
    );
  }
}

function withFormat(pixels: Sharp, format: ImageFormat): Sharp {
  switch (format) {
    case 'png':
      return pixels.png({ compressionLevel: imageDefaults.pngCompression });
    case 'jpeg':
      return pixels.jpeg({ quality: imageDefaults.jpegQuality, chromaSubsampling: '4:4:4' });
    case 'webp':
      return pixels.webp({ lossless: true, exact: true });
    case 'avif':
      return pixels.avif({ lossless: true, chromaSubsampling: '4:4:4' });
    case 'tiff':
      return pixels.tiff({ compression: 'deflate' });
  }
}
