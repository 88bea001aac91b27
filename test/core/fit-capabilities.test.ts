// What not every strategy asks for and not every trainer gives: passes to score, weights, gradients, tangents, loss terms,
// late reports. Toy strategies ask, a toy trainer answers.
import { afterEach, describe, expect, it, vi } from 'vitest';
import type {
  Batch,
  Feedback,
  Need,
  Pool,
  StepOptions,
  StepResult,
  Trainer,
  TrainerCapabilities,
  Want,
} from '../../src/core/contracts.js';
import { ArgumentError } from '../../src/core/errors.js';
import type { StepEvent } from '../../src/core/events.js';
import { fit } from '../../src/core/fit.js';
import { allOf, someOf } from '../../src/core/samples.js';
import { BaseSelector, type Plan } from '../../src/core/selectors/base.js';
import { delayReports } from '../../src/core/selectors/delayed.js';
import type { Draw } from '../../src/core/selectors/draw.js';
import type { Found } from '../../src/core/selectors/feedback.js';
import {
  createSelector,
  definePlugin,
  findStrategy,
  register,
  strategies,
} from '../../src/core/selectors/registry.js';
import { defineStrategy, type SelectorContext } from '../../src/core/selectors/strategy.js';
import { integer } from '../../src/core/settings.js';

const size = 20;
const seconds = { train: 0, select: 0, evaluate: 0 };
const usual: TrainerCapabilities = {
  gives: ['errors', 'absolute', 'predictions', 'inputGradients', 'tangents'],
  scores: true,
  weights: true,
  terms: [],
  resident: false,
};

const pool: Pool = {
  size,
  inputDim: 1,
  targetDim: 1,
  gather: (samples) => {
    const inputs = Float32Array.from(samples.indices);
    return {
      ...(samples.whole ? allOf(size) : someOf(samples.indices)),
      inputs,
      targets: inputs.map((x) => x / 10),
    };
  },
};

/** Finds an error of its index at each sample, and remembers what it was asked. */
class ToyTrainer implements Pick<Trainer, 'capabilities' | 'step' | 'score'> {
  readonly capabilities: TrainerCapabilities;
  readonly calls: {
    readonly pass: string;
    readonly indices: number[];
    readonly weights?: number[];
    readonly terms?: readonly string[];
  }[] = [];

  constructor(capabilities: Partial<TrainerCapabilities> = {}) {
    this.capabilities = { ...usual, ...capabilities };
  }

  step(batch: Batch, options: StepOptions): Promise<StepResult> {
    return Promise.resolve(this.#answer('train', batch, options));
  }

  score(batch: Batch, options: Pick<StepOptions, 'wants'>): Promise<StepResult> {
    return Promise.resolve(this.#answer('score', batch, options));
  }

  #answer(pass: string, { indices, weights }: Batch, { wants, terms }: StepOptions): StepResult {
    this.calls.push({
      pass,
      indices: [...indices],
      ...(weights === undefined ? {} : { weights: [...weights] }),
      ...(terms === undefined ? {} : { terms }),
    });
    const found: Record<Want, Float32Array> = {
      errors: Float32Array.from(indices, (index, i) => (weights?.[i] === 0 ? NaN : index)),
      absolute: Float32Array.from(indices, (index) => Math.sqrt(index)),
      predictions: new Float32Array(indices.length),
      inputGradients: Float32Array.from(indices, (index) => -index),
      tangents: Float32Array.from(indices, (index) => 2 * index),
      frequency: Float32Array.from(indices, (index) => 3 * index),
    };
    return { loss: 1, ...Object.fromEntries(wants.map((want) => [want, found[want]])) };
  }
}

interface ToyOptions {
  readonly scores?: boolean;
  readonly weigh?: boolean;
  readonly terms?: readonly string[];
}

/** Trains on the four samples of the largest score; what scores is one thing that it wants. */
class Toy extends BaseSelector {
  readonly found: Found[] = [];
  readonly lags: number[] = [];
  readonly #wants: readonly Want[];
  readonly #more: ToyOptions;
  #best = Uint32Array.of(0, 1, 2, 3);
  #scored = false;

  constructor(wants: readonly Want[], more: ToyOptions = {}, context: Partial<SelectorContext> = {}) {
    const needs: Need[] = [
      ...wants,
      ...(more.scores === true ? (['score'] as const) : []),
      ...(more.weigh === true ? (['weights'] as const) : []),
    ];
    super('toy', { size, seed: 1, ...context }, {}, needs);
    this.#wants = wants;
    this.#more = more;
  }

