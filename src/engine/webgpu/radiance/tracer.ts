// Rays that the device makes: what it keeps for that, what it is sent, and the kernel's command. Four bytes a ray go up, eight where
// rays have weights.
import type { PixelCamera } from '../../../core/index.js';
import type { FieldSpace } from '../../models/index.js';
import { shownBackground, type RayBackground } from '../../training/rays/background.js';
import { once, type Command } from '../commands.js';
import type { Memory } from '../memory.js';
import type { Writing } from '../wgsl/ids.js';
import { photographBuffers, traceFlags, traceKernel } from '../wgsl/trace.js';
import { roomFor } from './plan.js';
import { cameraTable, type TracedPool } from './traced.js';

/** Rays that are made out of their numbers: those of the pool that is kept, or of the view that is shown. */
export type MadeRays =
  | {
      readonly of: 'pool';
      /** Of the whole batch; undefined: all of the pool, in its order. */
      readonly numbers: Uint32Array | undefined;
      /** Undefined: 1 for all. */
      readonly weights: Float32Array | undefined;
    }
  /** From pixel `start` on. */
  | { readonly of: 'view'; readonly start: number };

/** What rays follow from beside their numbers. */
export interface TracerSetup {
  readonly space: FieldSpace;
  readonly background: RayBackground;
  readonly seed: number;
  readonly writing: Writing;
}

/** A pass over some rays of a batch, see `RayTask`. */
interface Stretch {
  readonly from: number;
  readonly to: number;
  readonly step: number | undefined;
}

const buffersOf = (cameras: string, photographs: number): readonly string[] => [
  ...['chosen', cameras],
  ...Array.from({ length: photographBuffers }, (_, i) => (i < photographs ? `photographs${i}` : 'none')),
  'rays',
];

/** Makes a pass's rays on a device. */
export class Tracer {
  readonly #memory: Memory;
  readonly #setup: TracerSetup;
  #pool: TracedPool | undefined;

  constructor(memory: Memory, setup: TracerSetup) {
    this.#memory = memory;
    this.#setup = setup;
  }

  /** Sends a pool's cameras and photographs. */
  async keep(pool: TracedPool): Promise<void> {
    const memory = this.#memory;
    const { rays, places, bytes } = pool;
    for (const [i, size] of bytes.entries()) await memory.reserve(`photographs${i}`, size);
    for (const [i, { buffer, at }] of places.entries()) {
      const photograph = rays.photograph(i);
      if (photograph === undefined) throw new Error(`photograph ${i} has left memory`);
      memory.write(`photographs${buffer}`, photograph.data, at);
    }
    const table = cameraTable(rays.cameras, this.#setup.space, places);
    await memory.reserve('cameras', table.byteLength);
    memory.write('cameras', table);
    this.#pool = pool;
  }

  /** Sends the camera of a view. */
  async show(camera: PixelCamera): Promise<void> {
    const table = cameraTable([camera], this.#setup.space);
    await this.#memory.reserve('shown camera', table.byteLength);
    this.#memory.write('shown camera', table);
  }

  /** Sends the numbers of a pass's rays. @returns the command that makes them */
  async command(made: MadeRays, { from, to, step }: Stretch): Promise<Command> {
    const memory = this.#memory;
    const { background, seed, writing } = this.#setup;
    const rows = to - from;
    const [weights, numbers] = made.of === 'pool' ? [made.weights, made.numbers] : [];
    await memory.reserve('chosen', 2 * roomFor(rows) * 4);
    if (numbers !== undefined) memory.write('chosen', numbers.subarray(from, to));
    if (weights !== undefined) memory.write('chosen', weights.subarray(from, to), 4 * rows);
    const views = made.of === 'view';
    const pool = this.#pool;
    const flags =
      (numbers === undefined ? traceFlags.whole : 0) |
      (weights === undefined ? 0 : traceFlags.weighted) |
      (background === 'random' && !views ? traceFlags.random : 0) |
      (views ? traceFlags.view : 0);
    return {
      kernel: once(writing, 'trace', () => traceKernel(writing)),
      buffers: views ? buffersOf('shown camera', 0) : buffersOf('cameras', pool?.bytes.length ?? 0),
      params: {
        ...{ rows, flags, first: from, total: views ? made.start : from },
        inner: views ? 1 : (pool?.places.length ?? 0),
        ...{ chunk: seed, block: step ?? 0 },
        factors: [...shownBackground(background), 0, ...(pool?.rays.background ?? [])],
      },
      groups: [Math.ceil(rows / 64), 1, 1],
    };
  }
}
