// Training, in a thread of its own: the page's is free for what moves on the screen. The same calls work in a page's thread.
import { createSelector, fit, type Selector } from 'evos';
import {
  createTrainer,
  HASH_GRID_ADAM,
  hashGrid,
  siren,
  type EngineTrainer,
  type ModelDefinition,
} from 'evos/engine';
import {
  createHeatmap,
  createPixelPool,
  imageFromPixels,
  imageUnits,
  psnr,
  toUnits,
  type Image,
  type PixelPool,
} from 'evos/image';
import { exportModel } from 'evos/onnx';
import type { Choices, Frame, FromWorker, Pixels, ToWorker } from './messages.js';

/** This worker's own end: the types at hand are those of a page. */
const port = self as unknown as Pick<Worker, 'postMessage' | 'addEventListener'>;
const send = (message: FromWorker, transfer: Transferable[] = []): void =>
  port.postMessage(message, transfer);

/** Milliseconds between two frames, at least; more where showing one takes long. */
const frameMilliseconds = 100;
/** Times as long as a frame takes to make is trained between two. */
const trainedPerShown = 4;

/** Training of one picture. */
class Training {
  readonly #image: Image;
  readonly #pool: PixelPool;
  readonly #model: ModelDefinition;
  readonly #trainer: EngineTrainer;
  readonly #units: Float32Array;
  readonly #decoded: Float32Array;
  /** When each pixel was last trained on. */
  readonly #last: Uint32Array;
  readonly #rate: number;
  #choices: Choices;
  #changed = false;
  #ended = false;
  #step = 0;
  #seconds = 0;

  constructor(picture: Pixels, choices: Choices) {
    this.#choices = choices;
    this.#image = imageFromPixels(picture);
    this.#pool = createPixelPool(this.#image);
    const { size } = this.#pool;
    const { channels } = this.#image;
    const ports = { inputDim: 2, outputDim: channels };
    const width = choices.width === undefined ? {} : { width: choices.width };
    if (choices.backbone === 'siren') {
      this.#model = siren({ ...ports, firstScale: 3, hiddenScale: 1.5, ...width });
      this.#rate = 5e-4;
    } else {
      // About half as many numbers as the picture has.
      const rows = (size * channels) / 2 / (2 * 7);
      const log2TableSize = Math.max(8, Math.min(18, Math.round(Math.log2(rows))));
      const finestResolution = Math.max(32, Math.max(picture.width, picture.height));
      this.#model = hashGrid({ ...ports, log2TableSize, finestResolution, ...width });
      this.#rate = HASH_GRID_ADAM.learningRate;
    }
    const adam = choices.backbone === 'siren' ? {} : HASH_GRID_ADAM;
    this.#trainer = createTrainer({ model: this.#model, adam, seed: choices.seed, pool: this.#pool });
    this.#units = imageUnits(this.#image);
    this.#decoded = new Float32Array(this.#units.length);
    this.#last = new Uint32Array(size);
  }

  get parameters(): number {
    return this.#model.parameterCount;
  }

  /** Takes another strategy or ratio from the next step on. */
  change(choices: Choices): void {
    this.#changed ||= choices.strategy !== this.#choices.strategy;
    this.#choices = { ...this.#choices, strategy: choices.strategy, ratio: choices.ratio };
  }

