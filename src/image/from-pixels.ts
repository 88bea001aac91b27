// Pictures that a browser has already decoded: image data, canvases, bitmaps, video frames. Its types are named here by what is
// used of them, so that nobody needs the browser's type library.
import { ArgumentError } from '../core/errors.js';
import { createImage, type Image } from './image.js';

/** The pixels of a canvas: `ImageData`, or anything of its shape. */
export interface RgbaPixels {
  readonly width: number;
  readonly height: number;
  /** `[height, width, 4]`, straight alpha. */
  readonly data: Uint8ClampedArray | Uint8Array;
}

/** What a canvas can draw: `ImageBitmap`, a canvas, `VideoFrame`, or an image element that has loaded. */
export type DrawableSource =
  | { readonly width: number; readonly height: number }
  | { readonly naturalWidth: number; readonly naturalHeight: number }
  | { readonly displayWidth: number; readonly displayHeight: number };

interface Canvas {
  getContext(
    kind: '2d',
    options: { readonly willReadFrequently: true },
  ): {
    drawImage(source: object, x: number, y: number): void;
    getImageData(
      x: number,
      y: number,
      width: number,
      height: number,
      settings: { readonly colorSpace: 'srgb' },
    ): RgbaPixels;
  } | null;
}

/**
 * A picture out of what a browser has decoded. An alpha that is opaque throughout is dropped: it holds nothing to learn. A
 * canvas keeps no colour where alpha is 0, and rounds colours where it is small.
 *
 * @param source image data, or whatever a canvas can draw, of at least 2×2 pixels; read at once, and not kept
 * @returns an image of 8 bits in sRGB whose data belongs to the caller
 * @throws ArgumentError for a source that is too small, has not loaded, or cannot be drawn here
 * @example
 * ```ts
 * import { createPixelPool, imageFromPixels } from 'evos/image';
 *
 * const data = new Uint8ClampedArray(4 * 4 * 4).fill(255);
 * const image = imageFromPixels({ width: 4, height: 4, data });
 * const pool = createPixelPool(image);
 * console.log(image.channels, pool.size); // 3 16
 * ```
 */
export function imageFromPixels(source: RgbaPixels | DrawableSource): Image {
  const { width, height, data } = 'data' in source ? source : drawn(source);
  const pixels = width * height;
  if (data.length !== 4 * pixels) {
    throw new ArgumentError(
      `got ${data.length} numbers for ${width}×${height} pixels; expected ${4 * pixels}: red, green, blue and alpha of each`,
    );
  }
  let opaque = true;
  for (let i = 3; i < data.length && opaque; i += 4) opaque = data[i] === 255;
  const channels = opaque ? 3 : 4;
  const samples = new Uint8Array(pixels * channels);
  for (let i = 0; i < pixels; i++) {
    for (let c = 0; c < channels; c++) samples[i * channels + c] = data[4 * i + c]!;
  }
  return createImage({ width, height, channels }, samples);
}

/** Draws a source onto a canvas of its size, and reads that. */
function drawn(source: DrawableSource): RgbaPixels {
  const [width, height] = sizeOf(source);
  const { OffscreenCanvas } = globalThis as {
    readonly OffscreenCanvas?: new (width: number, height: number) => Canvas;
  };
  if (OffscreenCanvas === undefined) {
    throw new ArgumentError(
      'got something to draw, and there is no canvas here; expected image data; read files with loadImage of evos/image/files',
    );
  }
  if (!(width >= 1 && height >= 1)) {
    throw new ArgumentError(
      `got a source of ${width}×${height} pixels; expected at least 2×2; wait until it has loaded`,
    );
  }
  const context = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true });
  if (context === null)
    throw new ArgumentError(`got no canvas of ${width}×${height} pixels; expected a smaller source`);
  context.drawImage(source, 0, 0);
  return context.getImageData(0, 0, width, height, { colorSpace: 'srgb' });
}

function sizeOf(source: DrawableSource): readonly [width: number, height: number] {
  if ('naturalWidth' in source) return [source.naturalWidth, source.naturalHeight];
  if ('displayWidth' in source) return [source.displayWidth, source.displayHeight];
  return [source.width, source.height];
}
