// The training loop, with a trainer small enough to check by hand: one weight per sample, moved towards its target.
import { describe, expect, it, vi } from 'vitest';
import { ArgumentError, ConfigError } from '../../src/core/errors.js';
import type { FitEvent, StepEvent } from '../../src/core/events.js';
import { fit, type FitLoopOptions } from '../../src/core/fit.js';
import { allOf, someOf } from '../../src/core/samples.js';
import { createRandom } from '../../src/core/numeric/random.js';
import { createSelector, type SelectorOptions } from '../../src/core/selectors/registry.js';
import type {
  Batch,
  Pool,
  Selector,
  Snapshot,
  StepOptions,
  TrainerCapabilities,
  StepResult,
  Samples,
  Trainer,
} from '../../src/core/contracts.js';

const size = 40;

/** Targets drawn from seed 17; a sample's input is its own index. */
class TablePool implements Pool {
  readonly size = size;
  readonly inputDim = 1;
  readonly targetDim = 1;
  readonly inputs = Float32Array.from({ length: size }, (_, i) => i);
  readonly targets: Float32Array;

  constructor() {
    const random = createRandom(17);
    this.targets = this.inputs.map(() => random.float());
  }

  gather(samples: Samples): Batch {
    if (samples.whole) return { ...allOf(size), inputs: this.inputs, targets: this.targets };
    const { indices } = samples;
    const pick = (from: Float32Array) => Float32Array.from(indices, (i) => from[i] ?? NaN);
    return { ...someOf(indices), inputs: pick(this.inputs), targets: pick(this.targets) };
  }
}

/** A table of weights; a step halves the error of the samples it sees. */
class TableTrainer implements Trainer {
  weights = new Float32Array(size);
  readonly seen: StepOptions[] = [];
  /** The step at which the loss is no longer a number. */
  diverges = Infinity;
  forgetsErrors = false;
  readonly capabilities: TrainerCapabilities = {
    gives: ['errors', 'predictions'],
    scores: false,
    weights: false,
    terms: ['cross-frequency'],
    resident: false,
  };

  async step(batch: Batch, options: StepOptions): Promise<StepResult> {
    this.seen.push(options);
    const predictions = await this.predict(batch.inputs);
    const errors = new Float32Array(batch.size);
    let loss = 0;
    batch.inputs.forEach((sample, i) => {
      const error = (batch.targets[i] ?? NaN) - (predictions[i] ?? NaN);
      errors[i] = error ** 2;
      loss += error ** 2 / batch.size;
      this.weights[sample] = (predictions[i] ?? NaN) + error / 2;
    });
    if (this.seen.length >= this.diverges) loss = NaN;
    if (options.wants.length === 0 || this.forgetsErrors) return { loss };
    return options.wants.includes('predictions') ? { loss, errors, predictions } : { loss, errors };
  }

  predict(inputs: Float32Array): Promise<Float32Array> {
    return Promise.resolve(inputs.map((sample) => this.weights[sample] ?? NaN));
  }

  snapshot(): Promise<Snapshot> {
    return Promise.resolve({ values: {}, arrays: { weights: this.weights.slice() } });
  }

  restore({ arrays }: Snapshot): Promise<void> {
    this.weights = Float32Array.from(arrays['weights'] ?? []);
    return Promise.resolve();
  }

  dispose(): Promise<void> {
    return Promise.resolve();
  }
}

function parts(options: Partial<SelectorOptions<'evos'>> = {}): {
  pool: TablePool;
  trainer: TableTrainer;
  selector: Selector;
} {
  const pool = new TablePool();
  const base = {
    strategy: 'evos',
    size,
    steps: 30,
    interval: { from: 6, to: 4 },
  } as const;
  return { pool, trainer: new TableTrainer(), selector: createSelector({ ...base, ...options }) };
}

/** What a run tells, but for times; indices copied. */
async function told(options: FitLoopOptions): Promise<object[]> {
  const events: object[] = [];
  for await (const event of fit(options)) events.push(timeless(event));
  return events;
}

