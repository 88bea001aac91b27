// Steps that are sent ahead: a trainer of numbers that answers late, with and without.
import { afterEach, describe, expect, it, vi } from 'vitest';
import {
  createSelector,
  delayReports,
  fit,
  type Batch,
  type Feedback,
  type FitEvent,
  type Pool,
  type Selection,
  type Selector,
  type SendOptions,
  type StepResult,
  type Trainer,
  type Want,
} from '../../src/core/index.js';

const size = 60;
const pool: Pool = {
  ...{ size, inputDim: 1, targetDim: 1 },
  gather: (samples) =>
    Object.assign(samples, {
      inputs: new Float32Array(samples.size),
      targets: new Float32Array(samples.size),
    }),
};

/** Each sample's error falls when it is trained on. Results of sent steps wait until they are asked for, or `ahead` are exceeded. */
class LateTrainer implements Trainer {
  readonly capabilities = {
    ...{
      gives: ['errors', 'predictions'] as const,
      scores: false,
      weights: false,
      terms: [],
      resident: true,
    },
    ahead: 2,
  };
  readonly log: string[] = [];
  errors = Float32Array.from({ length: size }, (_, i) => 1 + (i % 7));
  underWay = 0;
  most = 0;
  steps = 0;
  bad = Infinity;

  async step(batch: Batch, options: SendOptions): Promise<StepResult> {
    return (await this.send(batch, options)).result;
  }

  async send({ indices }: Batch, { wants, loss = true }: SendOptions) {
    const step = ++this.steps;
    const errors = Float32Array.from(indices, (index) => this.errors[index]!);
    for (const index of indices) this.errors[index]! *= 0.8;
    this.most = Math.max(this.most, ++this.underWay);
    this.log.push(`${step}${loss ? '' : ' silent'}`);
    const result = new Promise<StepResult>((resolve) =>
      setImmediate(() => {
        this.underWay--;
        const value = step === this.bad ? NaN : errors.reduce((sum, error) => sum + error, 0);
        const found = { errors, predictions: errors };
        resolve({ loss: loss ? value : NaN, ...(wants.length > 0 ? found : {}) });
      }),
    );
    return Promise.resolve({ result });
  }

  predict = (): Promise<Float32Array> => Promise.reject(new Error('not asked for'));
  snapshot = () =>
    Promise.resolve({ values: { steps: this.steps }, arrays: { errors: this.errors.slice() } });
  restore = ({ values, arrays }: Awaited<ReturnType<LateTrainer['snapshot']>>): Promise<void> => {
    [this.steps, this.errors] = [Number(values['steps']), arrays.errors.slice()];
    return Promise.resolve();
  };
  dispose = (): Promise<void> => Promise.resolve();
}

/** Step t has the samples 2t and 2t + 1, in one memory; reports may come two selections later. */
class Pairs implements Selector {
  readonly strategy = 'pairs';
  readonly size = size;
  readonly lag = 2;
  readonly needs: readonly Want[];
  /** Targets that came with reports. */
  readonly compared: number[][] = [];
  /** How often indices were read. */
  reads = 0;
  step = 0;
  readonly #whole: boolean;
  readonly #indices = new Uint32Array(2);

  constructor(wants: readonly Want[], whole = false) {
    this.needs = wants;
    this.#whole = whole;
  }

