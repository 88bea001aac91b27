// Cross-frequency supervision on a GPU, most often a program on the CPU: against the plain reference, its own bits, and by hand; and
// on Dawn's null backend, what an evaluating step costs.
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import { createRandom, type Batch, type StepOptions } from '../../../src/core/index.js';
import { allOf, someOf } from '../../../src/core/samples.js';
import { siren, type ModelDefinition } from '../../../src/engine/models/index.js';
import type { TrainerOptions } from '../../../src/engine/training/options.js';
import { WebGpuTrainer } from '../../../src/engine/webgpu/trainer.js';
import {
  clearKernel,
  compareKernel,
  keepKernel,
  slopeKernel,
} from '../../../src/engine/webgpu/wgsl/frequency.js';
import type { KernelSource, Params, Writing } from '../../../src/engine/webgpu/wgsl/ids.js';
import { sampleFlags } from '../../../src/engine/webgpu/wgsl/samples.js';
import { channelLuma, createImage, createLaplacian, createPixelPool } from '../../../src/image/index.js';
import { largestDifference } from '../../parity/difference.js';
import { layersFromState } from '../../reference/siren-layers.js';
import { ReferenceTrainer } from '../../reference/siren.js';
import { count, none, onNull } from './counting.js';
import { floats, found, keptGpu, runKernel, skip, why, type KernelBuffer } from './support.js';

const open: WebGpuTrainer[] = [];
afterEach(async () => {
  vi.restoreAllMocks();
  for (const trainer of open.splice(0)) await trainer.dispose();
});
afterAll(() => found?.close());

const terms = ['cross-frequency'];

/** A picture with structure and noise, and its term. */
function picture(width: number, height: number, channels: 1 | 3 | 4, weight = 1e-5) {
  const random = createRandom(11);
  const data = Uint8Array.from({ length: width * height * channels }, (_, i) => {
    const pixel = Math.floor(i / channels);
    const wave = Math.sin((pixel % width) / 3) + Math.cos(Math.floor(pixel / width) / 4 + (i % channels));
    return Math.round(127 + 50 * wave + 25 * (random.float() - 0.5));
  });
  const image = createImage({ width, height, channels }, data);
  // Targets as numbers, whether they are on the device or sent: there are fewer kernels to compile.
  const { coded, ...pool } = createPixelPool(image);
  expect(coded?.codes).toHaveLength(data.length);
  const { range } = pool;
  const targetResponse = createLaplacian({ ...image, range })
    .response(pool.targets)
    .slice();
  const options = { width, height, range, luma: channelLuma(channels), weight, targetResponse };
  return { image, pool, crossFrequency: options, weight };
}

type Picture = ReturnType<typeof picture>;

const network = (outputDim: number): ModelDefinition =>
  siren({ inputDim: 2, outputDim, width: 16, depth: 0 });

const given = { adam: { learningRate: 1e-4 }, seed: 4, device: 'webgpu' };

function make(
  { pool, crossFrequency }: Picture,
  options: Partial<TrainerOptions> & { readonly resident?: boolean } = {},
  writing: Writing = {},
): WebGpuTrainer {
  const { resident = true, ...more } = options;
  const model = network(pool.targetDim);
  const own = { model, ...given, crossFrequency, ...(resident ? { pool } : {}), ...more };
  const trainer = new WebGpuTrainer(own, keptGpu, writing);
  open.push(trainer);
  return trainer;
}

function reference({ image, pool, weight }: Picture): ReferenceTrainer {
  const model = network(pool.targetDim);
  const values = model.initialise(createRandom(4));
  const state = Object.fromEntries(model.parameters.map(({ name }, i) => [name, [...values[i]!]]));
  const crossFrequency = { image: { ...image, range: pool.range }, lambda: weight };
  return new ReferenceTrainer({ layers: layersFromState(state), omega: 30, lr: 1e-4, crossFrequency });
}

