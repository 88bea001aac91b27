// Steps that are sent before the results of earlier ones are there: the same bits, a fixed lag, and nothing read back that nobody
// asked for.
import { create } from 'webgpu';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import { createSelector, delayReports, fit, type Selector, type SentStep } from '../../../src/core/index.js';
import { siren } from '../../../src/engine/models/index.js';
import { Gpu } from '../../../src/engine/webgpu/gpu.js';
import { stepsAhead } from '../../../src/engine/webgpu/session.js';
import { WebGpuTrainer } from '../../../src/engine/webgpu/trainer.js';
import { classes, count, onNull, poolOf, small, some } from './counting.js';
import { found, keptGpu, skip, why } from './support.js';

const open: WebGpuTrainer[] = [];
afterEach(async () => {
  vi.restoreAllMocks();
  for (const trainer of open.splice(0)) await trainer.dispose();
});
afterAll(() => found?.close());

const pool = poolOf(400);
const steps = 18;
const make = (): WebGpuTrainer => {
  const trainer = new WebGpuTrainer(
    { model: small, adam: { learningRate: 1e-3 }, seed: 4, device: 'webgpu', pool },
    keptGpu,
  );
  open.push(trainer);
  return trainer;
};
const selectorOf = (strategy: string, size: number, batchSize: number): Selector => {
  const settings = { strategy, size, seed: 3, batchSize, open: stepsAhead + 1 };
  return delayReports(createSelector<string>({ ...settings, steps: 1000 }), stepsAhead);
};

async function run(
  trainer: WebGpuTrainer,
  selector: Selector,
  settles?: (step: number) => boolean,
  until = steps,
) {
  const losses: number[] = [];
  const options = { pool, trainer, selector, steps: until, ...(settles === undefined ? {} : { settles }) };
  for await (const event of fit(options)) if (event.type === 'step') losses.push(event.loss);
  return { losses, trainer: await trainer.snapshot(), selector: selector.snapshot() };
}

describe.skipIf(skip)(`steps ahead on a GPU${why}`, () => {
  it('take the same draws and the same bits as steps that are waited for, and go on from a checkpoint', async () => {
    const selector = (): Selector => selectorOf('evos-online', pool.size, 90);
    const waited = await run(make(), selector());
    const ahead = await run(make(), selector(), () => false);
    expect(ahead).toEqual(waited);
    const half = selector();
    const saved = await run(make(), half, () => false, 7);
    expect(saved.selector.values).toMatchObject({ lag: 2, reports: [5, 6, 7] });
    const [later, restored] = [make(), selector()];
    await later.restore(saved.trainer);
    restored.restore(saved.selector);
    const rest = await run(later, restored, () => false);
    expect(rest.trainer).toEqual(waited.trainer);
    expect([...saved.losses, ...rest.losses]).toEqual(waited.losses);
  });

  it('share submits where nobody waits for them, which changes no bits', async () => {
    const selector = (): Selector => selectorOf('uniform', pool.size, 90);
    const waited = await run(make(), selector());
    const trainer = make();
    await trainer.snapshot();
    const submits = vi.spyOn(classes.GPUQueue.prototype, 'submit');
    // How much shares a submit goes by the clock.
    vi.spyOn(performance, 'now').mockReturnValue(0);
    const ahead = await run(trainer, selector(), () => false);
    expect({ ...ahead, losses: [] }).toEqual({ ...waited, losses: [] });
    // Three copies of the snapshot are among them. How many share one, a thread that has other work decides too: counted without a device.
    expect(submits.mock.calls.length - 3).toBeLessThan(steps);
  });

  it('let other calls wait for what is under way', async () => {
    const trainer = make();
    const sent: SentStep[] = [];
    for (let i = 0; i < 3; i++) sent.push(await trainer.send(some(50, i), { wants: ['errors'] }));
    const { values } = await trainer.snapshot();
    expect(values['steps']).toBe(3);
    const results = await Promise.all(sent.map(({ result }) => result));
    // Each has memory of its own.
    expect(new Set(results.map(({ errors }) => errors![0])).size).toBe(3);
    expect(results.every(({ loss }) => loss > 0)).toBe(true);
  });
});

/** Losses are numbers: the null backend computes none. */
function numbered(trainer: WebGpuTrainer): WebGpuTrainer {
  const send = trainer.send.bind(trainer);
  vi.spyOn(trainer, 'send').mockImplementation(async (batch, options) => {
    const { result } = await send(batch, options);
    return { result: result.then((found) => ({ ...found, loss: 1 })) };
  });
  return trainer;
}