  next(): Selection {
    const step = ++this.step;
    this.#indices.set([2 * step, 2 * step + 1]);
    const read = (): Uint32Array => (this.reads++, this.#indices);
    return {
      ...{ id: step, step, pass: 'train', ratio: 1, wants: this.needs, awaited: false },
      ...{ whole: this.#whole, size: 2 },
      get indices() {
        return read();
      },
    };
  }

  report(_: unknown, feedback: Feedback | Float32Array): boolean {
    return this.compared.push('targets' in feedback ? [...feedback.targets] : []) > 0;
  }

  snapshot = (): never => expect.unreachable();
  restore = (): never => expect.unreachable();
}

afterEach(() => void vi.restoreAllMocks());

const steps = 24;
const selectorOf = (strategy: string, lag = 2): Selector =>
  delayReports(createSelector<string>({ strategy, size, steps, seed: 3, batchSize: 6, open: lag + 1 }), lag);

interface Told {
  readonly events: readonly string[];
  readonly drawn: readonly (readonly number[])[];
}

async function tell(
  events: AsyncIterable<FitEvent>,
  each: (event: FitEvent) => unknown = () => 0,
): Promise<Told> {
  const told: string[] = [];
  const drawn: number[][] = [];
  for await (const event of events) {
    told.push(`${event.type} ${event.step}`);
    if (event.type === 'step') drawn.push([...event.indices]);
    if ((await each(event)) === 'stop') break;
  }
  return { events: told, drawn };
}

describe('a run with steps ahead', () => {
  it.each(['evos-online', 'uniform'])(
    'of %s draws what it draws when every step is waited for, and tells the same in the same order',
    async (strategy) => {
      const run = async (settles?: (step: number) => boolean) => {
        const trainer = new LateTrainer();
        const measure = {
          at: (step: number) => step % 10 === 0,
          run: () => Promise.resolve({ steps: trainer.steps }),
        };
        const selector = selectorOf(strategy);
        const measured: unknown[] = [];
        const options = {
          pool,
          trainer,
          selector,
          steps,
          measure,
          ...(settles === undefined ? {} : { settles }),
        };
        const told = await tell(
          fit(options),
          (event) => event.type === 'measure' && measured.push(event.metrics),
        );
        return { ...told, measured, errors: trainer.errors, most: trainer.most };
      };
      const waited = await run();
      const ahead = await run(() => false);
      expect([waited.most, ahead.most]).toEqual([1, 3]);
      // What is measured is the state of that step.
      expect(waited.measured).toEqual([{ steps: 10 }, { steps: 20 }]);
      expect({ ...ahead, most: 1 }).toEqual(waited);
      expect(waited.drawn).toHaveLength(steps);
    },
  );

  it('is nowhere ahead of a selector that has no lag, nor of one that cannot go on', async () => {
    const trainer = new LateTrainer();
    const selector = createSelector({ strategy: 'evos-online', size, steps, batchSize: 6 });
    await tell(fit({ pool, trainer, selector, steps, settles: () => false }));
    expect(trainer.most).toBe(1);
    // Evaluating steps of EVOS as published.
    const published = new LateTrainer();
    const settings = { strategy: 'evos', crossover: 'no', crossFrequency: false, open: 3 } as const;
    const evos = delayReports(createSelector({ ...settings, size, steps, batchSize: 6 }), 2);
    const awaited: number[] = [];
    await tell(fit({ pool, trainer: published, selector: evos, steps, settles: () => false }), (event) => {
      if (event.type !== 'step' || !event.awaited) return;
      awaited.push(event.step);
      // Nothing was sent after it.
      expect(published.steps).toBe(event.step);
    });
    expect(awaited[0]).toBe(1);
  });

  it('goes on bit for bit from a step that it settled', async () => {
    const whole = new LateTrainer();
    const wanted = await tell(
      fit({ pool, trainer: whole, selector: selectorOf('evos-online'), steps, settles: () => false }),
    );
    const [first, selector] = [new LateTrainer(), selectorOf('evos-online')];
    const settles = (step: number): boolean => step === 11;
    let saved: [Awaited<ReturnType<LateTrainer['snapshot']>>, ReturnType<Selector['snapshot']>] | undefined;
    const before = await tell(fit({ pool, trainer: first, selector, steps, settles }), async (event) => {
      if (event.step !== 11) return undefined;
      expect([selector.step, first.steps, first.underWay]).toEqual([11, 11, 0]);
      saved = [await first.snapshot(), selector.snapshot()];
      return 'stop';
    });
    const [later, restored] = [new LateTrainer(), selectorOf('evos-online')];
    await later.restore(saved![0]);
    restored.restore(saved![1]);
    const after = await tell(fit({ pool, trainer: later, selector: restored, steps, settles: () => false }));
    expect([...before.drawn, ...after.drawn]).toEqual(wanted.drawn);
    expect(later.errors).toEqual(whole.errors);
    expect(() => selectorOf('evos-online', 1).restore(saved![1])).toThrow(
      /reports wait for 2 selections, this selector's for 1/,
    );
  });

  it('asks for nothing where nothing is wanted, but at steps that are waited for', async () => {
    const trainer = new LateTrainer();
    const losses: number[] = [];
    const settles = (step: number): boolean => step === 5;
    const options = { pool, trainer, selector: selectorOf('uniform'), steps: 8, settles };
    await tell(fit(options), (event) => event.type === 'step' && losses.push(event.loss));
    expect(trainer.log).toEqual(
      [1, 2, 3, 4, 5, 6, 7, 8].map((step) => `${step}${[1, 5, 8].includes(step) ? '' : ' silent'}`),
    );
    expect(new Set(losses.slice(0, 4)).size).toBe(1);
    expect(losses.every(Number.isFinite)).toBe(true);
  });

  it('keeps what a late result is compared with: the pool has other samples in its memory by then', async () => {
    const memory = new Float32Array(2);
    const shared: Pool = {
      ...pool,
      gather: (samples) => {
        memory.set(samples.indices);
        return Object.assign(samples, { inputs: memory, targets: memory });
      },
    };
    const selector = new Pairs(['predictions']);
    const trainer = new LateTrainer();
    Object.assign(trainer, { capabilities: { ...trainer.capabilities, resident: false } });
    const { drawn } = await tell(fit({ pool: shared, trainer, selector, steps: 6, settles: () => false }));
    expect(trainer.most).toBe(3);
    expect(selector.compared).toEqual([1, 2, 3, 4, 5, 6].map((step) => [2 * step, 2 * step + 1]));
    // Nor are the samples of an event those of a later step.
    expect(drawn).toEqual(selector.compared);
  });

  it('makes no indices that nobody reads, and copies them only where a step is not waited for', async () => {
    const reads = async (whole: boolean, settles?: () => boolean): Promise<number> => {
      const selector = new Pairs([], whole);
      const silent = { ...new LateTrainer() } as LateTrainer;
      silent.step = () => Promise.resolve({ loss: 1 });
      silent.send = () => Promise.resolve({ result: Promise.resolve({ loss: 1 }) });
      const blind: Pool = { ...pool, gather: () => ({ size: 2 }) as never };
      const options = { pool: blind, trainer: silent, selector, steps: 5 };
      for await (const event of fit({ ...options, ...(settles && { settles }) })) void event;
      return selector.reads;
    };
    expect([await reads(false), await reads(true), await reads(true, () => false)]).toEqual([0, 0, 0]);
    // All but the last step, which is waited for.
    expect(await reads(false, () => false)).toBe(4);
  });

  it('is nowhere ahead of a trainer that takes no steps ahead, whatever it says', async () => {
    const trainer = new LateTrainer();
    const send = trainer.send.bind(trainer);
    const step = async (batch: Batch, options: SendOptions) => (await send(batch, options)).result;
    const plain = Object.assign(trainer, { step, send: undefined });
    const options = { pool, trainer: plain as unknown as Trainer, selector: selectorOf('uniform'), steps: 5 };
    const losses: number[] = [];
    const each = (event: FitEvent): unknown => event.type === 'step' && losses.push(event.loss);
    await tell(fit({ ...options, settles: () => false }), each);
    expect(trainer.most).toBe(1);
    expect(new Set(losses).size).toBe(5);
  });

  it('counts the wait for a late result as training', async () => {
    let clock = 0;
    vi.spyOn(performance, 'now').mockImplementation(() => clock * 1000);
    const trainer = new LateTrainer();
    const send = trainer.send.bind(trainer);
    trainer.send = async (batch, options) => {
      const { result } = await send(batch, options);
      return { result: result.then((found) => ((clock += 3), found)) };
    };
    const seconds: object[] = [];
    const options = { pool, trainer, selector: new Pairs(['errors']), steps: 4, settles: () => false };
    await tell(fit(options), (event) => seconds.push(event.seconds));
    expect(seconds.at(-1)).toEqual({ train: 12, select: 0, evaluate: 0 });
  });

  it('leaves nothing under way when somebody leaves early, and tells which step diverged', async () => {
    const trainer = new LateTrainer();
    await tell(
      fit({ pool, trainer, selector: selectorOf('evos-online'), steps, settles: () => false }),
      (event) => (event.step === 4 ? 'stop' : ''),
    );
    expect([trainer.steps, trainer.underWay]).toEqual([6, 0]);
    const bad = new LateTrainer();
    bad.bad = 7;
    const run = tell(
      fit({ pool, trainer: bad, selector: selectorOf('evos-online'), steps, settles: () => false }),
    );
    await expect(run).rejects.toThrow(/the loss is NaN.*step 7/);
    expect(bad.underWay).toBe(0);
  });

  it('is told of to the end when it is stopped', async () => {
    const stop = new AbortController();
    const trainer = new LateTrainer();
    const selector = selectorOf('evos-online');
    const options = { pool, trainer, selector, steps, settles: () => false, signal: stop.signal };
    const { events } = await tell(fit(options), (event) => event.step === 4 && stop.abort());
    expect(events.slice(-3)).toEqual(['step 5', 'step 6', 'end 6']);
  });
});
