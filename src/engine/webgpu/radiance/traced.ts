// A pool's cameras and photographs as the device keeps them, so that rays are made there out of their numbers. Which pools can be kept
// follows from sizes alone, and from limits that every device has.
import { ArgumentError } from '../../../core/errors.js';
import type { PixelCamera, PixelRays } from '../../../core/index.js';
import type { FieldSpace } from '../../models/index.js';
import { bindingBytes } from '../plan.js';
import { cameraWords, lensModels, photographBuffers } from '../wgsl/trace.js';

/** A photograph's place on the device. */
interface Placed {
  /** Which of the buffers it lies in, and where, in bytes. */
  readonly buffer: number;
  readonly at: number;
  readonly channels: 3 | 4;
}

/** Cameras and photographs, laid out. */
export interface TracedPool {
  readonly rays: PixelRays;
  readonly places: readonly Placed[];
  /** Bytes of each buffer of photographs. */
  readonly bytes: readonly number[];
}

/** Words of the table of bytes behind cameras. */
const tableWords = 256;

/**
 * Lays a pool's photographs out, or says why its rays go on being made by the CPU, the end of a sentence.
 * @param size the pool's
 * @throws ArgumentError where cameras, photographs and samples are not of one another
 */
export function layOutPool(size: number, rays: PixelRays): TracedPool | string {
  checkCameras(size, rays);
  const strange = whyNotLens(rays.cameras);
  if (strange !== undefined) return strange;
  if (rays.unfit !== undefined) return rays.unfit;
  const places: Placed[] = [];
  const bytes: number[] = [];
  for (const [i, { intrinsics }] of rays.cameras.entries()) {
    const photograph = rays.photograph(i);
    if (photograph === undefined) return 'not all photographs are in memory when the trainer is made';
    const { channels, data } = photograph;
    const wanted = intrinsics.width * intrinsics.height * channels;
    if (data.length !== wanted) {
      throw new ArgumentError(
        `pool.pixelRays: got ${data.length} bytes of photograph ${i}, expected ${wanted}, as its camera has pixels`,
      );
    }
    // Each begins with a word.
    const own = Math.ceil(wanted / 4) * 4;
    const free = bytes.findIndex((used) => used + own <= bindingBytes);
    const buffer = free < 0 ? bytes.length : free;
    if (buffer === photographBuffers || own > bindingBytes) return tooLarge(rays);
    const at = bytes[buffer] ?? 0;
    places.push({ buffer, at, channels });
    bytes[buffer] = at + own;
  }
  return { rays, places, bytes };
}

function tooLarge(rays: PixelRays): string {
  const all = rays.cameras.reduce((sum, _, i) => sum + (rays.photograph(i)?.data.length ?? 0), 0);
  const megabytes = (bytes: number): string => (bytes / 2 ** 20).toFixed(0);
  return (
    `its photographs take ${megabytes(all)} MiB, and every GPU can bind ${photographBuffers} × ${megabytes(bindingBytes)} MiB of ` +
    'them; smaller ones fit'
  );
}

/** The first lens that these kernels do not know; undefined: they know all. */
export function whyNotLens(cameras: readonly PixelCamera[]): string | undefined {
  const known: readonly string[] = lensModels;
  const strange = cameras.findIndex(({ intrinsics }) => !known.includes(intrinsics.model));
  const model = cameras[strange]?.intrinsics.model;
  return model === undefined
    ? undefined
    : `the lens model ${model} of camera ${strange} is not among its kernels, which have ${known.join(', ')}`;
}

function checkCameras(size: number, { cameras, background }: PixelRays): void {
  const pixels = cameras.reduce((sum, { intrinsics }) => sum + intrinsics.width * intrinsics.height, 0);
  if (pixels !== size) {
    throw new ArgumentError(
      `pool.pixelRays: got cameras of ${pixels} pixels together, expected ${size}, one for each sample`,
    );
  }
  for (const [i, camera] of cameras.entries()) checkCamera(camera, `pool.pixelRays: camera ${i}`);
  if (background.length !== 3 || !background.every((value) => value >= 0 && value <= 1)) {
    throw new ArgumentError(
      `pool.pixelRays: got the background [${String(background)}], expected red, green and blue from 0 to 1`,
    );
  }
}

const lensNumbers = [
  ...(['width', 'height', 'fx', 'fy', 'cx', 'cy'] as const),
  ...(['k1', 'k2', 'k3', 'k4', 'k5', 'k6', 'p1', 'p2'] as const),
];

/** @throws ArgumentError unless a camera is made of numbers */
export function checkCamera({ intrinsics, pose }: PixelCamera, name: string): void {
  const odd = lensNumbers.find((of) => !Number.isFinite(intrinsics[of]));
  if (odd !== undefined) {
    throw new ArgumentError(`${name}: got ${odd} ${intrinsics[odd]}, expected a finite number`);
  }
  if (pose.length !== 16 || !Array.from(pose).every(Number.isFinite)) {
    throw new ArgumentError(
      `${name}: got a pose of ${pose.length} numbers, expected 16 finite ones, camera to world, column by column`,
    );
  }
}

/** Cameras as the device has them, and the table of bytes. @param places of their photographs; none: of a view, which has none */
export function cameraTable(
  cameras: readonly PixelCamera[],
  { centre, half }: FieldSpace,
  places: readonly Placed[] = [],
): Uint32Array {
  const words = new Uint32Array(cameras.length * cameraWords + tableWords);
  const numbers = new Float32Array(words.buffer);
  let first = 0;
  cameras.forEach(({ intrinsics: lens, pose }, i) => {
    const row = i * cameraWords;
    const { buffer = 0, at = 0, channels = 3 } = places[i] ?? {};
    const model = lensModels.findIndex((name) => name === lens.model);
    words.set([first, lens.width, at, buffer | (channels << 4) | (model << 8)], row);
    const { fx, fy, cx, cy, k1, k2, k3, k4, k5, k6, p1, p2 } = lens;
    numbers.set([fx, fy, cx, cy, k1, k2, k3, k4, k5, k6, p1, p2], row + 4);
    for (let axis = 0; axis < 3; axis++) {
      for (let k = 0; k < 3; k++) numbers[row + 16 + 4 * axis + k] = pose[4 * axis + k] ?? 0;
      // As rays that are sent begin: what a batch holds is in single precision.
      numbers[row + 19 + 4 * axis] = (Math.fround(pose[12 + axis] ?? 0) - (centre[axis] ?? 0)) / half;
    }
    first += lens.width * lens.height;
  });
  for (let byte = 0; byte < tableWords; byte++) numbers[cameras.length * cameraWords + byte] = byte / 255;
  return words;
}