describe('steps ahead on the null backend', () => {
  const model = siren({ inputDim: 2, outputDim: 3 });
  const large = poolOf(20_000);

  it.each([
    ['full', 20_000],
    ['uniform', 4000],
  ])('of %s read nothing back, and share submits', async (strategy, batchSize) => {
    const { trainer } = await onNull({ model, pool: large });
    open.push(trainer);
    const selector = selectorOf(strategy, large.size, batchSize);
    const options = { pool: large, trainer: numbered(trainer), selector, settles: () => false };
    // How much shares a submit goes by the clock.
    vi.spyOn(performance, 'now').mockReturnValue(0);
    for await (const event of fit({ ...options, steps: 12 })) expect(event.step).toBeLessThan(13);
    const counted = count();
    for await (const event of fit({ ...options, steps: 42 })) expect(event.step).toBeLessThan(43);
    const { dispatches, submits, maps, buffers, bytes } = counted();
    // The first step's loss and the last one's are asked for; of the 28 between them eight share a submit, but for those that are
    // held while that loss is waited for.
    expect([maps, buffers]).toEqual([2, 0]);
    expect(submits).toBeLessThanOrEqual(2 + 5);
    expect(dispatches % 30).toBe(0);
    expect(bytes / 30).toBeLessThan((strategy === 'full' ? 0 : 4 * batchSize) + 300);
  });

  it('share a submit as far as that is not too long', async () => {
    // A pass takes 0.01 ms at least.
    const gpu = await Gpu.open(create(['backend=null']), 0.025);
    const source = { open: () => Promise.resolve(gpu), release: (of: Gpu) => of.close() };
    const trainer = new WebGpuTrainer({ model: small, device: 'webgpu', pool }, source);
    open.push(trainer);
    vi.spyOn(performance, 'now').mockReturnValue(0);
    await trainer.step(some(50), { wants: [] });
    const sendSome = async (): Promise<void> => {
      for (let i = 0; i < 7; i++) await trainer.send(some(50, i), { wants: [], loss: false });
    };
    // Each place has its buffers then.
    for (let i = 0; i < 2; i++) await sendSome();
    await trainer.parameters();
    const counted = count();
    await sendSome();
    expect(counted().submits).toBe(3);
    // The one that is left goes when somebody wants something of the device, or nobody wants anything.
    await trainer.parameters();
    expect(counted().submits).toBe(3 + 1 + 1);
    await sendSome();
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(counted().submits).toBe(5 + 4);
  });

  it('of a selector that goes by errors are one read-back and at most 12 bytes a sample, and do not wait', async () => {
    const { trainer } = await onNull({ model, pool: large });
    open.push(trainer);
    const send = (step: number): Promise<SentStep> => trainer.send(some(2000, step), { wants: ['errors'] });
    for (let step = 0; step <= stepsAhead; step++) await send(step);
    await trainer.snapshot();
    const counted = count();
    const sent: SentStep[] = [];
    let arrived = 0;
    for (let step = 0; step < 30; step++) {
      sent.push(await send(step));
      void sent[step]!.result.then(() => arrived++);
      // The first ones are sent before any has come back.
      if (step < 2) expect(arrived).toBe(0);
      expect(step - arrived).toBeLessThanOrEqual(stepsAhead);
    }
    await Promise.all(sent.map(({ result }) => result));
    const { dispatches, submits, maps, buffers, bytes } = counted();
    expect([dispatches, submits, maps, buffers]).toEqual([30 * 16, 30, 30, 0]);
    expect(bytes / (30 * 2000)).toBeLessThan(12);
  });

  it('tell of a device that is lost, and of a command that it refuses', async () => {
    const { trainer, gpu } = await onNull({ model: small, pool });
    open.push(trainer);
    await trainer.step(some(50), { wants: [] });
    const sent = await trainer.send(some(50), { wants: ['errors'] });
    gpu.device.destroy();
    await expect(sent.result).rejects.toThrow(/the GPU was lost in the middle of training/);
    const run = async (): Promise<void> => {
      for (let i = 0; i < 5; i++) await (await trainer.send(some(50), { wants: [], loss: false })).result;
    };
    await expect(run()).rejects.toThrow(/the GPU was lost/);
  });
});
