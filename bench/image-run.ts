// One arm's run: trains until the target or the end of its budget, reads the yardstick between stretches of work,
// measures, and keeps a checkpoint, so that a run that was stopped or killed goes on bit for bit.
import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { allOf, ConfigError, fit, type JsonValue, type Selector } from 'evos';
import { selectorOf } from 'evos/recipes';
import type { EngineTrainer } from 'evos/engine';
import { loadCheckpoint, saveCheckpoint } from '../src/recipes/runs/checkpoint.js';
import { enough } from '../src/recipes/modalities/presets.js';
import { learningRateOf } from '../src/recipes/settings/learning-rate.js';
import { version } from '../src/recipes/runs/version.js';
import type { Arm } from './image-arms.js';
import { WorkClock, type ClockState } from './image-clock.js';
import { armFiles, checkSame, loadRecord, saveRecord, type ArmRecord, type Point } from './image-curve.js';
import type { ImageOptions } from './image-options.js';
import type { Picture, Yardstick } from './image-picture.js';

/** Seconds between two lines about an arm that goes on. */
const quiet = 30;

/** What all arms of a picture share. */
export interface Ground {
  readonly picture: Picture;
  readonly yardstick: Yardstick;
  /** Where the arms' files lie. */
  readonly folder: string;
  readonly options: Pick<ImageOptions, 'fullSteps' | 'measure' | 'stretch' | 'checkpoint'>;
  readonly machine: ArmRecord['machine'];
  readonly device: string;
  readonly signal: AbortSignal;
  readonly say: (line: string) => void;
}

/**
 * Runs an arm to its end, or until the signal fires; an arm that has ended is read and not run again.
 * @param target PSNR to reach; null for full training, which goes on to its last step
 */
export async function runArm(ground: Ground, arm: Arm, target: number | null): Promise<ArmRecord> {
  const files = armFiles(ground.folder, arm);
  const before = await loadRecord(files.record);
  if (before !== undefined) checkSame(before, arm, target, files.record);
  if (before !== undefined && before.ended !== null) return before;
  const { pool, operator } = ground.picture;
  const { settings } = arm;
  const selector = selectorOf({ selector: undefined, settings }, pool, {
    targets: pool.targets,
    operator,
    own: {
      ...enough(settings, pool.size),
      ...(settings.strategy === 'evos' ? { crossFrequency: settings.crossFrequencyWeight > 0 } : {}),
    },
  });
  const trainer = ground.picture.trainer(settings);
  try {
    const run = new ArmRun(ground, arm, target, trainer, selector);
    await run.begin();
    return await run.toEnd().catch((error: unknown) => {
      // A learning rate that is too high loses the competition, not the others' results.
      if (error instanceof ConfigError) return run.end('diverged');
      throw error;
    });
  } finally {
    await trainer.dispose();
  }
}

class ArmRun {
  readonly #ground: Ground;
  readonly #arm: Arm;
  readonly #target: number | null;
  readonly #trainer: EngineTrainer;
  readonly #selector: Selector;
  readonly #files: { readonly record: string; readonly checkpoint: string };
  /** Samples between two measurements. */
  readonly #every: number;
  #clock: WorkClock;
  #curve: Point[] = [];
  /** Points of `#curve` whose stretch has been closed: their units are final. */
  #settled = 0;
  #samples = 0;
  #yardstick: number[] = [];

  constructor(ground: Ground, arm: Arm, target: number | null, trainer: EngineTrainer, selector: Selector) {
    const { picture, options, folder } = ground;
    this.#ground = ground;
    this.#arm = arm;
    this.#target = target;
    this.#trainer = trainer;
    this.#selector = selector;
    this.#files = armFiles(folder, arm);
    this.#every = Math.max(1, options.measure * options.fullSteps * picture.pool.size);
    this.#clock = new WorkClock(picture.pool.size);
  }

