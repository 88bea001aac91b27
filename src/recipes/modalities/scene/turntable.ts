// A scene seen from a path, as one animated WebP: a file that browsers, chats and reports show without a player.
import { ArgumentError } from '../../../core/errors.js';
import { present } from '../../../core/present.js';
import { loadSharp } from '../../../image/files/sharp.js';
import type { PathCamera } from '../../../nerf/index.js';
import type { Pixels } from './pictures.js';
import type { Waiting } from '../../runs/modality.js';
import { renderView, type SceneRenderer } from './render-views.js';

/** What a turntable is unless told otherwise. */
export const turntableDefaults = {
  frames: 48,
  fps: 16,
  /** Longest side of a run's own turntable, pixels: it is rendered at the end of every run, and takes time with its square. */
  side: 256,
  /** WebP's quality, 0–100: high, since what is to be seen are the flaws of the field and not of the encoder. */
  quality: 88,
} as const;

/** Bytes of all frames together, uncompressed: they are encoded at once. */
const mostBytes = 2 ** 30;
/** WebP's own limit, pixels. */
const longestSide = 16_383;

/** How to show a path. */
export interface TurntableOptions extends Waiting {
  /** Frames a second, 0.1 to 60: browsers slow faster ones down. Default 16. */
  readonly fps?: number;
  /** WebP's quality, 0–100. Default 88. */
  readonly quality?: number;
}

/**
 * Renders a path and encodes it as an animated WebP that repeats for ever.
 * @param cameras all of one picture size
 * @returns the bytes of a file, the caller's to keep
 * @throws ArgumentError as {@link animatedWebp}, before anything is rendered; else as `renderView`
 */
export async function turntable(
  renderer: SceneRenderer,
  cameras: readonly PathCamera[],
  { fps, quality, signal, onProgress }: TurntableOptions = {},
): Promise<Uint8Array> {
  checkFrames(
    cameras.map(({ intrinsics }) => intrinsics),
    fps,
  );
  const frames: Pixels[] = [];
  for (const [i, camera] of cameras.entries()) {
    const { width, height, colours } = await renderView(renderer, camera, {
      ...(signal && { signal }),
      onProgress: (share) => onProgress?.((i + share) / cameras.length),
    });
    frames.push({ width, height, data: colours });
  }
  return animatedWebp(frames, present({ fps, quality }));
}

/**
 * Encodes pictures of one size as an animated WebP that repeats for ever; a single one stands still.
 * @throws ArgumentError for no frames, frames of several sizes, sides above 16,383 pixels, more than 1 GiB in all, or a
 *   speed or quality out of range
 */
export async function animatedWebp(
  frames: readonly Pixels[],
  {
    fps = turntableDefaults.fps,
    quality = turntableDefaults.quality,
  }: Omit<TurntableOptions, keyof Waiting> = {},
): Promise<Uint8Array> {
  checkFrames(frames, fps);
  if (!(quality >= 0 && quality <= 100)) {
    throw new ArgumentError(`got a quality of ${quality}; expected a number from 0 to 100`);
  }
  const { width, height } = frames[0]!;
  const each = 3 * width * height;
  const joined = new Uint8Array(each * frames.length);
  frames.forEach(({ data }, i) => joined.set(data, i * each));
  const raw = { width, height: height * frames.length, channels: 3, pageHeight: height } as const;
  // Times are whole milliseconds: rounding each to the sum so far keeps the pace.
  const at = (frame: number): number => Math.round((1000 * frame) / fps);
  const delay = frames.map((_, i) => at(i + 1) - at(i));
  const sharp = await loadSharp();
  return sharp(joined, { raw, limitInputPixels: false })
    .webp({ loop: 0, delay, quality: Math.round(quality), effort: 3, smartSubsample: true })
    .toBuffer();
}

function checkFrames(
  frames: readonly { readonly width: number; readonly height: number }[],
  fps: number = turntableDefaults.fps,
): void {
  const first = frames[0];
  if (first === undefined) throw new ArgumentError('got no frames; expected at least one');
  const { width, height } = first;
  const other = frames.find((frame) => frame.width !== width || frame.height !== height);
  if (other !== undefined) {
    throw new ArgumentError(
      `got frames of ${width}×${height} and of ${other.width}×${other.height} pixels; expected one size`,
    );
  }
  if (Math.max(width, height) > longestSide) {
    throw new ArgumentError(
      `got frames of ${width}×${height} pixels; expected at most ${longestSide} a side, which is all that WebP holds; ` +
        'choose a smaller size, or write PNGs into a folder',
    );
  }
  if (3 * width * height * frames.length > mostBytes) {
    throw new ArgumentError(
      `got ${frames.length} frames of ${width}×${height} pixels; expected at most ` +
        `${Math.floor(mostBytes / (3 * width * height))} of that size in one file; choose a smaller size, or write ` +
        'PNGs into a folder',
    );
  }
  if (!(fps >= 0.1 && fps <= 60)) {
    throw new ArgumentError(`got ${fps} frames a second; expected 0.1 to 60; browsers slow faster ones down`);
  }
}
