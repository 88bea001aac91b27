// Where a pool is: on the device where that can bind it in one piece, else its samples are gathered here. Bits are the same, and which of
// the two it is can be read.
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import { DeviceError } from '../../../src/core/errors.js';
import type { Pool, StepResult } from '../../../src/core/index.js';
import { allOf } from '../../../src/core/samples.js';
import { siren } from '../../../src/engine/models/index.js';
import { Gpu } from '../../../src/engine/webgpu/gpu.js';
import { WebGpuTrainer } from '../../../src/engine/webgpu/trainer.js';
import { count, none, numbers, onNull as openOnNull, poolOf, some } from './counting.js';
import type { TrainerOptions } from '../../../src/engine/training/options.js';
import { found, keptGpu, skip, theGpu, why } from './support.js';

const open: WebGpuTrainer[] = [];
afterEach(async () => {
  vi.restoreAllMocks();
  for (const trainer of open.splice(0)) await trainer.dispose();
});
afterAll(() => found?.close());

/** Small, since to compile its kernel takes long. */
const networkFor = ({ targetDim }: Pool) => siren({ inputDim: 2, outputDim: targetDim, width: 8, depth: 0 });

function make(pool: Pool): WebGpuTrainer {
  const model = networkFor(pool);
  const trainer = new WebGpuTrainer({ model, seed: 4, device: 'webgpu', pool }, keptGpu);
  open.push(trainer);
  return trainer;
}

/** More samples than the usual 128 MiB hold coordinates of, worked out when they are asked for. */
const large = (targetDim: number): Pool => ({
  ...{ size: 2 ** 24 + 1, inputDim: 2, targetDim },
  gather: (samples) => {
    const numbers = (width: number): Float32Array =>
      Float32Array.from({ length: samples.size * width }, (_, i) => (i % 7) / 7);
    return Object.assign(samples, { inputs: numbers(2), targets: numbers(targetDim) });
  },
});

async function run(trainer: WebGpuTrainer, { size }: Pool) {
  const results: StepResult[] = [];
  const whole = { ...allOf(size), inputs: none, targets: none };
  for (const batch of [some(90), whole, { ...some(90, 7), weights: new Float32Array(90).fill(0.5) }]) {
    const { loss, errors } = await trainer.step(batch, { wants: ['errors'] });
    results.push({ loss, errors: errors?.slice() ?? none });
  }
  return { results, snapshot: await trainer.snapshot() };
}

/** A trainer that opens while the device has no larger pieces than so many bytes. */
async function openWithin(limit: number, trainer: WebGpuTrainer): Promise<void> {
  const spied = vi.spyOn(Gpu.prototype, 'largestBinding', 'get').mockReturnValue(limit);
  await trainer.snapshot();
  spied.mockRestore();
}