/** The samples of a step, with their numbers: every fifth step has all of them, and some at the end have no term. */
function step({ pool }: Picture, i: number): { batch: Batch; options: StepOptions } {
  const whole = i % 5 === 0;
  const some = Uint32Array.from({ length: 150 }, (_, k) => (i + 3 * k * k + k) % pool.size);
  const samples = whole ? allOf(pool.size) : someOf(Uint32Array.from(new Set(some)));
  const { inputs, targets } = pool.gather(samples);
  return {
    batch: Object.assign(samples, { inputs: inputs.slice(), targets: targets.slice() }),
    options: { wants: whole ? ['errors', 'predictions'] : [], terms: i < 17 ? terms : [] },
  };
}

/** The same for a trainer that has the pool. */
const byIndex = ({ batch, options }: ReturnType<typeof step>) => ({
  batch: { ...batch, inputs: none, targets: none },
  options,
});

/** The losses of some steps, and what they come to. */
async function run(trainer: WebGpuTrainer, of: Picture, from = 0, to = 9) {
  const losses: number[] = [];
  for (let i = from; i < to; i++) {
    const { batch, options } = byIndex(step(of, i));
    losses.push((await trainer.step(batch, options)).loss);
  }
  return { losses, snapshot: await trainer.snapshot() };
}

