// What late reports cost: `evos-online` on pictures with the default settings of `evos fit`, its errors reaching the
// selector a fixed number of steps late, as from a trainer that runs ahead.
import { existsSync } from 'node:fs';
import path from 'node:path';
import { delayReports, fit, learningRateAt } from 'evos';
import { createTrainer, siren } from 'evos/engine';
import { createPixelPool, createPixelSelector, createQualityMeter, type Image } from 'evos/image';
import { loadImage } from 'evos/image/files';
import type { Options } from './options.js';

const lags = [0, 1, 2, 4, 8] as const;
const seed = 3407;
const usualSteps = 3000;
const learningRate = { initial: 5e-4, final: 2.5e-5 };

/** One picture's final PSNR by lag, in dB. */
interface Row {
  readonly picture: string;
  readonly psnr: Readonly<Record<number, number>>;
}

/** Trains every picture once with each lag. */
export async function lag({ say, steps = usualSteps }: Options): Promise<readonly Row[]> {
  say(`final PSNR in dB by lag; SIREN 3×256, ${steps} steps of 2 %, seed ${seed}`);
  const rows: Row[] = [];
  for (const picture of pictures()) {
    const image = await loadImage(picture.file, picture.crop ? { crop: 256 } : {});
    const psnr: Record<number, number> = {};
    for (const lag of lags) psnr[lag] = await train(image, steps, lag);
    rows.push({ picture: picture.name, psnr });
    say(`${picture.name}: ${lags.map((lag) => `${lag}: ${psnr[lag]?.toFixed(2)}`).join(', ')}`);
  }
  const mean = (lag: number): number =>
    rows.reduce((sum, { psnr }) => sum + (psnr[lag] ?? 0) - (psnr[0] ?? 0), 0) / rows.length;
  say(`mean against no lag: ${lags.map((lag) => `${lag}: ${mean(lag).toFixed(2)}`).join(', ')}`);
  return rows;
}

/** Crops of the benchmark's photographs where they are; else the project's own. */
function pictures(): { readonly name: string; readonly file: string; readonly crop: boolean }[] {
  const folder = path.join(process.env['EVOS_DATA'] ?? '../shared', 'data/image/div2k');
  const crops = ['00', '03', '04'].map((name) => ({
    name: `DIV2K ${name}`,
    file: path.join(folder, `${name}.png`),
    crop: true,
  }));
  if (crops.every(({ file }) => existsSync(file))) return crops;
  return [{ name: 'photo.png', file: 'fixtures/photo.png', crop: false }];
}

async function train(image: Image, steps: number, lag: number): Promise<number> {
  const pool = createPixelPool(image);
  const model = siren({ inputDim: pool.inputDim, outputDim: pool.targetDim });
  const { initial, final } = learningRate;
  const trainer = createTrainer({ model, adam: { learningRate: initial }, seed, device: 'cpu' });
  try {
    const selector = createPixelSelector(pool, { strategy: 'evos-online', steps, seed, open: lag + 1 });
    const run = fit({
      pool,
      trainer,
      selector: delayReports(selector, lag),
      steps,
      learningRate: (step) => learningRateAt('cosine', initial, final, step, steps),
    });
    for await (const event of run) if (event.type === 'end') break;
    const meter = createQualityMeter(image, pool.range);
    return meter.measure(await trainer.predict(pool.inputs)).psnr;
  } finally {
    await trainer.dispose();
  }
}