describe.skipIf(skip)(`a pool on a GPU${why}`, () => {
  const codes = Uint8Array.from({ length: 12_000 }, (_, i) => (i * i) % 256);
  const values = numbers(256);
  const plain = poolOf(
    4000,
    Float32Array.from(codes, (code) => values[code]!),
  );

  async function makeBoth(pool: Pool, limit: number) {
    const [kept, sent] = [make(pool), make(pool)];
    await openWithin(limit, kept);
    await openWithin(limit - 1, sent);
    expect([kept, sent].map(({ capabilities }) => capabilities.resident)).toEqual([true, true]);
    expect(kept.note).toBeUndefined();
    expect(sent.note).toMatch(
      /^each step's samples are sent to the GPU, since it cannot keep all of them: 0.0 MiB are wanted in one piece, and it has/,
    );
    return { kept, sent };
  }

  it('of bytes fits where its coordinates do', async () => {
    await makeBoth({ ...plain, coded: { codes, values } }, 32_000);
  });

  it('that does not fit is trained on to the same bits: samples are sent', async () => {
    const pool = plain;
    const { kept, sent } = await makeBoth(pool, 48_000);
    const wanted = await run(kept, pool);
    const gather = vi.spyOn(pool, 'gather');
    expect(await run(sent, pool)).toEqual(wanted);
    expect(gather.mock.calls.map(([{ size }]) => size)).toEqual([90, 4000, 90]);
    await expect(sent.step({ ...some(2), indices: Uint32Array.of(0, 4000) }, { wants: [] })).rejects.toThrow(
      /got index 4000 at position 1, expected indices below 4000/,
    );
  });

  it('that was drawn anew is trained on as it is then, steps ahead too', async () => {
    let revision = 0;
    const pool = Object.defineProperty(poolOf(400), 'revision', { get: () => revision });
    const { kept, sent } = await makeBoth(pool, 4800);
    const first = [pool.inputs.slice(), pool.targets.slice()] as const;
    const losses = async (trainer: WebGpuTrainer) => {
      pool.inputs.set(first[0]);
      pool.targets.set(first[1]);
      const results: Promise<StepResult>[] = [];
      for (let step = 0; step < 6; step++) {
        const { result } = await trainer.send(some(90), { wants: [] });
        results.push(result);
        if (step !== 2) continue;
        await result;
        pool.inputs.reverse();
        pool.targets.reverse();
        revision += 1;
      }
      return (await Promise.all(results)).map(({ loss }) => loss);
    };
    const wanted = await losses(sent);
    expect(new Set(wanted).size).toBe(6);
    revision = 0;
    expect(await losses(kept)).toEqual(wanted);
    expect(await kept.snapshot()).toEqual(await sent.snapshot());
  });

  it('of more than every device can bind stays there where this one can, and it is told', async () => {
    expect(theGpu().largestBinding).toBeGreaterThan(2 ** 27 + 8);
    const trainer = make(large(1));
    await trainer.snapshot();
    expect(trainer.note).toBe('all samples stay on the GPU, 192.0 MiB, more than every GPU can bind');
  });
});

describe('a pool on the null backend', () => {
  const onNull = async (options: Partial<TrainerOptions>) => {
    const made = await openOnNull(options);
    open.push(made.trainer);
    return made;
  };

  it('of more than the 128 MiB that it can bind is gathered here when it is there, and it is told', async () => {
    const pool = large(3);
    const ready = vi.fn(() => Promise.resolve());
    const { trainer } = await onNull({ pool: { ...pool, ready } });
    await trainer.step(some(100), { wants: ['errors'] });
    expect(trainer.note).toBe(
      "each step's samples are sent to the GPU, since it cannot keep all of them: 192.0 MiB are wanted in one piece, and it has " +
        'pieces of at most 128.0 MiB',
    );
    const counted = count();
    await trainer.step(some(100), { wants: ['errors'] });
    const { bytes, submits, maps } = counted();
    expect(ready).toHaveBeenCalledTimes(2);
    expect([submits, maps]).toEqual([1, 1]);
    // Five numbers up and one down, and what a step costs whatever its size.
    expect(bytes / 100).toBeGreaterThanOrEqual(24);
    expect(bytes / 100).toBeLessThan(26);
  });

  it('is sent again when it was drawn anew, and not else', async () => {
    let revision = 0;
    const pool = Object.defineProperty(poolOf(20_000), 'revision', { get: () => revision });
    const { trainer } = await onNull({ pool });
    const bytesOfStep = async (): Promise<number> => {
      const counted = count();
      await trainer.step(some(100), { wants: [] });
      const { bytes } = counted();
      vi.restoreAllMocks();
      return bytes;
    };
    await bytesOfStep();
    const usual = await bytesOfStep();
    revision++;
    const again = await bytesOfStep();
    expect([again - usual, await bytesOfStep()]).toEqual([400_000, usual]);
  });

  it('for which there is no memory is gathered here', async () => {
    const pool = poolOf(20_000);
    const { trainer, gpu } = await onNull({ pool });
    const made = gpu.made.bind(gpu);
    vi.spyOn(gpu, 'made').mockImplementation((what, make) =>
      what === '0.2 MiB of targets'
        ? Promise.reject(new DeviceError(`no memory for ${what}`))
        : made(what, make),
    );
    await trainer.step(some(100), { wants: ['errors'] });
    expect(trainer.note).toMatch(/cannot keep all of them: it has no memory for 0.4 MiB/);
  });
});
