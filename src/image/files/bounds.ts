// How many pixels a file can hold by the bytes that it has. A header may claim anything, and a decoder makes room for all of it
// before it finds that nothing follows.
import { InputError } from '../../core/errors.js';
import type { PixelSize } from './geometry.js';

/** Pixels that a byte can stand for at most, where the format sets a limit. */
const mostPixels: Readonly<Record<string, number>> = {
  // A block of 8×8 takes a bit of its own at least, twice that for good measure.
  jpeg: 1024,
  // A code of 12 bits stands for at most 4096 pixels.
  gif: 4096,
};

/** The most that deflate can expand: 258 bytes out of two bits. */
const deflateRatio = 1032;

/** Beyond this many bytes once decoded, a byte of a file has to stand for at most `mostBytes`: 22 million pixels of RGB. */
const alwaysBytes = 2 ** 26;
/** Pictures of one colour come near it in WebP and AVIF, which have no limit of their own. */
const mostBytes = 2 ** 16;

/** What a file claims. */
export interface Claim extends PixelSize {
  /** The decoder's name. */
  readonly format: string;
  /** Bytes of a decoded pixel. */
  readonly pixelBytes: number;
}

/** @throws InputError for a size that the file's bytes cannot hold */
export function checkHolds(bytes: Uint8Array, claim: Claim, name: string): void {
  const { width, height, format, pixelBytes } = claim;
  const most = mostPixels[format];
  const tooMany =
    (most !== undefined && width * height > most * bytes.length) ||
    (format === 'png' && pngBytes(bytes) > deflateRatio * bytes.length);
  if (tooMany) {
    throw new InputError(
      `${name}: the image is damaged or cut short (a header that claims ${width}×${height} pixels, in a file of ` +
        `${bytes.length} bytes); expected a complete file; download or save it again`,
    );
  }
  const decoded = width * height * pixelBytes;
  if (decoded > alwaysBytes && decoded > mostBytes * bytes.length) {
    throw new InputError(
      `${name}: got ${width}×${height} pixels in a file of ${bytes.length} bytes, which is damaged or made to fill the memory; ` +
        `expected at least ${Math.ceil(decoded / mostBytes)} bytes for so many; shrink the picture`,
    );
  }
}

/** Bytes that a PNG's compressed data stands for, by its header (PNG 3, 11.2.1). */
function pngBytes(bytes: Uint8Array): number {
  if (bytes.length < 26) return 0;
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const [width, height] = [view.getUint32(16), view.getUint32(20)];
  const samples = { 2: 3, 4: 2, 6: 4 }[view.getUint8(25)] ?? 1;
  return height * Math.ceil((width * view.getUint8(24) * samples) / 8);
}