  protected choose(draw: Draw): Plan {
    const { scores = false, weigh = false, terms } = this.#more;
    if (scores && !this.#scored) {
      draw.takeAll(size);
      return { pass: 'score', wants: this.#wants, awaited: true };
    }
    this.#scored = false;
    draw.resize(4);
    draw.indices.set(this.#best);
    if (weigh) draw.weights = Float32Array.of(1, 0, 2, 0.5);
    return { wants: scores ? [] : this.#wants, ...(terms === undefined ? {} : { terms }) };
  }

  protected override learn(draw: Draw, found: Found): void {
    this.lags.push(this.step - draw.step);
    this.found.push(found);
    if (!draw.whole) return;
    this.#scored = true;
    const score = found.absolute ?? found.errors ?? new Float32Array(size);
    this.#best = Uint32Array.from([...score.keys()].sort((a, b) => score[b]! - score[a]!).slice(0, 4));
  }
}

async function run(
  selector: Toy | ReturnType<typeof delayReports>,
  trainer: ToyTrainer,
  steps: number,
): Promise<StepEvent[]> {
  const events: StepEvent[] = [];
  for await (const event of fit({
    pool,
    trainer: trainer as unknown as Trainer,
    selector,
    steps,
    elapsed: seconds,
  })) {
    if (event.type === 'step') events.push(event);
  }
  return events;
}

afterEach(() => {
  vi.restoreAllMocks();
});

describe('fit with capabilities', () => {
  it('scores everything by a pass of its own, at the same step number, and counts that as selection', async () => {
    let clock = 0;
    vi.spyOn(performance, 'now').mockImplementation(() => clock * 1000);
    const trainer = new ToyTrainer();
    const step = trainer.step.bind(trainer);
    const score = trainer.score.bind(trainer);
    trainer.step = (batch, options) => ((clock += 1), step(batch, options));
    trainer.score = (batch, options) => ((clock += 10), score(batch, options));
    const events = await run(new Toy(['absolute'], { scores: true }), trainer, 2);
    expect(trainer.calls.map(({ pass, indices }) => [pass, indices.length])).toEqual([
      ['score', 20],
      ['train', 4],
      ['score', 20],
      ['train', 4],
    ]);
    expect(trainer.calls[1]?.indices).toEqual([19, 18, 17, 16]);
    expect(events.map((event) => event.step)).toEqual([1, 2]);
    expect(events.at(-1)?.seconds).toEqual({ train: 2, select: 20, evaluate: 0 });
  });

  it.each(['absolute', 'inputGradients', 'tangents', 'predictions'] as const)(
    'hands over %s, and targets with predictions alone',
    async (want) => {
      const selector = new Toy([want]);
      await run(selector, new ToyTrainer(), 1);
      expect(selector.found[0]?.[want]).toHaveLength(4);
      expect(selector.found[0]?.errors).toBeUndefined();
      expect(selector.found[0]?.targets === undefined).toBe(want !== 'predictions');
    },
  );

  it('hands weights to the trainer, and reads no error where a weight is 0', async () => {
    const [selector, trainer] = [new Toy(['errors'], { weigh: true }), new ToyTrainer()];
    await run(selector, trainer, 1);
    expect(trainer.calls[0]?.weights).toEqual([1, 0, 2, 0.5]);
    expect([...selector.found[0]!.errors!]).toEqual([0, 0, 2, 3]);
  });

  it.each([
    [
      new Toy(['inputGradients']),
      { gives: ['errors'] },
      "Strategy 'toy' wants inputGradients, which this trainer does not give: it has errors, score, weights.",
    ],
    [
      new Toy(['errors'], { scores: true }),
      { scores: false },
      'wants score, which this trainer does not give',
    ],
    [
      new Toy(['errors'], { weigh: true }),
      { weights: false },
      'wants weights, which this trainer does not give',
    ],
    [
      new Toy(['errors']),
      { gives: [], scores: false, weights: false },
      'which this trainer does not give: it has none of these. Choose another strategy, or a trainer that gives it.',
    ],
  ] as const)(
    'refuses a trainer without what is needed, at the call: case %#',
    (selector, capabilities, message) => {
      const trainer = new ToyTrainer(capabilities) as unknown as Trainer;
      expect(() => fit({ pool, trainer, selector, steps: 1 })).toThrow(ArgumentError);
      expect(() => fit({ pool, trainer, selector, steps: 1 })).toThrow(message);
    },
  );

  it('leaves to the selector what is needed of pool and run', () => {
    const trainer = new ToyTrainer() as unknown as Trainer;
    const needs: Need[] = ['views', 'layout', 'prior', 'nearest', 'steps', 'score', 'weights'];
    const selector = Object.assign(new Toy(['errors']), { needs });
    expect(() => fit({ pool, trainer, selector, steps: 1 })).not.toThrow();
  });

  it('hands over no targets of a trainer that has the samples itself: the selector has its own', async () => {
    const selector = new Toy(['predictions']);
    const report = vi.spyOn(selector, 'report').mockReturnValue(true);
    await run(selector, new ToyTrainer({ resident: true }), 1);
    expect(Object.keys(report.mock.calls[0]![1])).toEqual(['loss', 'predictions']);
  });

  it('hands over what such a trainer says that its predictions were compared with', async () => {
    const selector = new Toy(['predictions']);
    const report = vi.spyOn(selector, 'report').mockReturnValue(true);
    const trainer = new ToyTrainer({ resident: true });
    const step = trainer.step.bind(trainer);
    const targets = Float32Array.of(3, 1);
    trainer.step = async (...asked) => ({ ...(await step(...asked)), targets });
    await run(selector, trainer, 1);
    expect(report.mock.calls[0]![1]).toMatchObject({ targets });
  });

  it('refuses a trainer that says that it scores and does not', async () => {
    const trainer = Object.assign(new ToyTrainer(), { score: undefined }) as unknown as ToyTrainer;
    await expect(run(new Toy(['errors'], { scores: true }), trainer, 1)).rejects.toThrow(
      new ArgumentError('The trainer says that it scores, but has no method score(batch, options).'),
    );
  });

  it('passes loss terms on to a trainer that has them, and refuses one that has not', async () => {
    const selector = (): Toy => new Toy(['errors'], { terms: ['smooth'] });
    const trainer = new ToyTrainer({ terms: ['smooth'] });
    await run(selector(), trainer, 1);
    expect(trainer.calls[0]?.terms).toEqual(['smooth']);
    await expect(run(selector(), new ToyTrainer(), 1)).rejects.toThrow(
      "Strategy 'toy' asks for the loss term 'smooth', which this trainer was not made with: make the trainer with it, or " +
        'switch the term off in the settings of the strategy.',
    );
  });

  it.each([0, 1, 3])('applies reports %i steps late where the selector is wrapped so', async (lag) => {
    const selector = new Toy(['errors'], {}, { open: lag + 1 });
    await run(delayReports(selector, lag), new ToyTrainer(), 8);
    expect(new Set(selector.lags)).toEqual(new Set([lag]));
    // The last ones find no selection to come before.
    expect(selector.found.length).toBe(lag === 0 ? 8 : 8 - lag - 1);
  });

  it('waits for samples to be ready, and tells the selector when the pool is drawn anew', async () => {
    const order: string[] = [];
    let revision = 1;
    const selector = new Toy(['errors']);
    const next = vi.spyOn(selector, 'next');
    const slow: Pool = {
      ...pool,
      get revision() {
        return revision++;
      },
      ready: ({ size: n }) => Promise.resolve().then(() => void order.push(`ready ${n}`)),
      gather: (samples) => (order.push('gather'), pool.gather(samples)),
    };
    for await (const event of fit({
      pool: slow,
      trainer: new ToyTrainer() as unknown as Trainer,
      selector,
      steps: 2,
    }))
      void event;
    expect(order).toEqual(['ready 4', 'gather', 'ready 4', 'gather']);
    expect(next.mock.calls.map(([options]) => options?.revision)).toEqual([1, 2]);
  });
});

describe('a plugin', () => {
  /** What a file of one's own holds. */
  class Every extends BaseSelector {
    readonly #stride: number;

    constructor(context: SelectorContext, stride: number) {
      super('every', context, { stride }, ['errors']);
      this.#stride = stride;
    }

    protected choose(draw: Draw, most: number, step: number): Plan {
      draw.resize(Math.min(most, Math.ceil(this.size / this.#stride)));
      for (let i = 0; i < draw.size; i++) draw.indices[i] = (step + i * this.#stride) % this.size;
      return { wants: ['errors'] };
    }
  }
  const every = defineStrategy({
    name: 'every',
    summary: 'every so many samples',
    settings: {
      /** Samples from one to the next. */
      stride: integer({ min: 1, default: 5 }),
    },
    needs: ['errors'],
    create: (context, { stride }) => new Every(context, stride),
  });

  it('is known by name once it is registered, its settings checked', () => {
    const names = strategies()
      .map(({ name }) => name)
      .join(', ');
    expect(() => findStrategy('every')).toThrow(`strategy must be one of ${names}, got 'every'`);
    const plugin = definePlugin({ strategies: [every] });
    register(plugin);
    register(plugin);
    expect(strategies().at(-1)).toBe(every);
    const name: string = 'every';
    const selector = createSelector({ strategy: name, size, stride: 10 });
    expect([...selector.next().indices]).toEqual([1, 11]);
    expect(selector.report({ id: 1 }, Float32Array.of(1, 2))).toBe(true);
    expect(() => createSelector({ strategy: name, size, stride: 0 })).toThrow(
      'stride must be an integer of at least 1, got 0',
    );
    expect(() => createSelector({ strategy: name, size, strid: 1 })).toThrow("has no setting 'strid'");
    expect(() => register({ strategies: [{ ...every }] })).toThrow("There is a strategy 'every' already");
  });
});

it('feedback is copied by whoever holds it back', () => {
  const selector = new Toy(['errors'], {}, { open: 2 });
  const delayed = delayReports(selector, 1);
  const errors = Float32Array.of(1, 2, 3, 4);
  const feedback: Feedback = { errors };
  delayed.report(delayed.next(), feedback);
  errors.fill(NaN);
  delayed.report(delayed.next(), Float32Array.of(5, 6, 7, 8));
  delayed.next();
  expect([...selector.found[0]!.errors!]).toEqual([1, 2, 3, 4]);
});
