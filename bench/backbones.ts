// What a training step takes with each backbone, at its defaults, as a multiple of SIREN's: all take turns in one run.
import { createRandom, resolveSettings, someOf } from 'evos';
import { backbones, createModel, createTrainer } from 'evos/engine';
import type { Options } from './options.js';
import { ratiosOf, showSpread, spreadOf, takeTurns, type Spread } from './support-timing.js';

/** 2 % of a picture of 512×512 pixels. */
const usualSamples = 5243;
/** Points along each axis of the picture. */
const shape = [512, 512];

/** What one backbone takes. */
interface Row extends Spread {
  readonly backbone: string;
  readonly parameters: number;
  readonly macsPerSample: number;
  /** Its time over SIREN's, round by round. */
  readonly ratio: Spread;
}

/** Times a step of every backbone that maps places to values. */
export async function backboneSteps({ say, repeats = 15, samples = usualSamples }: Options): Promise<Row[]> {
  const workers = 2;
  say(
    `milliseconds a step of ${samples} samples, ${workers} workers: median of ${repeats} (min–max); over siren's`,
  );
  const random = createRandom(1);
  const numbers = (count: number): Float32Array =>
    Float32Array.from({ length: count }, () => 2 * random.float() - 1);
  const indices = Uint32Array.from({ length: samples }, (_, i) => i);
  const batch = { ...someOf(indices), inputs: numbers(2 * samples), targets: numbers(3 * samples) };
  const trainers = backbones()
    .filter((backbone) => backbone.create !== undefined)
    .map((backbone) => {
      const { name, learningRate, settings } = backbone;
      const model = createModel(name, { inputDim: 2, outputDim: 3, shape });
      const adam = { ...backbone.adam(resolveSettings(name, settings, {})), learningRate };
      return { name, model, trainer: createTrainer({ model, adam, seed: 1, device: 'cpu', workers }) };
    });
  const times = await takeTurns(
    trainers.map(({ name, trainer }) => ({
      name,
      async run() {
        const start = performance.now();
        await trainer.step(batch, { wants: ['errors'] });
        return performance.now() - start;
      },
    })),
    { warmUp: 3, repeats, pause: 5 },
  );
  const rows = trainers.map(({ name, model }, i): Row => {
    const own = times[i] ?? [];
    const { parameterCount: parameters, macsPerSample } = model;
    return {
      backbone: name,
      parameters,
      macsPerSample,
      ...spreadOf(own),
      ratio: ratiosOf(own, times[0] ?? []),
    };
  });
  for (const row of rows)
    say(`${row.backbone}: ${showSpread(row, 1)}, ${showSpread(row.ratio, 2)} of siren's`);
  for (const { trainer } of trainers) await trainer.dispose();
  return rows;
}