  /** Trains to the end. @param turn waits while training is to wait; says whether to go on */
  async run(turn: () => Promise<boolean>): Promise<void> {
    const { steps } = this.#choices;
    await this.#show();
    let shown = performance.now();
    let pause = frameMilliseconds;
    while (this.#step < steps) {
      this.#changed = false;
      const begun = this.#step;
      const before = this.#seconds;
      for await (const event of fit({
        pool: this.#pool,
        trainer: this.#trainer,
        selector: this.#selector(steps - begun),
        steps: steps - begun,
        batchSize: () => Math.max(1, Math.round(this.#choices.ratio * this.#pool.size)),
        learningRate: (step) => this.#rate * cosine((begun + step - 1) / steps),
      })) {
        if (event.type !== 'step') continue;
        this.#step = begun + event.step;
        this.#seconds = before + event.seconds.train + event.seconds.select;
        for (const index of event.indices) this.#last[index] = this.#step;
        const now = performance.now();
        if (now - shown >= pause || this.#step === steps) {
          await this.#show();
          shown = performance.now();
          pause = Math.max(frameMilliseconds, trainedPerShown * (shown - now));
        }
        if (!(await turn())) return;
        if (this.#changed) break;
      }
    }
    this.#ended = true;
    send({ type: 'ended' });
  }

  /** The network as an ONNX file. */
  async exported(): Promise<Uint8Array<ArrayBuffer>> {
    const parameters = (await this.#trainer.parameters()).map(({ data }) => data);
    const { width, height } = this.#image;
    const metadata = {
      kind: 'image',
      size: JSON.stringify({ width, height }),
      range: JSON.stringify(this.#pool.range),
    };
    return Uint8Array.from(exportModel(this.#model, parameters, metadata));
  }

  get ended(): boolean {
    return this.#ended;
  }

  dispose(): Promise<void> {
    return Promise.resolve(this.#trainer.dispose());
  }

  #selector(steps: number): Selector {
    const { strategy, seed } = this.#choices;
    return createSelector({ strategy, size: this.#pool.size, steps, seed });
  }

  /** Tells the page what there is to see. */
  async #show(): Promise<void> {
    const { width, height, channels } = this.#image;
    const size = width * height;
    const values = await this.#trainer.predict(this.#pool.inputs);
    toUnits(values, this.#pool.range, this.#decoded);
    const errors = new Float32Array(size);
    const reconstruction = new Uint8ClampedArray(4 * size);
    const selection = new Uint8ClampedArray(4 * size);
    for (let i = 0; i < size; i++) {
      // A pixel glows less with every step that does without it.
      const age = this.#step - this.#last[i]!;
      const glow = this.#last[i] === 0 ? 0 : 0.6 ** age;
      for (let c = 0; c < 3; c++) {
        const from = i * channels + Math.min(c, channels - 1);
        const got = this.#decoded[from]!;
        const wanted = this.#units[from]!;
        errors[i]! += ((got - wanted) / 255) ** 2 / 3;
        reconstruction[4 * i + c] = got;
        selection[4 * i + c] = wanted / 4 + glow * ember[c]!;
      }
      reconstruction[4 * i + 3] = selection[4 * i + 3] = 255;
    }
    const heat = createHeatmap(errors, width, height, { darkest: 0 });
    const error = new Uint8ClampedArray(4 * size);
    for (let i = 0; i < size; i++) {
      for (let c = 0; c < 3; c++) error[4 * i + c] = heat.image.data[3 * i + c]!;
      error[4 * i + 3] = 255;
    }
    const frame: Frame = {
      ...{ type: 'frame', step: this.#step, steps: this.#choices.steps, seconds: this.#seconds },
      psnr: psnr(this.#units, this.#decoded),
      ...{ reconstruction, error, errorScale: heat.ceiling, selection },
    };
    send(frame, [reconstruction.buffer, error.buffer, selection.buffer]);
  }
}

/** What pixels glow in. */
const ember = [255, 190, 60];

/** From 1 to a twentieth. */
const cosine = (share: number): number => 0.05 + 0.95 * (0.5 + 0.5 * Math.cos(Math.PI * share));

let training: Training | undefined;
let paused = false;
let wake: () => void = () => undefined;
/** The network is to be sent: a trainer does one thing at a time, so that is done between two steps. */
let wanted = false;

async function sendModel(of: Training): Promise<void> {
  wanted = false;
  const bytes = await of.exported();
  send({ type: 'model', bytes }, [bytes.buffer]);
}

async function start(picture: Pixels, choices: Choices): Promise<void> {
  const before = training;
  const own = new Training(picture, choices);
  training = own;
  wake();
  await before?.dispose();
  send({ type: 'began', parameters: own.parameters });
  try {
    await own.run(async () => {
      if (wanted) await sendModel(own);
      while (paused && training === own) {
        await new Promise<void>((resolve) => (wake = resolve));
        if (wanted) await sendModel(own);
      }
      return training === own;
    });
  } catch (cause) {
    // One that has given way to another may fail on its way out.
    if (training === own) throw cause;
  }
}

const failed = (cause: unknown): void =>
  send({ type: 'failed', message: cause instanceof Error ? cause.message : String(cause) });

port.addEventListener('message', ({ data }: MessageEvent<ToWorker>) => {
  if (data.type === 'start') {
    start(data.picture, data.choices).catch(failed);
  } else if (data.type === 'change') training?.change(data.choices);
  else if (data.type === 'pause') {
    paused = data.paused;
    wake();
  } else if (training?.ended === true) sendModel(training).catch(failed);
  else {
    wanted = true;
    wake();
  }
});
