// Adam over shared memory against its formula in single precision, and the barrier between worker threads.
import { existsSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { afterEach, describe, expect, it } from 'vitest';
import type * as sharedParameters from '../../../../src/engine/onnx/parameters/shared.js';
import { seeded } from '../../graph/support.js';

/** A module as it was built: the kernels lie beside those alone. */
async function built(name: string): Promise<unknown> {
  const folder = new URL('../../../../dist/engine/onnx/', import.meta.url);
  if (!existsSync(new URL('kernels/adam.wasm', folder)))
    throw new Error('the kernels are not built: run `npm run build` first');
  return import(new URL(`${name}.js`, folder).href);
}
const { allocateParameters, Barrier, SharedParameters } = (await built(
  'parameters/shared',
)) as typeof sharedParameters;

const SEED = 13;
const adam = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 };

const scalarsAt = (step: number) => ({
  stepSize: 1e-2 / (1 - adam.beta1 ** step),
  sqrtBiasCorrection2: Math.sqrt(1 - adam.beta2 ** step),
});

interface State {
  values: Float32Array;
  m: Float32Array;
  v: Float32Array;
}

/** Kingma & Ba, Algorithm 1, every operation rounded to single precision, in the order of graph/adam.ts. */
function referenceStep({ values, m, v }: State, gradients: readonly Float32Array[], step: number): void {
  const f = Math.fround;
  const { stepSize, sqrtBiasCorrection2 } = scalarsAt(step);
  const at = (array: Float32Array | undefined, i: number): number => array?.[i] ?? Number.NaN;
  for (let i = 0; i < values.length; i++) {
    const g = gradients.slice(1).reduce((sum, other) => f(sum + at(other, i)), at(gradients[0], i));
    const mean = f(f(at(m, i) * f(adam.beta1)) + f(g * f(1 - adam.beta1)));
    const square = f(f(at(v, i) * f(adam.beta2)) + f(f(g * g) * f(1 - adam.beta2)));
    const denominator = f(f(f(Math.sqrt(square)) / f(sqrtBiasCorrection2)) + f(adam.epsilon));
    m[i] = mean;
    v[i] = square;
    values[i] = at(values, i) - f(f(mean * f(stepSize)) / denominator);
  }
}

/** Gradients of very different sizes, so that the order of sums shows, and now and then zero. */
function drawGradient(random: { float(): number }, target: Float32Array): void {
  for (let i = 0; i < target.length; i++)
    target[i] = random.float() < 0.05 ? 0 : (random.float() - 0.5) * 10 ** (-6 * random.float());
}

const bits = (values: Float32Array): number[] => [...new Int32Array(Float32Array.from(values).buffer)];
const bitsOf = ({ values, m, v }: State): number[][] => [values, m, v].map(bits);

/** Runs some steps; `order` says in which order the parts are worked through. */
function run(count: number, workers: number, steps: number, order: (parts: number) => number[]): State {
  const random = seeded(SEED);
  const shared = new SharedParameters(allocateParameters(count, workers, adam));
  shared.values.set(Float32Array.from({ length: count }, () => random.float() - 0.5));
  for (let step = 1; step <= steps; step++) {
    for (let worker = 0; worker < workers; worker++) drawGradient(random, shared.gradient(worker));
    for (const part of order(workers)) shared.update(part, workers, scalarsAt(step));
    for (let worker = 0; worker < workers; worker++) {
      expect(shared.gradient(worker), 'set back').toEqual(new Float32Array(count));
    }
  }
  return shared;
}

const ascending = (parts: number): number[] => Array.from({ length: parts }, (_, i) => i);
const counts = [1, 15, 16, 17, 1000];

