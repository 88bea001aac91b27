// The samples of a mesh as a pool: places in the network's cube go in, signed distances come out. The samples are fixed for
// a whole run, or drawn anew in place by `refresh`.
import { batchOf, BatchMemory, checkSamples, outsidePool } from '../core/batch-memory.js';
import { checkInteger } from '../core/check.js';
import { ArgumentError } from '../core/errors.js';
import type { Batch, Pool, Samples } from '../core/index.js';
import { frameOf, meshBounds, type Frame } from './mesh.js';
import { drawSamples, type SampleOptions } from './samples.js';
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
  const inputs = new Float32Array(3 * count);
  const targets = new Float32Array(count);
  const memory = new BatchMemory(3, 1);
  const what = 'the samples of the pool';
  let { revision = 0 } = options;

  async function draw(seed: number): Promise<void> {
    await drawSamples({ ...options, frame, seed }, sampler, { points: inputs, distances: targets });
    if (truncation === Infinity) return;
    for (let i = 0; i < count; i++) targets[i] = Math.min(truncation, Math.max(-truncation, targets[i]!));
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

  await draw(options.seed);
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
      return draw(seed);
    },
    gather,
  };
}
