// What a camera sees of a radiance field: a ray through the middle of every pixel, in chunks.
import { EvosError } from '../../../core/errors.js';
import type { RadianceTrainer } from '../../../engine/training/rays/types.js';
import { pixelDirection, rotateDirection } from '../../../nerf/cameras/camera.js';
import type { PathCamera } from '../../../nerf/index.js';
import type { Waiting } from '../../runs/modality.js';

/** Who renders: a trainer of radiance fields, or anything that answers like one. */
export type SceneRenderer = Pick<RadianceTrainer, 'render'>;

/** A rendered picture. The arrays are the caller's to keep. */
export interface RenderedView {
  readonly width: number;
  readonly height: number;
  /** `[height, width, 3]`: sRGB bytes, as the photographs' are, over the background. */
  readonly colours: Uint8Array;
  /**
   * `[height, width]`: how far along its ray a pixel's light comes from, in the world's units: a distance from the
   * camera, not a depth along its axis.
   */
  readonly depth: Float32Array;
  /** `[height, width]`: how much of a pixel's light comes from the field, from 0 to 1; the rest is background. */
  readonly opacity: Float32Array;
}

/** Rays asked for at a time: enough for several workers, few enough to stop soon. */
export const raysPerChunk = 16_384;

/**
 * Renders what a camera sees, lens distortion included.
 * @returns arrays that belong to the caller
 * @throws EvosError when the field gives numbers that are not finite; the signal's reason when it is aborted
 */
export async function renderView(
  renderer: SceneRenderer,
  { intrinsics: lens, pose }: PathCamera,
  { signal, onProgress }: Waiting = {},
): Promise<RenderedView> {
  const { width, height } = lens;
  const pixels = width * height;
  const colours = new Uint8Array(3 * pixels);
  const depth = new Float32Array(pixels);
  const opacity = new Float32Array(pixels);
  const direction = new Float64Array(3);
  for (let from = 0; from < pixels; from += raysPerChunk) {
    signal?.throwIfAborted();
    const count = Math.min(raysPerChunk, pixels - from);
    // Fresh for each chunk: the trainer may hand it on to a thread.
    const rays = new Float32Array(6 * count);
    for (let i = 0; i < count; i++) {
      const row = Math.floor((from + i) / width);
      const column = from + i - row * width;
      pixelDirection(lens, column + 0.5, row + 0.5, direction);
      rotateDirection(pose, direction);
      for (let axis = 0; axis < 3; axis++) {
        rays[6 * i + axis] = pose[12 + axis]!;
        rays[6 * i + 3 + axis] = direction[axis]!;
      }
    }
    const seen = await renderer.render(rays);
    for (let i = 0; i < 3 * count; i++) {
      const value = seen.colours[i]!;
      if (!Number.isFinite(value)) throw notFinite(value, from + Math.floor(i / 3), width);
      colours[3 * from + i] = Math.round(255 * Math.min(1, Math.max(0, value)));
    }
    depth.set(seen.depths, from);
    opacity.set(seen.opacities, from);
    onProgress?.((from + count) / pixels);
  }
  return { width, height, colours, depth, opacity };
}

function notFinite(value: number, pixel: number, width: number): EvosError {
  return new EvosError(
    'input',
    `the field gave the colour ${value} at row ${Math.floor(pixel / width)}, column ${pixel % width}; expected finite ` +
      'numbers; a field whose training diverged does this: train it again with a lower learning rate',
  );
}
