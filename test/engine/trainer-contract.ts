// What every trainer promises, whatever it trains and on what: one suite, run over all of them.
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { allOf } from '../../src/core/samples.js';
import type { Batch, Snapshot, StepResult, Trainer, Want } from '../../src/core/index.js';

/** A trainer to be held to the contract. */
export interface Subject {
  readonly name: string;
  /** Why it cannot be tried here. */
  readonly skip?: string | false;
  /** Makes one; all that are made are alike. */
  make(): Trainer | Promise<Trainer>;
  /** Samples it can train on, the same for the same seed, whose loss is the mean squared error. */
  batch(size: number, seed: number): Batch;
  /** Whether a prediction at the same state is the one of a step: not where samples are drawn anew at each step. */
  readonly repeats?: boolean;
  /** What the exported model answers, and what the trainer does. Missing where nothing is exported. */
  exported?(trainer: Trainer): Promise<{ readonly got: Float32Array; readonly wanted: Float32Array }>;
  /** How far rounding may take one number from another. Default 1e-5. */
  readonly tolerance?: number;
}

const outputs: readonly Want[] = ['errors', 'absolute', 'predictions'];

/** A batch of these numbers. */
export function batchOf(inputs: Float32Array, targets: Float32Array, size: number): Batch {
  return { ...allOf(size), indices: Uint32Array.from({ length: size }, (_, i) => i), inputs, targets };
}

/** The same with copies of what the trainer owns. */
const copied = (result: StepResult): StepResult =>
  Object.fromEntries(
    Object.entries(result).map(([name, value]: [string, number | Float32Array]) => [
      name,
      typeof value === 'number' ? value : value.slice(),
    ]),
  ) as unknown as StepResult;

function bytesOf({ values, arrays }: Snapshot): unknown {
  return {
    values,
    arrays: Object.entries(arrays).map(([name, array]) => [
      name,
      Buffer.from(array.buffer, array.byteOffset, array.byteLength).toString('base64'),
    ]),
  };
}

interface Telling {
  parameters(): Promise<readonly { readonly data: Float32Array }[]>;
}

const tells = (trainer: Trainer): trainer is Trainer & Telling => 'parameters' in trainer;

/** The parameters of a trainer, each by itself. */
function parametersOf(trainer: Trainer): ReturnType<Telling['parameters']> {
  if (tells(trainer)) return trainer.parameters();
  throw new TypeError('a trainer that gives tangents tells its parameters');
}

