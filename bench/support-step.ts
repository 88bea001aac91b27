// The training step that `bench step` gives to every contestant: the same model, weights, samples and Adam.
import { createRandom } from 'evos';

/** Weights with their names and shapes, in the model's order. */
export interface NamedArray {
  readonly name: string;
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** One training step: MSE over the whole batch, then Adam. */
export interface StepTask {
  /** Samples of the batch. */
  readonly n: number;
  readonly width: number;
  /** Hidden layers after the first one. */
  readonly depth: number;
  readonly omega: number;
  readonly inputDim: number;
  readonly outputDim: number;
  readonly learningRate: number;
  readonly seed: number;
  /** Threads that a contestant may use. */
  readonly cores: number;
  /** `[n, inputDim]` in [−1, 1]. */
  readonly inputs: Float32Array;
  /** `[n, outputDim]` in [−1, 1]. */
  readonly targets: Float32Array;
}

/** What one step took and gave. */
export interface StepOutcome {
  readonly ms: number;
  /** Before the update. */
  readonly loss: number;
}

/** Somebody's way of taking steps, with the losses of the first few. */
export class Stepper {
  readonly losses: number[] = [];
  readonly #step: () => Promise<StepOutcome>;

  constructor(step: () => Promise<StepOutcome>) {
    this.#step = step;
  }

  /** Takes one step; milliseconds. */
  async run(): Promise<number> {
    const { ms, loss } = await this.#step();
    if (this.losses.length < comparedSteps) this.losses.push(loss);
    return ms;
  }
}

const comparedSteps = 4;

/**
 * Makes sure that all do the same work: from the same weights, the losses of the first steps are the same to rounding.
 * @throws Error when they are not.
 */
export function checkAlike(steppers: Readonly<Record<string, Stepper>>): void {
  const lists = Object.entries(steppers).map(([name, { losses }]) => ({ name, losses }));
  const [first, ...others] = lists;
  for (const { name, losses } of others) {
    losses.forEach((loss, i) => {
      const expected = first?.losses[i] ?? loss;
      if (Math.abs(loss - expected) <= 1e-3 * Math.abs(expected)) return;
      throw new Error(
        `step ${i + 1}: ${name} has the loss ${loss}, ${first?.name} has ${expected}; times of different work ` +
          'cannot be compared',
      );
    });
  }
}

/** SIREN as published, on coordinates and colours. */
export function createTask(settings: {
  readonly n: number;
  readonly cores: number;
  readonly width?: number;
  readonly depth?: number;
}): StepTask {
  const { n, cores, width = 256, depth = 3 } = settings;
  const seed = 1;
  const random = createRandom(seed);
  const uniform = (count: number): Float32Array =>
    Float32Array.from({ length: count }, () => 2 * random.float() - 1);
  const [inputDim, outputDim] = [2, 3];
  return {
    n,
    cores,
    width,
    depth,
    omega: 30,
    inputDim,
    outputDim,
    learningRate: 1e-4,
    seed,
    inputs: uniform(n * inputDim),
    targets: uniform(n * outputDim),
  };
}

/** Sizes of the layers, inputs first. */
export function layerSizes({ inputDim, width, depth, outputDim }: StepTask): number[] {
  return [inputDim, ...Array<number>(depth + 1).fill(width), outputDim];
}

/**
 * Floating-point operations of a step's matrix products, two per multiply–accumulate: per layer the forward product,
 * the weights' gradient and, above the first layer, the gradient of its inputs.
 */
export function productFlops(task: StepTask): number {
  const sizes = layerSizes(task);
  let macs = 0;
  for (let i = 0; i + 1 < sizes.length; i++) {
    macs += (sizes[i] ?? 0) * (sizes[i + 1] ?? 0) * (i === 0 ? 2 : 3);
  }
  return 2 * macs * task.n;
}
