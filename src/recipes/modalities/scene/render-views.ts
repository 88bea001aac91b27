// What a camera sees of a radiance field: a ray through the middle of every pixel, in chunks. A device that makes rays itself is told
// the camera; others are sent them.
import { EvosError } from '../../../core/errors.js';
import type { RadianceTrainer, RenderedRays } from '../../../engine/training/rays/types.js';
import { pixelDirection, rotateDirection } from '../../../nerf/cameras/camera.js';
import { whyNotSingle } from '../../../nerf/cameras/single-precision.js';
import type { PathCamera } from '../../../nerf/index.js';
import type { Waiting } from '../../runs/modality.js';

/** Who renders: a trainer of radiance fields, or anything that answers like one. */
export type SceneRenderer = Pick<RadianceTrainer, 'render' | 'renderPixels'>;

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
  camera: PathCamera,
  { signal, onProgress }: Waiting = {},
): Promise<RenderedView> {
  const { width, height } = camera.intrinsics;
  const pixels = width * height;
  const colours = new Uint8Array(3 * pixels);
  const depth = new Float32Array(pixels);
  const opacity = new Float32Array(pixels);
  const render = pixelsOf(renderer, camera);
  for (let from = 0; from < pixels; from += raysPerChunk) {
    signal?.throwIfAborted();
    const count = Math.min(raysPerChunk, pixels - from);
    const seen = await render(from, count);
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

/**
 * Why a device that makes rays itself is sent those of a camera all the same, a sentence; undefined: it makes them, or never does.
 */
export function whySent(renderer: SceneRenderer, { intrinsics: lens }: PathCamera): string | undefined {
  const reason = renderer.renderPixels === undefined ? undefined : whyNotSingle(lens);
  return reason && `rays are made on the CPU and sent to the GPU: the lens (${lens.model}) ${reason}`;
}

/** Who renders pixels of a camera, counted row by row. */
function pixelsOf(
  renderer: SceneRenderer,
  camera: PathCamera,
): (from: number, count: number) => Promise<RenderedRays> {
  const made = renderer.renderPixels?.bind(renderer);
  if (made === undefined || whySent(renderer, camera) !== undefined) {
    return (from, count) => renderer.render(raysOf(camera, from, count));
  }
  return (from, count) => made(camera, from, count);
}

/** `[count, 6]`: rays through the middles of a camera's pixels. Fresh: the trainer may hand them on to a thread. */
function raysOf({ intrinsics: lens, pose }: PathCamera, from: number, count: number): Float32Array {
  const rays = new Float32Array(6 * count);
  const direction = new Float64Array(3);
  for (let i = 0; i < count; i++) {
    const row = Math.floor((from + i) / lens.width);
    const column = from + i - row * lens.width;
    pixelDirection(lens, column + 0.5, row + 0.5, direction);
    rotateDirection(pose, direction);
    for (let axis = 0; axis < 3; axis++) {
      rays[6 * i + axis] = pose[12 + axis]!;
      rays[6 * i + 3 + axis] = direction[axis]!;
    }
  }
  return rays;
}

function notFinite(value: number, pixel: number, width: number): EvosError {
  return new EvosError(
    'input',
    `the field gave the colour ${value} at row ${Math.floor(pixel / width)}, column ${pixel % width}; expected finite ` +
      'numbers; a field whose training diverged does this: train it again with a lower learning rate',
  );
}