  /** From the checkpoint if there is one, else from the first weights, which are measured. */
  async begin(): Promise<void> {
    const { picture } = this.#ground;
    const resumes = existsSync(this.#files.checkpoint);
    if (resumes) await this.#restore();
    await this.#warmUp();
    if (!resumes) {
      const psnr = await picture.measure(this.#trainer);
      this.#curve.push({ step: 0, samples: 0, units: 0, seconds: 0, psnr });
    }
  }

  async toEnd(): Promise<ArmRecord> {
    const { options, picture, say, signal } = this.#ground;
    const { settings, text } = this.#arm;
    const { steps } = settings;
    const learningRate = learningRateOf(settings);
    const [selector, trainer, clock] = [this.#selector, this.#trainer, this.#clock];
    const { pool } = picture;
    let [saved, told, counted] = [performance.now(), performance.now(), 0];
    let reached = false;
    clock.start(await this.#read());
    const events = fit({
      pool,
      trainer,
      selector,
      steps,
      signal,
      ...(learningRate === undefined ? {} : { learningRate }),
    });
    for await (const event of events) {
      if (event.type !== 'step') continue;
      const worked = event.seconds.train + event.seconds.select;
      clock.step(event.samples, worked - counted);
      counted = worked;
      const marks = Math.floor(this.#samples / this.#every);
      this.#samples += event.samples;
      const last = event.step === steps;
      if (Math.floor(this.#samples / this.#every) === marks && !last) continue;
      const psnr = await this.#measure(event.step);
      reached = this.#target !== null && psnr >= this.#target;
      if (clock.stretch >= options.stretch) await this.#settle();
      if (reached || last) break;
      await this.#save(null);
      if (this.#settled === this.#curve.length && performance.now() - saved >= 1000 * options.checkpoint) {
        await this.#checkpoint();
        saved = performance.now();
      }
      if (performance.now() - told >= 1000 * quiet) {
        say(`${text}: step ${event.step}/${steps}, ${psnr.toFixed(2)} dB, ${clock.units.toFixed(1)} units`);
        told = performance.now();
      }
    }
    await this.#settle();
    if (reached || selector.step === steps) return this.end(reached ? 'target' : 'budget');
    await this.#checkpoint();
    return this.#save(null);
  }

  /** Writes the arm's file for good; what only going on needs goes. */
  async end(ended: NonNullable<ArmRecord['ended']>): Promise<ArmRecord> {
    const record = await this.#save(ended);
    await rm(this.#files.checkpoint, { force: true });
    return record;
  }

  /** Sessions and buffers come into being with the first step: one is taken, and taken back. */
  async #warmUp(): Promise<void> {
    const before = await this.#trainer.snapshot();
    const { pool } = this.#ground.picture;
    await this.#trainer.step(pool.gather(allOf(pool.size)), { wants: [] });
    await this.#trainer.restore(before);
  }

  async #measure(step: number): Promise<number> {
    const psnr = await this.#ground.picture.measure(this.#trainer);
    const { units, seconds } = this.#clock;
    this.#curve.push({ step, samples: this.#samples, units, seconds, psnr });
    return psnr;
  }

  async #read(): Promise<number> {
    const reading = await this.#ground.yardstick.read();
    this.#yardstick.push(reading);
    return reading;
  }

  /** Ends a stretch, begins another, and gives the points of the first their units. */
  async #settle(): Promise<void> {
    const unitsAt = this.#clock.close(await this.#read());
    this.#curve = this.#curve.map((point, i) =>
      i < this.#settled ? point : { ...point, units: unitsAt(point.seconds) },
    );
    this.#settled = this.#curve.length;
  }

  async #save(ended: ArmRecord['ended']): Promise<ArmRecord> {
    const { picture, options, machine, device } = this.#ground;
    const { file, width, height } = picture;
    const record: ArmRecord = {
      arm: this.#arm.text,
      settings: this.#arm.settings,
      picture: { file, width, height },
      fullSteps: options.fullSteps,
      target: this.#target,
      ended,
      version,
      machine,
      device,
      workers: this.#trainer.workers,
      yardstick: this.#yardstick,
      stopped: this.#clock.state.stopped,
      curve: this.#curve,
    };
    await saveRecord(this.#files.record, record);
    return record;
  }

  async #checkpoint(): Promise<void> {
    const curve = this.#curve.map((point): JsonValue => ({ ...point }));
    await saveCheckpoint(this.#files.checkpoint, {
      step: this.#selector.step,
      settings: JSON.parse(JSON.stringify(this.#arm.settings)) as JsonValue,
      trainer: await this.#trainer.snapshot(),
      selector: this.#selector.snapshot(),
      run: {
        values: {
          curve,
          samples: this.#samples,
          clock: { ...this.#clock.state },
          yardstick: [...this.#yardstick],
        },
        arrays: {},
      },
    });
  }

  async #restore(): Promise<void> {
    const { trainer, selector, run } = await loadCheckpoint(this.#files.checkpoint);
    const kept = run.values as unknown as {
      curve: Point[];
      samples: number;
      clock: ClockState;
      yardstick: number[];
    };
    this.#selector.restore(selector);
    await this.#trainer.restore(trainer);
    this.#curve = kept.curve;
    this.#settled = kept.curve.length;
    this.#samples = kept.samples;
    this.#yardstick = kept.yardstick;
    this.#clock = new WorkClock(this.#ground.picture.pool.size, kept.clock);
  }
}
