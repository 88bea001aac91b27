// Training of one subject: the loop, what changes on the way, and when there is something to see. What is learnt, and how it looks,
// is the subject's own. The same calls work in a page's thread.
import { createSelector, delayReports, fit, type Pool, type Selector } from 'evos';
import { createTrainer, type AdamOptions, type EngineTrainer, type ModelDefinition } from 'evos/engine';
import { exportModel } from 'evos/onnx';
import { Display } from './display.js';
import type { Choices, FileName, FromWorker, Kind, Progress } from './messages.js';

/** What there is to say of what was drawn. */
export type Shown = Pick<Progress, 'quality' | 'errorScale'>;

/** What is learnt. */
export interface Subject {
  readonly kind: Kind;
  /** For people: how large it is. */
  readonly what: string;
  /** What to know of it beforehand, a sentence each. */
  readonly notes: readonly string[];
  readonly pool: Pool;
  readonly model: ModelDefinition;
  readonly adam: AdamOptions;
  /** The share of the steps so far that the average of the weights spans, by which it is drawn and saved. Default: 0, the weights as they are */
  readonly averaging?: number;
  /** The first step's learning rate. */
  readonly rate: number;
  /** Of the ONNX file. */
  readonly metadata: Readonly<Record<string, string>>;
  /** Takes note of what a step trained on. */
  chose(indices: Uint32Array, step: number): void;
  /** Draws what the network has learnt by a step. @param signal ends it early */
  draw(trainer: EngineTrainer, step: number, signal: AbortSignal): Promise<Shown>;
  /** What it has to download beside the network. */
  saved?(trainer: EngineTrainer, signal: AbortSignal): Promise<Uint8Array<ArrayBuffer>>;
}

/** Training of one subject. */
export class Training {
  readonly #subject: Subject;
  readonly #trainer: EngineTrainer;
  readonly #tell: (message: FromWorker) => void;
  readonly #display = new Display();
  readonly #stop = new AbortController();
  /** Settled when the trainer is wanted no more. */
  #work: Promise<unknown> = Promise.resolve();
  #choices: Choices;
  #changed = false;
  #ended = false;
  #step = 0;
  #seconds = 0;

  constructor(subject: Subject, choices: Choices, tell: (message: FromWorker) => void) {
    const { pool, model, adam, averaging = 0 } = subject;
    this.#subject = subject;
    this.#choices = choices;
    this.#tell = tell;
    this.#trainer = createTrainer({ model, adam, averaging, seed: choices.seed, pool });
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** Takes another strategy or ratio from the next step on. */
  change({ strategy, ratio }: Choices): void {
    this.#changed ||= strategy !== this.#choices.strategy;
    this.#choices = { ...this.#choices, strategy, ratio };
  }

  /** Trains to the end. @param turn waits while training is to wait; says whether to go on */
  run(turn: () => Promise<boolean>): Promise<void> {
    return this.#at(this.#run(turn));
  }

  async #run(turn: () => Promise<boolean>): Promise<void> {
    const { pool, rate } = this.#subject;
    const { steps } = this.#choices;
    await this.#draw();
    while (this.#step < steps) {
      this.#changed = false;
      const begun = this.#step;
      const before = this.#seconds;
      /** The step after which another strategy takes over: the last, or one with which nothing is under way. */
      let last = steps - begun;
      for await (const event of fit({
        pool,
        trainer: this.#trainer,
        selector: this.#selector(last),
        steps: last,
        batchSize: () => Math.max(1, Math.round(this.#choices.ratio * pool.size)),
        learningRate: (step) => rate * cosine((begun + step - 1) / steps),
        // Steps are sent ahead of their results: the GPU need not wait for this thread.
        settles: (step) => {
          if (this.#changed) last = Math.min(last, step);
          return this.#changed;
        },
      })) {
        if (event.type !== 'step') continue;
        this.#step = begun + event.step;
        this.#seconds = before + event.seconds.train + event.seconds.select;
        this.#subject.chose(event.indices, this.#step);
        // The first waited for its kernels to be compiled.
        if (this.#step === 1) this.#display.wait();
        if (this.#display.due || this.#step === steps) await this.#draw();
        if (!(await turn())) return;
        if (event.step === last) break;
      }
    }
    this.#ended = true;
    this.#tell({ type: 'ended' });
  }

  /** A file of what has been learnt. @throws Error where there is none */
  exported(name: FileName): Promise<Uint8Array<ArrayBuffer>> {
    return this.#at(this.#exported(name));
  }

  async #exported(name: FileName): Promise<Uint8Array<ArrayBuffer>> {
    const { kind, model, metadata } = this.#subject;
    if (name === 'mesh.glb') {
      const bytes = await this.#subject.saved?.(this.#trainer, this.#stop.signal);
      if (bytes === undefined) throw new Error(`a ${kind} has no ${name}`);
      return bytes;
    }
    const parameters = (await this.#trainer.parameters()).map(({ data }) => data);
    return Uint8Array.from(exportModel(model, parameters, metadata));
  }

  /** Ends what it is at, and frees what it has on the GPU. */
  async dispose(): Promise<void> {
    this.#stop.abort();
    await this.#work;
    await this.#trainer.dispose();
  }

  #at<Of>(work: Promise<Of>): Promise<Of> {
    this.#work = Promise.allSettled([this.#work, work]);
    return work;
  }

  /** One whose reports come as late as the trainer may be ahead. */
  #selector(steps: number): Selector {
    const { strategy, seed } = this.#choices;
    const { ahead = 0 } = this.#trainer.capabilities;
    const { size } = this.#subject.pool;
    return delayReports(createSelector({ strategy, size, steps, seed, open: ahead + 1 }), ahead);
  }

  #draw(): Promise<void> {
    return this.#display.draw(async () => {
      const shown = await this.#subject.draw(this.#trainer, this.#step, this.#stop.signal);
      const { steps } = this.#choices;
      this.#tell({ type: 'progress', step: this.#step, steps, seconds: this.#seconds, ...shown });
    });
  }
}

/** From 1 to a twentieth. */
const cosine = (share: number): number => 0.05 + 0.95 * (0.5 + 0.5 * Math.cos(Math.PI * share));