function timeless(event: FitEvent): object {
  const rest = Object.entries(event).filter(([key]) => key !== 'seconds');
  const copied = rest.map(([key, value]: [string, unknown]) => [
    key,
    value instanceof Uint32Array ? value.slice() : value,
  ]);
  return Object.fromEntries(copied) as object;
}

describe('fit', () => {
  it('tells of each step, each measurement and the end, in that order', async () => {
    const { pool, trainer, selector } = parts();
    const measure = {
      at: (step: number) => step % 10 === 0,
      run: () => Promise.resolve({ mse: trainer.weights[0] ?? NaN }),
    };
    const events = await told({ pool, trainer, selector, steps: 30, measure });
    const kinds = events.map((event) => (event as FitEvent).type);
    const ten = [...Array<string>(10).fill('step'), 'measure'];
    expect(kinds).toEqual([...ten, ...ten, ...ten, 'end']);
    expect(events.at(-1)).toEqual({ type: 'end', reason: 'finished', step: 30, steps: 30 });
    for await (const { seconds } of fit({ ...parts(), steps: 1 })) {
      expect(Object.keys(seconds)).toEqual(['train', 'select', 'evaluate']);
      for (const spent of Object.values(seconds)) expect(spent).toBeGreaterThanOrEqual(0);
    }
    expect(events[0]).toMatchObject({
      type: 'step',
      step: 1,
      steps: 30,
      ratio: 0.5,
      samples: size,
      wants: ['errors'],
      whole: true,
      indices: Uint32Array.from({ length: size }, (_, i) => i),
    });
    expect(events[10]).toMatchObject({
      type: 'measure',
      step: 10,
      metrics: { mse: expect.any(Number) as number },
    });
  });

  it('gathers nothing for a trainer that has the samples itself', async () => {
    const plain = parts();
    const expected = await told({ ...plain, steps: 30 });
    const { pool, trainer, selector } = parts();
    const own = new TablePool();
    const step = (batch: Batch, options: StepOptions): Promise<StepResult> => {
      expect([batch.inputs.length, batch.targets.length]).toEqual([0, 0]);
      const gathered = own.gather(batch);
      expect(batch.size).toBe(gathered.size);
      return trainer.step(gathered, options);
    };
    const gather = vi.spyOn(pool, 'gather');
    const byIndex: Trainer = {
      capabilities: { ...trainer.capabilities, resident: true },
      step,
      predict: (inputs) => trainer.predict(inputs),
      snapshot: () => trainer.snapshot(),
      restore: (snapshot) => trainer.restore(snapshot),
      dispose: () => trainer.dispose(),
    };
    expect(await told({ pool, trainer: byIndex, selector, steps: 30 })).toEqual(expected);
    expect(gather).not.toHaveBeenCalled();
  });

  it('trains: the loss of everything is the mean squared target first, and small at last', async () => {
    const { pool, trainer } = parts();
    const selector = createSelector({ strategy: 'full', size, steps: 20 });
    const events = (await told({ pool, trainer, selector, steps: 20 })) as { loss: number }[];
    const expected = pool.targets.reduce((sum, target) => sum + target ** 2 / size, 0);
    expect(events[0]?.loss).toBeCloseTo(expected, 6);
    expect(events[19]?.loss).toBeLessThan(expected * 1e-9);
  });

  it('asks for what the selector wants, and for the terms of its steps', async () => {
    const operator = { response: (values: Float32Array) => values };
    const { targets } = new TablePool();
    const { pool, trainer, selector } = parts({ operator, targets, crossFrequencyUntil: 0.5 });
    const events = (await told({ pool, trainer, selector, steps: 30 })) as StepEvent[];
    const steps = events.filter((event) => event.type === 'step');
    expect(trainer.seen).toEqual(
      steps.map(({ wants, step }) => ({
        wants,
        ...(wants.length > 0 || step <= 15 ? { terms: ['cross-frequency'] } : {}),
      })),
    );
    const asked = trainer.seen.filter(({ wants }) => wants.length > 0);
    expect(asked.length).toBeGreaterThan(3);
    expect(asked[0]?.wants).toEqual(['errors', 'predictions']);
  });

  it('hands each step its learning rate where a function gives one, and none of its own otherwise', async () => {
    const scheduled = parts();
    await told({ ...scheduled, steps: 30, learningRate: (step) => 1 / step });
    expect(scheduled.trainer.seen.map((options) => options.learningRate)).toEqual(
      Array.from({ length: 30 }, (_, i) => 1 / (i + 1)),
    );
    const plain = parts();
    await told({ ...plain, steps: 2 });
    for (const options of plain.trainer.seen) expect(options).not.toHaveProperty('learningRate');
  });

  it('refuses a learning rate that is none before taking its step', async () => {
    for (const rate of [NaN, -1, Infinity]) {
      const { pool, trainer, selector } = parts();
      const learningRate = (step: number) => (step < 3 ? 0 : rate);
      const run = told({ pool, trainer, selector, steps: 30, learningRate });
      await expect(run).rejects.toThrow(ArgumentError);
      await expect(run).rejects.toThrow(
        `learningRate must be a number in [0, ${Number.MAX_VALUE}], got ${rate}: the rate that the learningRate function gave for step 3.`,
      );
      expect([selector.step, trainer.seen.length]).toEqual([2, 2]);
    }
  });

  it('draws batches of the size it is given', async () => {
    const { pool, trainer, selector } = parts();
    const events = (await told({ pool, trainer, selector, steps: 30, batchSize: 7 })) as StepEvent[];
    for (const { wants, samples } of events.slice(0, -1)) expect(samples).toBe(wants.length > 0 ? size : 7);
    const changing = parts();
    let batchSize = 3;
    const more = await told({ ...changing, steps: 30, batchSize: () => ++batchSize });
    expect((more as StepEvent[]).slice(1, 4).map(({ samples }) => samples)).toEqual([5, 6, 7]);
  });

  it('does nothing while an event is held, so that a snapshot at any event goes on bit for bit', async () => {
    const whole = parts();
    const events = await told({ ...whole, steps: 30 });
    for (const stopAt of [1, 5, 14]) {
      const first = parts();
      let saved: { selector: Snapshot; trainer: Snapshot } | undefined;
      for await (const event of fit({ ...first, steps: 30 })) {
        if (event.step !== stopAt) continue;
        const { weights, seen } = first.trainer;
        const before = weights.slice();
        await new Promise((resolve) => setTimeout(resolve, 5));
        expect(seen.length).toBe(stopAt);
        expect(first.selector.step).toBe(stopAt);
        expect(weights).toEqual(before);
        saved = { selector: first.selector.snapshot(), trainer: await first.trainer.snapshot() };
        break;
      }
      const second = parts();
      second.selector.restore(saved?.selector ?? { values: {}, arrays: {} });
      await second.trainer.restore(saved?.trainer ?? { values: {}, arrays: {} });
      expect(await told({ ...second, steps: 30 })).toEqual(events.slice(stopAt));
      expect(second.trainer.weights).toEqual(whole.trainer.weights);
    }
  });

  it('ends after the current step when aborted, with its measurement, and can be taken up again', async () => {
    const { pool, trainer, selector } = parts();
    const controller = new AbortController();
    const measure = { at: () => true, run: () => Promise.resolve({ x: 1 }) };
    const types: string[] = [];
    for await (const event of fit({
      pool,
      trainer,
      selector,
      steps: 30,
      signal: controller.signal,
      measure,
    })) {
      types.push(event.type);
      if (event.type === 'step' && event.step === 3) controller.abort();
      if (event.type === 'end') expect(event).toMatchObject({ reason: 'aborted', step: 3, steps: 30 });
    }
    expect(types).toEqual(['step', 'measure', 'step', 'measure', 'step', 'measure', 'end']);
    const rest = await told({ pool, trainer, selector, steps: 30 });
    expect(rest.length).toBe(28);
    expect(rest.at(-1)).toMatchObject({ reason: 'finished', step: 30 });
    expect(await told({ pool, trainer, selector, steps: 30 })).toEqual([
      { type: 'end', reason: 'finished', step: 30, steps: 30 },
    ]);
  });

  it('takes no step when aborted beforehand', async () => {
    const { pool, trainer, selector } = parts();
    const events = await told({ pool, trainer, selector, steps: 30, signal: AbortSignal.abort() });
    expect(events).toEqual([{ type: 'end', reason: 'aborted', step: 0, steps: 30 }]);
    expect(trainer.seen).toEqual([]);
  });

  it('counts seconds by purpose, on from those of an earlier run', async () => {
    const { pool, trainer, selector } = parts();
    // A clock that only the parts move, each by its own amount of seconds.
    let clock = 0;
    const now = vi.spyOn(performance, 'now').mockImplementation(() => clock * 1000);
    const moved = <T>(seconds: number, value: T): T => ((clock += seconds), value);
    const timed: FitLoopOptions = {
      pool: { ...pool, size, gather: (samples) => moved(1, pool.gather(samples)) },
      trainer: {
        capabilities: trainer.capabilities,
        step: async (batch, options) => moved(2, await trainer.step(batch, options)),
        predict: (inputs) => trainer.predict(inputs),
        snapshot: () => trainer.snapshot(),
        restore: (snapshot) => trainer.restore(snapshot),
        dispose: () => trainer.dispose(),
      },
      selector: {
        strategy: 'timed',
        needs: [],
        size,
        get step() {
          return selector.step;
        },
        next: (options) => moved(4, selector.next(options)),
        report: (selection, feedback) => moved(8, selector.report(selection, feedback)),
        snapshot: () => selector.snapshot(),
        restore: (snapshot) => selector.restore(snapshot),
      },
      measure: { at: (step) => step === 2, run: () => Promise.resolve(moved(16, { x: 1 })) },
      steps: 2,
      elapsed: { train: 100, select: 200, evaluate: 300 },
    };
    const seconds: object[] = [];
    try {
      for await (const event of fit(timed)) {
        seconds.push(event.seconds);
        // Time the consumer takes is nobody's.
        clock += 1000;
      }
    } finally {
      now.mockRestore();
    }
    const last = { train: 106, select: 216, evaluate: 316 };
    expect(seconds).toEqual([
      { train: 103, select: 212, evaluate: 300 },
      { train: 106, select: 216, evaluate: 300 },
      last,
      last,
    ]);
  });

  it('stops where the loss is no number any more, and says what to do', async () => {
    const { pool, trainer, selector } = parts();
    trainer.diverges = 4;
    const run = told({ pool, trainer, selector, steps: 30 });
    await expect(run).rejects.toThrow(ConfigError);
    await expect(run).rejects.toThrow(
      'Training diverged: the loss is NaN at step 4 of 30, expected a finite number. Lower the learning rate and',
    );
    const named = parts();
    named.trainer.diverges = 4;
    await expect(told({ ...named, steps: 30, learningRate: () => 0.02 })).rejects.toThrow(
      'The learning rate was 0.02: lower it, to 0.002 for example, and start again, or resume',
    );
  });

  it('refuses a trainer that keeps its errors to itself', async () => {
    const { pool, trainer, selector } = parts();
    trainer.forgetsErrors = true;
    await expect(told({ pool, trainer, selector, steps: 30 })).rejects.toThrow(
      'The trainer returned no errors for step 1, although it was asked for errors: a trainer must return what its capabilities',
    );
  });

  it('refuses parts that do not fit together, at the call', () => {
    const { pool, trainer } = parts();
    const selector = createSelector({ strategy: 'full', size: 3, steps: 2 });
    expect(() => fit({ pool, trainer, selector, steps: 2 })).toThrow(ArgumentError);
    expect(() => fit({ pool, trainer, selector, steps: 2 })).toThrow(
      'The pool has 40 samples, but the selector was made for 3',
    );
    expect(() => fit({ ...parts(), steps: 0 })).toThrow(
      'steps must be an integer of at least 1, got 0: the last step of the run.',
    );
    expect(() => fit({ ...parts(), steps: 1, batchSize: 0 })).toThrow(
      'batchSize must be an integer of at least 1, got 0',
    );
  });
});