describe(`Adam over shared memory (seed ${SEED})`, () => {
  const cases = counts.flatMap((count) => [1, 2, 3, 4, 5].map((workers) => ({ count, workers })));

  it.each(cases)('has the bits of the formula: $count numbers, $workers workers', ({ count, workers }) => {
    const steps = 4;
    const random = seeded(SEED);
    const values = Float32Array.from({ length: count }, () => random.float() - 0.5);
    const expected = { values, m: new Float32Array(count), v: new Float32Array(count) };
    for (let step = 1; step <= steps; step++) {
      const gradients = ascending(workers).map(() => new Float32Array(count));
      for (const gradient of gradients) drawGradient(random, gradient);
      referenceStep(expected, gradients, step);
    }
    expect(bitsOf(run(count, workers, steps, ascending))).toEqual(bitsOf(expected));
  });

  it.each(cases)('shares everything out exactly once: $count over $workers', ({ count, workers }) => {
    const touched = new Int32Array(count);
    for (let part = 0; part < workers; part++) {
      const shared = new SharedParameters(allocateParameters(count, workers, adam));
      shared.gradient(0).fill(1);
      shared.update(part, workers, scalarsAt(1));
      shared.m.forEach((m, i) => (touched[i] = (touched[i] ?? 0) + (m === 0 ? 0 : 1)));
    }
    expect(touched.every((times) => times === 1)).toBe(true);
  });

  it.each(counts)('does not depend on which part is done first: %d numbers', (count) => {
    const expected = bitsOf(run(count, 5, 3, ascending));
    for (const order of [() => [4, 3, 2, 1, 0], () => [2, 0, 4, 1, 3]])
      expect(bitsOf(run(count, 5, 3, order))).toEqual(expected);
  });

  it('gives the same bits for the same sum, however many share the work', () => {
    const states = [1, 2, 3, 4, 5].map((parts) => {
      const shared = new SharedParameters(allocateParameters(1000, 5, adam));
      drawGradient(seeded(SEED), shared.gradient(0));
      for (let part = 0; part < parts; part++) shared.update(part, parts, scalarsAt(1));
      return bitsOf(shared);
    });
    for (const state of states) expect(state).toEqual(states[0]);
  });

  it('leaves the gradients of workers without a part alone', () => {
    const shared = new SharedParameters(allocateParameters(17, 3, adam));
    [0.5, 0.25, Number.NaN].forEach((value, worker) => shared.gradient(worker).fill(value));
    for (const part of [0, 1]) shared.update(part, 2, scalarsAt(1));
    const expected = { values: new Float32Array(17), m: new Float32Array(17), v: new Float32Array(17) };
    referenceStep(expected, [new Float32Array(17).fill(0.75)], 1);
    expect(bitsOf(shared)).toEqual(bitsOf(expected));
    expect([0, 1, 2].map((worker) => [...new Set(shared.gradient(worker))])).toEqual([
      [0],
      [0],
      [Number.NaN],
    ]);
  });

  it('lets moments that have all but vanished become zero, and keeps what is no number', () => {
    const shared = new SharedParameters(allocateParameters(6, 1, adam));
    const tiny = 2 ** -127;
    shared.m.set([tiny, -tiny, 2 ** -125, Number.NaN, Infinity, 0]);
    shared.v.set([tiny, tiny, 2 ** -125, Number.NaN, Infinity, 0]);
    shared.values.fill(1);
    shared.update(0, 1, scalarsAt(1));
    const f = Math.fround;
    expect([...shared.m]).toEqual([0, 0, f(2 ** -125 * f(adam.beta1)), Number.NaN, Infinity, 0]);
    expect([...shared.v]).toEqual([0, 0, f(2 ** -125 * f(adam.beta2)), Number.NaN, Infinity, 0]);
    expect([...shared.values]).toEqual([1, 1, 1, Number.NaN, Number.NaN, 1]);
  });

  it('is one memory for everybody who is given it', () => {
    const setup = allocateParameters(17, 2, adam);
    const [one, other] = [new SharedParameters(setup), new SharedParameters(setup)];
    one.gradient(1).fill(1);
    other.update(0, 2, scalarsAt(1));
    other.update(1, 2, scalarsAt(1));
    expect(one.values.every((value) => value < 0)).toBe(true);
    expect(one.values.buffer).toBeInstanceOf(SharedArrayBuffer);
  });
});

const workers: Worker[] = [];
afterEach(async () => {
  for (const worker of workers.splice(0)) await worker.terminate();
});