/** Runs the suite. */
export function holdToContract({ name, skip = false, tolerance, ...subject }: Subject): void {
  const exact = tolerance === undefined;
  const bound = tolerance ?? 1e-5;
  describe.skipIf(skip !== false)(
    `the trainer contract: ${name}${skip === false ? '' : ` (${skip})`}`,
    () => {
      const open: Trainer[] = [];
      const idle: Trainer[] = [];
      let used: Trainer[] = [];
      let start: Snapshot | undefined;
      afterEach(() => {
        idle.push(...used);
        used = [];
      });
      afterAll(async () => {
        for (const trainer of open) await trainer.dispose();
      });
      const makeAnew = async (): Promise<Trainer> => {
        const trainer = await subject.make();
        open.push(trainer);
        return trainer;
      };
      /** One that has taken no step: of an earlier test where there is one, set back, since to make one takes long. */
      const make = async (): Promise<Trainer> => {
        const earlier = idle.pop();
        const trainer = earlier ?? (await makeAnew());
        used.push(trainer);
        if (earlier !== undefined && start !== undefined) await earlier.restore(start);
        start ??= await trainer.snapshot();
        return trainer;
      };
      const near = (got: ArrayLike<number> | undefined, wanted: ArrayLike<number>): void => {
        expect(got).toHaveLength(wanted.length);
        Array.from(wanted).forEach((value, i) => {
          expect(Math.abs(got![i]! - value), `number ${i}`).toBeLessThan(bound * (1 + Math.abs(value)));
        });
      };

      it('gives what is asked for and nothing else, of the length it promises', async () => {
        const trainer = await make();
        const { capabilities } = trainer;
        const batch = subject.batch(37, 1);
        const lengths = {
          errors: 37,
          absolute: 37,
          tangents: 37,
          frequency: 37,
          predictions: batch.targets.length,
          inputGradients: batch.inputs.length,
        };
        expect(Object.keys(await trainer.step(batch, { wants: [] }))).toEqual(['loss']);
        for (const want of capabilities.gives) {
          const result = await trainer.step(batch, { wants: [want] });
          // Whoever makes the samples itself tells what predictions were compared with.
          const made = want === 'predictions' && capabilities.resident && result.targets !== undefined;
          expect(Object.keys(result).sort()).toEqual(['loss', want, ...(made ? ['targets'] : [])].sort());
          if (made) near(result.targets, batch.targets);
          expect(result[want]).toHaveLength(lengths[want]);
          expect(result[want]!.every(Number.isFinite), want).toBe(true);
        }
        expect(capabilities.scores).toBe(trainer.score !== undefined);
      });

      it('tells errors that are those of its predictions, and whose mean is the loss', async () => {
        const trainer = await make();
        for (let step = 0; step < 3; step++) {
          const batch = subject.batch(50, step);
          const { loss, errors, absolute, predictions } = copied(
            await trainer.step(batch, { wants: outputs }),
          );
          const width = batch.targets.length / batch.size;
          const squares = new Float64Array(batch.size);
          const magnitudes = new Float64Array(batch.size);
          predictions!.forEach((value, i) => {
            const difference = value - batch.targets[i]!;
            const sample = Math.floor(i / width);
            squares[sample] = squares[sample]! + difference ** 2 / width;
            magnitudes[sample] = magnitudes[sample]! + Math.abs(difference);
          });
          near(errors, squares);
          near(absolute, magnitudes);
          near([loss], [squares.reduce((sum, value) => sum + value, 0) / batch.size]);
        }
      });

      it('gives the same bits for the same seed, and goes on bit for bit from a snapshot', async () => {
        const first = await makeAnew();
        const second = await makeAnew();
        const later = await makeAnew();
        const step = async (trainer: Trainer, i: number): Promise<StepResult> =>
          copied(await trainer.step(subject.batch(40 + i, i), { wants: outputs }));
        // ONNX Runtime's WebGPU adds scattered gradients up in any order: there the bits may differ, and no more than those.
        const same = (got: StepResult, wanted: StepResult): void => {
          if (exact) expect(got).toEqual(wanted);
          else for (const output of outputs) near(got[output], wanted[output] ?? []);
        };
        for (let i = 0; i < 3; i++) same(await step(second, i), await step(first, i));
        await later.restore(await first.snapshot());
        for (let i = 3; i < 6; i++) same(await step(later, i), await step(first, i));
        if (exact) expect(bytesOf(await later.snapshot())).toEqual(bytesOf(await first.snapshot()));
      });

      it('scores what a step would find, and leaves the state alone', async () => {
        const trainer = await make();
        await trainer.step(subject.batch(30, 1), { wants: [] });
        const before = await trainer.snapshot();
        const batch = subject.batch(45, 2);
        const scored = copied(await trainer.score!(batch, { wants: outputs }));
        expect(bytesOf(await trainer.snapshot())).toEqual(bytesOf(before));
        const found = copied(await trainer.step(batch, { wants: outputs }));
        for (const want of outputs) near(scored[want], found[want]!);
        near([scored.loss], [found.loss]);
        expect(Object.keys(await trainer.score!(batch, { wants: [] }))).toEqual(['loss']);
      });

      it('weighs samples: the weighted sum over n, and errors before weights', async () => {
        const weighed = await make();
        const plain = await make();
        const batch = subject.batch(24, 3);
        const weights = Float32Array.from({ length: 24 }, (_, i) => (i % 4) / 2);
        const { errors } = copied(await plain.score!(batch, { wants: ['errors'] }));
        const got = copied(await weighed.step({ ...batch, weights }, { wants: ['errors'] }));
        near(
          got.errors,
          errors!.map((error, i) => (weights[i] === 0 ? 0 : error)),
        );
        near([got.loss], [errors!.reduce((sum, error, i) => sum + error * weights[i]!, 0) / 24]);
        // Adam's first step does not change where every gradient is doubled, but for its epsilon; the loss does.
        const twice = { ...batch, weights: new Float32Array(24).fill(2) };
        near(
          [(await plain.score!(twice, { wants: [] })).loss],
          [(2 * errors!.reduce((a, b) => a + b, 0)) / 24],
        );
      });

      it('trains by weights: a sample of weight 2 is one that is there twice', async () => {
        const [weighed, doubled] = [await make(), await make()];
        const batch = subject.batch(16, 5);
        const half = 16 / 2;
        const rows = (array: Float32Array): Float32Array => array.subarray(0, (array.length / 16) * half);
        // The first half twice against weights 2 and 0.
        const twice = (array: Float32Array): Float32Array =>
          Float32Array.from([...rows(array), ...rows(array)]);
        const weights = Float32Array.from({ length: 16 }, (_, i) => (i < half ? 2 : 0));
        if (subject.repeats === false) return;
        await weighed.step({ ...batch, weights }, { wants: [] });
        await doubled.step(
          { ...batch, inputs: twice(batch.inputs), targets: twice(batch.targets) },
          { wants: [] },
        );
        near(await weighed.predict(batch.inputs), await doubled.predict(batch.inputs));
      });

      it('reads nothing of samples whose weight is 0', async () => {
        const [clean, dirty] = [await make(), await make()];
        const batch = subject.batch(24, 4);
        const weights = Float32Array.from({ length: 24 }, (_, i) => Number(i % 3 > 0));
        const spoilt = (array: Float32Array): Float32Array => {
          const width = array.length / 24;
          return array.map((value, i) => (weights[Math.floor(i / width)] === 0 ? Number.NaN : value));
        };
        const wants = ['errors', 'absolute'] as const;
        for (let step = 0; step < 2; step++) {
          const wanted = copied(await clean.step({ ...batch, weights }, { wants }));
          const got = copied(
            await dirty.step(
              { ...batch, weights, inputs: spoilt(batch.inputs), targets: spoilt(batch.targets) },
              { wants },
            ),
          );
          expect(got.loss).toBe(wanted.loss);
          expect(got).toEqual(wanted);
          weights.forEach((weight, i) => weight === 0 && expect(got.errors![i]).toBe(0));
        }
        near(await dirty.predict(batch.inputs), await clean.predict(batch.inputs));
        const nothing = {
          ...batch,
          weights: new Float32Array(24),
          targets: batch.targets.map(() => Number.NaN),
        };
        expect((await dirty.step(nothing, { wants: [] })).loss).toBe(0);
        expect((await dirty.predict(batch.inputs)).every(Number.isFinite)).toBe(true);
      });

      it('gives the gradient by the inputs where it says so', async () => {
        const trainer = await make();
        if (!trainer.capabilities.gives.includes('inputGradients')) return;
        const batch = subject.batch(6, 7);
        const { inputGradients } = copied(await trainer.score!(batch, { wants: ['inputGradients'] }));
        const width = batch.inputs.length / 6;
        const step = 1e-3;
        for (let k = 0; k < width; k++) {
          const moved = async (by: number): Promise<Float32Array> => {
            const inputs = batch.inputs.map((value, i) => (i % width === k ? value + by : value));
            return copied(await trainer.score!({ ...batch, inputs }, { wants: ['errors'] })).errors!;
          };
          const [ahead, behind] = [await moved(step), await moved(-step)];
          for (let i = 0; i < 6; i++) {
            const slope = (ahead[i]! - behind[i]!) / (2 * step);
            const got = inputGradients![i * width + k]!;
            expect(Math.abs(got - slope), `sample ${i}, axis ${k}`).toBeLessThan(
              0.02 * (1 + Math.abs(slope)),
            );
          }
        }
      });

      it('gives how strongly learning moves each answer where it says so', async () => {
        const trainer = await make();
        if (!trainer.capabilities.gives.includes('tangents')) return;
        const n = 5;
        const batch = subject.batch(n, 8);
        const before = await trainer.snapshot();
        const { tangents, predictions } = copied(
          await trainer.score!(batch, { wants: ['tangents', 'predictions'] }),
        );
        expect(bytesOf(await trainer.snapshot())).toEqual(bytesOf(before));
        // The kernel worked out weight by weight: Σ over weights of J times Jᵀg.
        const { targets } = batch;
        const wanted = new Float64Array(targets.length);
        const parameters = before.arrays['parameters'] as Float32Array;
        // Steps that suit each: a table of features is far smaller than what comes behind it.
        const sizes = (await parametersOf(trainer)).flatMap(({ data }) => {
          const size = Math.sqrt(data.reduce((sum, value) => sum + value * value, 0) / data.length);
          return Array<number>(data.length).fill(0.01 * (size || 0.01));
        });
        for (let k = 0; k < parameters.length; k++) {
          const step = sizes[k]!;
          const moved = async (by: number): Promise<Float32Array> => {
            const changed = parameters.slice();
            changed[k]! += by;
            await trainer.restore({ ...before, arrays: { ...before.arrays, parameters: changed } });
            return trainer.predict(batch.inputs);
          };
          const [ahead, behind] = [await moved(step), await moved(-step)];
          const column = Float64Array.from(ahead, (value, i) => (value - behind[i]!) / (2 * step));
          const slope = column.reduce(
            (sum, value, i) => sum + (value * 2 * (predictions![i]! - targets[i]!)) / targets.length,
            0,
          );
          column.forEach((value, i) => (wanted[i]! += value * slope));
        }
        const width = targets.length / n;
        const scores = Float64Array.from({ length: n }, (_, i) =>
          wanted.subarray(i * width, (i + 1) * width).reduce((sum, value) => sum + value * value, 0),
        );
        const largest = Math.max(...scores);
        expect(largest).toBeGreaterThan(0);
        scores.forEach((score, i) => {
          expect(Math.abs(tangents![i]! - score) / largest, `sample ${i}`).toBeLessThan(0.02);
        });
      });

      it('exports a model that answers as it does', async () => {
        if (subject.exported === undefined) return;
        const trainer = await make();
        for (let step = 0; step < 3; step++) await trainer.step(subject.batch(40, step), { wants: [] });
        const { got, wanted } = await subject.exported(trainer);
        near(got, wanted);
      });

      it('refuses what it cannot do, naming it', async () => {
        const trainer = await make();
        const batch = subject.batch(8, 1);
        const { gives } = trainer.capabilities;
        await expect(
          trainer.step({ ...batch, weights: new Float32Array(8).fill(1) }, { wants: ['tangents'] }),
        ).rejects.toThrow(
          gives.includes('tangents')
            ? /tangents were asked of a batch with weights, expected one without/
            : /tangents was asked of a trainer that gives errors/,
        );
        await expect(trainer.step(batch, { wants: [], terms: ['smoothness'] })).rejects.toThrow(
          /loss term "smoothness" was asked of a trainer made without it; it has none/,
        );
        await expect(
          trainer.step({ ...batch, weights: new Float32Array(8).fill(-1) }, { wants: [] }),
        ).rejects.toThrow(/got the weight -1 at position 0, expected finite numbers of at least 0/);
        await expect(trainer.step({ ...batch, weights: new Float32Array(7) }, { wants: [] })).rejects.toThrow(
          /got 7 weights, expected 8/,
        );
      });
    },
  );
}
