// The samples of a mesh as a pool: places in the network's cube go in, signed distances come out. The samples are fixed for
// a whole run, or drawn anew in place by `refresh`.
import { batchOf, BatchMemory, checkSamples, outsidePool } from '../core/batch-memory.js';
import { checkInteger } from '../core/check.js';
import { ArgumentError } from '../core/errors.js';
import type { Batch, Pool, Samples } from '../core/index.js';
import { frameOf, meshBounds, type Frame } from './mesh.js';
import { drawSamples, type SampleOptions, type SdfSamples } from './samples.js';
import { createSurfaceSampler } from './surface.js';

/** The samples of one mesh. */
export interface SdfPool extends Pool {
  readonly frame: Frame;
  /** How often `refresh` has drawn the samples anew. */
  readonly revision: number;
  /** `[N, 3]`, network units. The pool's memory; do not write into it. */
  readonly inputs: Float32Array;
  /** `[N, 1]`: signed distances in network units, negative inside; at most the truncation either way. Otherwise as `inputs`. */
  readonly targets: Float32Array;
  /**
   * Draws all samples anew, into the same memory, and counts `revision` up. A selector that is told so forgets what
   * it learnt that no longer holds; indices keep their part: on the surface, near it, anywhere. Must not run while a step is under way.
   * @param seed as the pool's; the seed it was made with gives its first samples again
   */
  refresh(seed: number): Promise<void>;
  /**
   * Begins to draw the samples that `refresh` with the same seed is to give, into memory of their own (16 bytes a sample more, which
   * the pool keeps): for a device that trains while the processor has time. Any seed may then be drawn, only sooner that one; what
   * goes wrong is told by its `refresh`.
   */
  prefetch(seed: number): void;
}

/** What {@link createSdfPool} takes: what `sampleMesh` does, and how far distances count. */
export interface SdfPoolOptions extends Omit<SampleOptions, 'frame'> {
  /** Default: the mesh's box in the middle of the cube, its longest side nine tenths of the cube's. */
  readonly frame?: Frame;
  /** Distances are clamped to it, in network units; default: none. The network then spends no capacity on what is far away (DeepSDF, 2019, eq. 4). */
  readonly truncation?: number;
  /** What `revision` counts from: how often a run that goes on had drawn its samples anew. Default 0. */
  readonly revision?: number;
}

/**
 * Makes a pool of samples of a mesh. Holds 16 bytes a sample, 8 a triangle, and the mesh and its field.
 * @throws ArgumentError for options that cannot be
 * @example
 * const pool = await createSdfPool({ mesh, field, count: 2 ** 20, seed: 1 });
 * const { inputs, targets } = pool.gather(allOf(pool.size));
 * pool.prefetch(2); // while others are trained on
 * await pool.refresh(2);
 */
export async function createSdfPool(options: SdfPoolOptions): Promise<SdfPool> {
  const { mesh, count, truncation = Infinity } = options;
  if (!(truncation > 0)) {
    throw new ArgumentError(`truncation must be above 0, got ${truncation}: a distance in network units.`);
  }
  checkInteger('count', count, 1, 2 ** 29, 'samples in the pool');
  const frame = options.frame ?? frameOf(meshBounds(mesh));
  const sampler = createSurfaceSampler(mesh);
  const allocate = (): SdfSamples => ({
    points: new Float32Array(3 * count),
    distances: new Float32Array(count),
  });
  const samples = allocate();
  const { points: inputs, distances: targets } = samples;
  /** Drawn beforehand: with which seed, and when it is done. */
  let next: { readonly seed: number; readonly drawn: Promise<void> } | undefined;
  let spare: SdfSamples | undefined;
  const memory = new BatchMemory(3, 1);
  const what = 'the samples of the pool';
  let { revision = 0 } = options;

  async function draw(seed: number, to: SdfSamples): Promise<void> {
    await drawSamples({ ...options, frame, seed }, sampler, to);
    if (truncation === Infinity) return;
    const { distances } = to;
    for (let i = 0; i < count; i++) distances[i] = Math.min(truncation, Math.max(-truncation, distances[i]!));
  }

  function prefetch(seed: number): void {
    if (next?.seed === seed) return;
    const others = next?.drawn;
    const to = (spare ??= allocate());
    const drawn = (async () => {
      // Two drawings would write into one another.
      await others?.catch(() => undefined);
      await draw(seed, to);
    })();
    // Told by `refresh`, if anybody still wants them.
    drawn.catch(() => undefined);
    next = { seed, drawn };
  }

  async function renew(seed: number): Promise<void> {
    const before = next;
    if (before?.seed !== seed || spare === undefined) return draw(seed, samples);
    try {
      await before.drawn;
    } finally {
      // Not sooner: who draws ahead meanwhile waits for it.
      if (next === before) next = undefined;
    }
    inputs.set(spare.points);
    targets.set(spare.distances);
  }

  function gather(samples: Samples): Batch {
    checkSamples(samples, count, what);
    if (samples.whole) return batchOf(samples, inputs, targets);
    const { indices, size } = samples;
    memory.reserve(size);
    const { inputs: places, targets: distances } = memory;
    for (let i = 0; i < size; i++) {
      const index = indices[i]!;
      if (index >= count) throw outsidePool(index, i, count, what);
      places[3 * i] = inputs[3 * index]!;
      places[3 * i + 1] = inputs[3 * index + 1]!;
      places[3 * i + 2] = inputs[3 * index + 2]!;
      distances[i] = targets[index]!;
    }
    return memory.batch(samples);
  }

  await draw(options.seed, samples);
  return {
    size: count,
    inputDim: 3,
    targetDim: 1,
    frame,
    inputs,
    targets,
    get revision() {
      return revision;
    },
    // Counted beforehand: samples are others even where drawing them fails halfway.
    refresh(seed) {
      revision += 1;
      return renew(seed);
    },
    prefetch,
    gather,
  };
}
