// A radiance trainer without an engine: colour is linear in where a ray goes, fitted by gradient descent, so that runs of
// scenes can be tested for what they do around the trainer.
import {
  createField,
  type FieldSpace,
  type RadianceTrainer,
  type RayBackground,
} from '../../../../src/engine/index.js';
import type { Batch, Pool, StepOptions } from '../../../../src/core/index.js';
import type { SceneTrainerFactory } from '../../../../src/recipes/modalities/scene/model.js';

/** What the trainers of a factory were asked. */
export interface FakeLog {
  readonly steps: {
    readonly indices: number[];
    readonly weights: number[] | undefined;
    readonly learningRate: number | undefined;
  }[];
  /** What each was to train before. */
  readonly backgrounds: RayBackground[];
  /** The pools that they were made for; none of one that only renders. */
  readonly pools: (Pool | undefined)[];
  predicted: number;
  disposed: number;
}

/** A factory of such trainers; all write into one log. */
export function fakeTrainers(): { readonly make: SceneTrainerFactory; readonly log: FakeLog } {
  const log: FakeLog = { steps: [], backgrounds: [], pools: [], predicted: 0, disposed: 0 };
  return {
    log,
    make: (_, { space, background, pool }) => {
      log.backgrounds.push(background);
      log.pools.push(pool);
      return fakeTrainer(space, log);
    },
  };
}

function fakeTrainer(space: FieldSpace, log: FakeLog): RadianceTrainer {
  const model = createField('nerf', space, { width: 16, depth: 1 });
  // Per channel: a constant, and the slopes by the direction.
  const weights = new Float32Array(12);
  const colours = (rays: Float32Array): Float32Array => {
    const n = rays.length / 6;
    const out = new Float32Array(3 * n);
    for (let i = 0; i < n; i++) {
      for (let c = 0; c < 3; c++) {
        let value = weights[4 * c]!;
        for (let axis = 0; axis < 3; axis++) value += weights[4 * c + 1 + axis]! * rays[6 * i + 3 + axis]!;
        out[3 * i + c] = value;
      }
    }
    return out;
  };
  return {
    model,
    capabilities: {
      gives: ['errors', 'predictions'],
      scores: false,
      weights: true,
      terms: [],
      resident: false,
    },
    device: 'cpu',
    workers: 1,
    microBatch: 64,
    lastSamples: 0,
    // More from step to step, as empty space comes to be known.
    raysFor: (points) => Math.round(points / 8) + Math.round(10 * Math.abs(weights[0]!)),
    occupancy: 1,
    chooseMicroBatch: () => Promise.reject(new Error('nobody asked for a micro-batch')),
    step: async (
      { inputs, targets, size, indices, weights: given }: Batch,
      { wants, learningRate }: StepOptions,
    ) => {
      await Promise.resolve();
      if (inputs.length !== 6 * size || targets.length !== 3 * size) throw new Error('a batch of odd shape');
      log.steps.push({ indices: [...indices], weights: given && [...given], learningRate });
      const before = colours(inputs);
      const errors = new Float32Array(size);
      let loss = 0;
      for (let i = 0; i < size; i++) {
        const weight = given?.[i] ?? 1;
        for (let c = 0; c < 3; c++) {
          const error = before[3 * i + c]! - targets[3 * i + c]!;
          loss += (weight * error ** 2) / (3 * size);
          errors[i]! += error ** 2 / 3;
          const step = ((learningRate ?? 0.1) * 10 * weight * error) / size;
          weights[4 * c]! -= step;
          for (let axis = 0; axis < 3; axis++) weights[4 * c + 1 + axis]! -= step * inputs[6 * i + 3 + axis]!;
        }
      }
      return {
        loss,
        ...(wants.includes('errors') ? { errors } : {}),
        ...(wants.includes('predictions') ? { predictions: before } : {}),
      };
    },
    predict: (rays) => {
      log.predicted += rays.length / 6;
      return Promise.resolve(colours(rays));
    },
    render: (rays) =>
      Promise.resolve({
        colours: colours(rays),
        depths: new Float32Array(rays.length / 6).fill(3),
        opacities: new Float32Array(rays.length / 6).fill(1),
      }),
    query: () => Promise.reject(new Error('nobody asked for points')),
    parameters: () =>
      Promise.resolve(
        model.parameters.map(({ name, shape, count }) => ({ name, shape, data: new Float32Array(count) })),
      ),
    snapshot: () => Promise.resolve({ values: {}, arrays: { weights: weights.slice() } }),
    restore: (snapshot) => {
      weights.set(snapshot.arrays['weights'] as Float32Array);
      return Promise.resolve();
    },
    dispose: () => {
      log.disposed++;
      return Promise.resolve();
    },
  };
}