/** What a thread does: waits so many rounds, writing each into its slot first, and tells the least it saw in others'. */
const program = `
  const { parentPort, workerData } = require('node:worker_threads');
  const { module, memory, slots, index, parts, rounds } = workerData;
  import(module).then(({ Barrier }) => {
    const barrier = new Barrier(memory);
    const written = new Int32Array(slots);
    let behind = 0;
    parentPort.postMessage('here');
    try {
      for (let round = 1; round <= rounds; round++) {
        Atomics.store(written, index, round);
        barrier.wait(parts);
        for (let other = 0; other < parts; other++)
          if (Atomics.load(written, other) < round) behind++;
      }
      parentPort.postMessage({ behind });
    } catch (error) {
      parentPort.postMessage({ name: error.name, code: error.code, message: error.message });
    }
  });
`;

type Outcome = { behind: number } | { name: string; code: string; message: string };

/** Threads that meet at a barrier. `here` settles when all are about to wait, `outcomes` when each has passed or not. */
function startThreads(memory: SharedArrayBuffer, count: number, parts = count, rounds = 1) {
  const slots = new SharedArrayBuffer(4 * parts);
  const module = new URL('../../../../dist/engine/onnx/parameters/shared.js', import.meta.url).href;
  const threads = Array.from({ length: count }, (_, index) => {
    const workerData = { module, memory, slots, index, parts, rounds };
    const worker = new Worker(program, { eval: true, workerData });
    workers.push(worker);
    const here = new Promise<void>((resolve, reject) => {
      worker.once('message', () => resolve()).once('error', reject);
    });
    const outcome = new Promise<Outcome>((resolve, reject) => {
      worker.on('message', (message: 'here' | Outcome) => message !== 'here' && resolve(message));
      worker.once('error', reject);
    });
    return { here, outcome };
  });
  const here = Promise.all(threads.map((thread) => thread.here));
  const outcomes = Promise.all(threads.map((thread) => thread.outcome));
  // A thread that does not start fails both, of which a test may look at one.
  for (const promise of [here, outcomes]) promise.catch(() => undefined);
  return { here, outcomes };
}

const pause = (): Promise<'waiting'> => new Promise((resolve) => setTimeout(() => resolve('waiting'), 60));
const sentAway = {
  name: 'EvosError',
  code: 'internal',
  message: expect.stringMatching(/another training worker failed/) as string,
};

describe('the barrier', { timeout: 120_000 }, () => {
  it('lets nobody through before everybody is there, round after round', async () => {
    const { outcomes } = startThreads(Barrier.allocate(), 2, 2, 500);
    expect(await outcomes).toEqual([{ behind: 0 }, { behind: 0 }]);
  });

  it('holds three threads as it holds two', async () => {
    const { outcomes } = startThreads(Barrier.allocate(), 3, 3, 50);
    expect(await outcomes).toEqual(Array(3).fill({ behind: 0 }));
  });

  it('holds one back while the other is missing', async () => {
    const memory = Barrier.allocate();
    const { here, outcomes } = startThreads(memory, 1, 2);
    await here;
    expect(await Promise.race([outcomes, pause()])).toBe('waiting');
    new Barrier(memory).wait(2);
    await outcomes;
  });

  it('sends those who wait away when one has failed', async () => {
    const memory = Barrier.allocate();
    const { here, outcomes } = startThreads(memory, 2, 3);
    await here;
    await pause();
    new Barrier(memory).fail();
    expect(await outcomes).toEqual([sentAway, sentAway]);
  });

  it('sends those away who come after the failure', async () => {
    const memory = Barrier.allocate();
    new Barrier(memory).fail();
    expect(await startThreads(memory, 1, 2).outcomes).toEqual([sentAway]);
  });

  it('works again after a reset', async () => {
    const memory = Barrier.allocate();
    const barrier = new Barrier(memory);
    const failing = startThreads(memory, 1, 2);
    await failing.here;
    await pause();
    barrier.fail();
    expect(await failing.outcomes).toEqual([sentAway]);
    barrier.reset();
    expect(await startThreads(memory, 2, 2, 20).outcomes).toEqual([{ behind: 0 }, { behind: 0 }]);
  });

  it('does not hold one who is alone', () => {
    expect(() => new Barrier(Barrier.allocate()).wait(1)).not.toThrow();
  });
});