describe.skipIf(skip)(`cross-frequency supervision on a GPU${why}`, () => {
  const cuts = [
    { what: 'in one kernel', fused: true, microBatch: 4096, resident: true },
    { what: 'in one kernel, in micro-batches', fused: true, microBatch: 100, resident: true },
    { what: 'layer by layer', fused: false, microBatch: 4096, resident: true },
    { what: 'layer by layer, some brought along', fused: false, microBatch: 100, resident: false },
  ];
  it.each(cuts)(
    'takes twenty steps whose losses are those of the reference within 3e-5: $what',
    async ({ fused, microBatch, resident }) => {
      const of = picture(29, 17, 3, 1e-3);
      const trainer = make(of, { microBatch, resident }, { fused });
      const plain = reference(of);
      for (let i = 0; i < 20; i++) {
        const { batch, options } = step(of, i);
        const got = await trainer.step(resident ? byIndex({ batch, options }).batch : batch, options);
        const wanted = await plain.step(batch, { ...options, wants: ['predictions'] });
        expect(Math.abs(got.loss / wanted.loss - 1), `step ${i}`).toBeLessThan(3e-5);
        if (!batch.whole) continue;
        expect(largestDifference(got.predictions ?? [], wanted.predictions ?? [])).toBeLessThan(2e-5);
      }
    },
  );

  it.each([1, 4] as const)('sees to pictures of %i channels', async (channels) => {
    const of = picture(13, 12, channels, 1e-3);
    const [trainer, plain] = [make(of, {}, { fused: false }), reference(of)];
    for (let i = 0; i < 3; i++) {
      const { batch, options } = step(of, i);
      const got = await trainer.step(byIndex({ batch, options }).batch, options);
      const wanted = await plain.step(batch, options);
      expect(Math.abs(got.loss / wanted.loss - 1), `step ${i}`).toBeLessThan(1e-5);
    }
  });

  it('gives the same bits each time, however its passes share submits', async () => {
    const of = picture(29, 17, 3);
    const wanted = await run(make(of, { microBatch: 100 }), of);
    // How many passes share a submit goes by the clock: all of them, or one each.
    for (const tick of [0, 1e6]) {
      let now = 0;
      vi.spyOn(performance, 'now').mockImplementation(() => (now += tick));
      expect(await run(make(of, { microBatch: 100 }), of), `${tick} ms`).toEqual(wanted);
    }
  });

  it('goes on from a snapshot bit for bit, with what it kept of the last evaluation', async () => {
    const of = picture(29, 17, 3);
    const first = make(of);
    await run(first, of, 0, 3);
    const saved = await first.snapshot();
    expect(saved.arrays['luma']).toHaveLength(of.pool.size);
    const later = make(of, { seed: 9 });
    await later.restore(saved);
    expect(await run(later, of, 3)).toEqual(await run(first, of, 3));
    // ONNX Runtime's trainer keeps predictions.
    const { luma, ...arrays } = saved.arrays;
    const known = make(of);
    const { batch, options } = byIndex(step(of, 0));
    const { predictions } = await known.step(batch, options);
    const cache = predictions!.slice();
    await later.restore({ ...saved, arrays: { ...arrays, cache } });
    const [got, wanted] = [await later.snapshot(), luma as Float32Array];
    expect(largestDifference(got.arrays['luma'] as Float32Array, wanted)).toBeLessThan(1e-4);
    // A snapshot of a run that has not evaluated yet takes what was kept away.
    const start = await make(of).snapshot();
    await later.restore(start);
    await expect(run(later, of, 1, 2)).rejects.toThrow(/needs a step over all pixels with predictions first/);
    await expect(
      make(of, { crossFrequency: picture(29, 17, 3, 2).crossFrequency }).restore(start),
    ).rejects.toThrow(/crossFrequencyWeight is 0.00001, but this trainer's is 2/);
  });

  it('takes steps that nobody waits for to the bit as those that are waited for', async () => {
    const of = picture(29, 17, 3);
    const wanted = await run(make(of), of, 0, 5);
    const trainer = make(of);
    for (let i = 0; i < 5; i++) {
      const { batch, options } = byIndex(step(of, i));
      await trainer.send(batch, { ...options, wants: [], loss: false });
    }
    expect(await trainer.snapshot()).toEqual(wanted.snapshot);
  });

  it('keeps what a step over all pixels without the term predicted', async () => {
    const of = picture(29, 17, 3);
    const [plain, with0] = [make(of), make(of)];
    const { batch } = byIndex(step(of, 0));
    await with0.step(batch, { wants: [], terms });
    await plain.step(batch, { wants: [] });
    expect((await plain.snapshot()).arrays['luma']).toEqual((await with0.snapshot()).arrays['luma']);
  });

  it('tells how far an evaluation is from the frequencies of the target, which changes no bits', async () => {
    const of = picture(29, 17, 3);
    const { batch } = byIndex(step(of, 0));
    const operator = createLaplacian({ ...of.image, range: of.pool.range });
    const snapshots = [];
    for (const microBatch of [4096, 100]) {
      const trainer = make(of, { microBatch });
      expect(trainer.capabilities.gives).toContain('frequency');
      const { frequency, predictions } = await trainer.step(batch, {
        wants: ['predictions', 'frequency'],
        terms,
      });
      const own = operator.response(predictions ?? new Float32Array());
      const wanted = own.map((value, i) => (value - of.crossFrequency.targetResponse[i]!) ** 2);
      expect(largestDifference(frequency ?? [], wanted)).toBeLessThan(1e-5 * Math.max(...wanted));
      snapshots.push(await trainer.snapshot());
      const plain = make(of, { microBatch });
      await plain.step(batch, { wants: [], terms });
      expect(await plain.snapshot()).toEqual(snapshots.at(-1));
      for (const options of [{ wants: ['frequency'] as const }, { wants: ['frequency'] as const, terms }]) {
        const some = options.terms === undefined ? batch : byIndex(step(of, 1)).batch;
        await expect(trainer.step(some, options)).rejects.toThrow(
          /frequency was asked of a step without the term cross-frequency over all samples/,
        );
      }
    }
  });

  it('refuses steps that cannot have the term, and pictures of other sizes', async () => {
    const of = picture(29, 17, 3);
    const trainer = make(of);
    const [all, some] = [byIndex(step(of, 0)), byIndex(step(of, 1))];
    await expect(trainer.step(some.batch, some.options)).rejects.toThrow(
      /cross-frequency supervision of selected pixels needs a step over all pixels with predictions first/,
    );
    const weights = new Float32Array(of.pool.size).fill(1);
    await expect(trainer.step({ ...all.batch, weights }, all.options)).rejects.toThrow(
      /got weights beside the term cross-frequency, which couples neighbours/,
    );
    const brought = make(of, { resident: false }, { fused: false });
    const [first, second] = [step(of, 0), step(of, 1)];
    await brought.step(first.batch, first.options);
    const beyond = {
      ...second.batch,
      indices: some.batch.indices.map((index, i) => (i === 4 ? 493 : index)),
    };
    await expect(brought.step(beyond, some.options)).rejects.toThrow(
      /got index 493 at position 4, expected indices below 493, the image's pixels/,
    );
    const { crossFrequency } = of;
    const shorter = { ...crossFrequency, height: 16 };
    expect(() => make(of, { crossFrequency: shorter })).toThrow(
      /crossFrequency.targetResponse: got 493 numbers, expected 464 \(width·height\)/,
    );
    expect(() => make(of, { crossFrequency: { ...crossFrequency, luma: [1] } })).toThrow(
      /crossFrequency.luma: got 1 numbers, expected 3/,
    );
  });
});

describe.skipIf(skip)(`the kernels of the frequency term${why}`, () => {
  // Two workgroups, the second not full.
  const [width, height, outputs] = [23, 17, 3];
  const n = width * height;
  const random = createRandom(5);
  const numbers = (length: number): Float32Array =>
    Float32Array.from({ length }, () => 3 * random.float() - 1.5);
  const luma = channelLuma(3);
  const decode = (x: number): number => Math.min(255, Math.max(0, x * 120 + 128));
  const laplacian = (of: ArrayLike<number>, at: number): number => {
    const [x, y] = [at % width, Math.floor(at / width)];
    const seen = [x > 0 && of[at - 1], x < width - 1 && of[at + 1], y > 0 && of[at - width]];
    return [...seen, y < height - 1 && of[at + width]].reduce<number>(
      (sum, one) => sum + (one || 0),
      -4 * of[at]!,
    );
  };
  /** The same bits in every order, every time. */
  async function inEveryOrder(
    make: (writing: Writing) => KernelSource,
    buffers: readonly KernelBuffer[],
    params: Params,
    rows: number,
  ): Promise<Uint32Array[]> {
    const results: Uint32Array[][] = [];
    for (const order of ['plain', 'reversed', 'bits', 'plain'] as const)
      results.push(await runKernel(make({ order }), buffers, params, [Math.ceil(rows / 256)]));
    for (const other of results) expect(other).toEqual(results[0]);
    return results[0]!;
  }
  const near = (got: ArrayLike<number>, wanted: readonly number[], bound = 2e-6): void => {
    const largest = Math.max(...wanted.map(Math.abs));
    expect(largestDifference(got, wanted) / largest).toBeLessThan(bound);
  };
  const pixels = Uint32Array.from({ length: 300 }, (_, i) => (i * 11) % n);

  it.each([false, true])(
    'decode, clamp and weigh what was predicted, of a whole picture: %s',
    async (whole) => {
      const [place, first, rows] = [5, 2, whole ? n : 270];
      const out = numbers(place + rows * outputs);
      const buffers = [out, pixels, new Float32Array(n).fill(7), new Float32Array(n).fill(8)];
      const params = {
        ...{ rows, first: whole ? 0 : first, chunk: outputs, flags: whole ? sampleFlags.whole : 0 },
        ...{ factors: [0, 0, 120, 128, ...luma], places: [0, 0, 0, place] },
      };
      const [, , picture, kept] = await inEveryOrder(keepKernel, buffers, params, rows);
      const wanted = new Array<number>(n).fill(7);
      for (let row = 0; row < rows; row++) {
        wanted[whole ? row : pixels[first + row]!] = luma.reduce(
          (sum, part, c) => sum + part * decode(out[place + row * outputs + c]!),
          0,
        );
      }
      near(floats(picture), wanted);
      near(floats(kept), whole ? wanted : new Array<number>(n).fill(8));
    },
  );

  it('compare Laplacians, and take the Laplacian of what differs', async () => {
    const [values, response] = [numbers(n), numbers(n)];
    const rows = pixels.length;
    const [cleared, , zeros] = await inEveryOrder(clearKernel, [values, n, n], { rows: n }, n);
    expect(cleared).toEqual(new Uint32Array(values.buffer));
    const params = { ...{ rows, inner: width, outer: height, factors: [0.25], places: [0, 2] }, flags: 4 };
    const buffers = [values, response, pixels, floats(zeros).slice(), 2 + rows];
    const compared = await inEveryOrder(compareKernel, buffers, params, rows);
    const [difference, out] = [floats(compared[3]), floats(compared[4])];
    const wanted = new Array<number>(n).fill(0);
    for (const at of pixels) wanted[at] = laplacian(values, at) - response[at]!;
    near(difference, wanted);
    near(
      out.subarray(2),
      Array.from(pixels, (at) => wanted[at]! ** 2),
      1e-5,
    );
    near(
      Float32Array.of(out[0]! + out[1]!),
      [pixels.reduce((sum, at) => sum + 0.25 * wanted[at]! ** 2, 0)],
      1e-5,
    );
    const slopes = [difference.slice(), pixels, rows - 3];
    const own = { ...params, rows: rows - 3, first: 3, flags: 0 };
    const found = await inEveryOrder(slopeKernel, slopes, own, rows);
    near(
      floats(found[2]),
      Array.from(pixels.subarray(3), (at) => 0.25 * laplacian(wanted, at)),
      1e-5,
    );
  });
});

describe('an evaluating step on the null backend', () => {
  const of = picture(128, 128, 3);
  const whole = byIndex(step(of, 0));
  const on = async (options: Partial<TrainerOptions> = {}) => {
    const made = await onNull({ ...given, pool: of.pool, crossFrequency: of.crossFrequency, ...options });
    open.push(made.trainer);
    // How many micro-batches share a submit goes by the clock.
    vi.spyOn(performance, 'now').mockReturnValue(0);
    const costs = async (wants: StepOptions['wants'], { batch } = whole, steps = 2) => {
      for (let i = 0; i < 2; i++) await made.trainer.step(batch, { wants, terms });
      const counted = count();
      for (let i = 0; i < steps; i++) await made.trainer.step(batch, { wants, terms });
      const counts = counted();
      vi.restoreAllMocks();
      vi.spyOn(performance, 'now').mockReturnValue(0);
      return { ...counts, dispatches: counts.dispatches / steps, bytes: counts.bytes / (steps * batch.size) };
    };
    return costs;
  };

  it('of a SIREN 3×256 is four dispatches more than a plain one, one submit and one read-back', async () => {
    const costs = await on({ model: siren({ inputDim: 2, outputDim: 3 }) });
    const { dispatches, submits, maps, buffers, bytes } = await costs(['errors', 'frequency']);
    expect(dispatches).toBe(16 + 4);
    expect([submits, maps, buffers]).toEqual([2, 2, 0]);
    // Two numbers a pixel, and what a step costs whatever its size.
    expect(bytes).toBeLessThan(8.2);
    // A step of some pixels puts back what was kept, sends their numbers and reads nothing of each.
    const some = await costs([], byIndex(step(of, 1)));
    expect(some.dispatches).toBe(16 + 5);
    expect([some.submits, some.maps, some.buffers]).toEqual([2, 2, 0]);
  });

  it('in micro-batches goes forward twice, in one submit', async () => {
    const costs = await on({ model: siren({ inputDim: 2, outputDim: 3 }), microBatch: 4096 });
    const { dispatches, submits, maps } = await costs(['errors', 'frequency']);
    // Forward and kept, compared, forward and back, and Adam.
    expect(dispatches).toBe(4 * (6 + 1) + 1 + 4 * (1 + 15) + 1);
    expect([submits, maps]).toEqual([2, 2]);
  });
});
