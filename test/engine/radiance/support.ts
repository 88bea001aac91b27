// What the tests of radiance fields' trainers share: a small field, rays, some steps, a state that matters.
import { createHash } from 'node:crypto';
import { afterEach } from 'vitest';
import { batchOf } from '../trainer-contract.js';
import { createRandom, type Batch, type Snapshot } from 'evos';
import {
  createRadianceTrainer,
  HASH_GRID_ADAM,
  radianceField,
  type FieldSpace,
  type RadianceTrainer,
  type RadianceTrainerOptions,
} from 'evos/engine';

export const SEED = 61;
const open: RadianceTrainer[] = [];
afterEach(async () => {
  for (const trainer of open.splice(0)) await trainer.dispose();
});

export const space: FieldSpace = { centre: [0, 0.5, -0.25], half: 1.5, contracted: false, near: 0.5, far: 9 };
export const background = [0.9, 0.8, 0.7] as const;
export const small = {
  levels: 2,
  log2TableSize: 5,
  baseResolution: 2,
  finestResolution: 4,
  width: 4,
  depth: 1,
} as const;
// An ordinary ε: with 10⁻¹⁵ Adam makes whole steps of gradients that are nothing but rounding.
export const adam = { ...HASH_GRID_ADAM, epsilon: 1e-3 };
export const quiet = { wants: [] } as const;

export function makeTrainer(options: Partial<RadianceTrainerOptions> = {}): RadianceTrainer {
  const trainer = createRadianceTrainer({
    field: radianceField({ space, ...small }),
    adam,
    seed: SEED,
    device: 'cpu',
    workers: 1,
    background,
    samplesPerRay: 6,
    ...options,
  });
  open.push(trainer);
  return trainer;
}

/** Rays from all around into the cube, some past it, and what they should see: something that depends on the way. */
export function someRays(size: number, seed = SEED): Batch {
  const random = createRandom(seed);
  const inputs = new Float32Array(6 * size);
  const targets = new Float32Array(3 * size);
  for (let i = 0; i < size; i++) {
    const v = [0, 1, 2].map(() => 2 * random.float() - 1);
    const direction = v.map((value) => value / Math.hypot(...v));
    const aside = i % 7 === 3 ? 4 : 1;
    const origin = direction.map((d, axis) => space.centre[axis]! - 4 * d + aside * (2 * random.float() - 1));
    inputs.set([...origin, ...direction], 6 * i);
    targets.set(
      origin.map((o) => 0.5 + 0.4 * Math.sin(2 * o)),
      3 * i,
    );
  }
  return batchOf(inputs, targets, size);
}

export async function train(
  trainer: RadianceTrainer,
  steps: number,
  size = 200,
  seed = SEED,
): Promise<number[]> {
  const losses: number[] = [];
  for (let step = 0; step < steps; step++) {
    losses.push((await trainer.step(someRays(size, seed + step), quiet)).loss);
  }
  return losses;
}

export const weightsOf = async (trainer: RadianceTrainer): Promise<Float32Array> =>
  (await trainer.snapshot()).arrays['parameters'] as Float32Array;

/** Everything as text and bytes, which compare fast however long the arrays are. */
export function bitsOf<T extends object>(value: T): object {
  return Object.fromEntries(
    Object.entries(value).map(([name, part]: [string, unknown]) => {
      if (!(part instanceof Float32Array))
        return [name, part !== null && typeof part === 'object' ? bitsOf(part) : part];
      const bytes = Buffer.from(part.buffer, part.byteOffset, part.byteLength);
      return [name, `${part.length} ${createHash('sha256').update(bytes).digest('hex')}`];
    }),
  );
}

/** A snapshot in which weights and moments are large enough to matter. */
export async function knownState(trainer: RadianceTrainer): Promise<Snapshot> {
  const { values, arrays } = await trainer.snapshot();
  const random = createRandom(SEED + 1);
  const like = (scale: (x: number) => number): Float32Array =>
    (arrays['parameters'] as Float32Array).map(() => scale(2 * random.float() - 1));
  const parameters = like((x) => 0.7 * x);
  return {
    values: { ...values, steps: 4 },
    arrays: { ...arrays, parameters, m: like((x) => 0.01 * x), v: like((x) => 1e-4 * Math.abs(x)) },
  };
}
