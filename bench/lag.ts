// What late reports cost: `evos-online` on pictures with the defaults of `evos fit`, its errors reaching the selector a fixed
// number of steps late, as from a trainer that runs ahead.
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { createSelector, delayReports } from 'evos';
import { fitImage } from 'evos/recipes';
import type { Options } from './options.js';

const lags = [0, 1, 2, 4, 8] as const;
const seeds = [1, 2, 3, 4, 5, 6] as const;
const usualSteps = 600;

interface Picture {
  readonly name: string;
  readonly input: string;
  readonly crop?: number;
}

/** One picture's final PSNR by lag, in dB: of each seed, their mean, and the mean difference from no lag. */
interface Row {
  readonly picture: string;
  readonly lag: number;
  readonly psnr: readonly number[];
  readonly mean: number;
  readonly against: number;
}

/** Trains every picture once with each lag and seed. */
export async function lag({ say, steps = usualSteps }: Options): Promise<readonly Row[]> {
  say(
    `final PSNR in dB by lag; ${steps} steps, the rest as \`evos fit\` has it, mean of ${seeds.length} seeds`,
  );
  const rows: Row[] = [];
  const folder = mkdtempSync(path.join(os.tmpdir(), 'evos-lag-'));
  try {
    for (const picture of pictures()) {
      let without = NaN;
      for (const lag of lags) {
        const psnr: number[] = [];
        for (const seed of seeds) psnr.push(await train(picture, { steps, seed, lag, out: folder }));
        const mean = psnr.reduce((sum, each) => sum + each, 0) / psnr.length;
        if (lag === 0) without = mean;
        rows.push({ picture: picture.name, lag, psnr, mean, against: mean - without });
        const each = psnr.map((one) => one.toFixed(2)).join(', ');
        say(`${picture.name}, lag ${lag}: ${mean.toFixed(2)} (${(mean - without).toFixed(2)}); ${each}`);
      }
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return rows;
}

/** The project's own picture, and crops of the benchmark's photographs where they are. */
function pictures(): Picture[] {
  const folder = path.join(process.env['EVOS_DATA'] ?? '../shared', 'data/image/div2k');
  const crops = ['00', '03', '04'].map((name) => ({
    ...{ name: `DIV2K ${name}`, input: path.join(folder, `${name}.png`) },
    crop: 256,
  }));
  return [
    { name: 'photo.png', input: 'fixtures/photo.png' },
    ...crops.filter(({ input }) => existsSync(input)),
  ];
}

async function train(
  { input, crop }: Picture,
  how: { readonly steps: number; readonly seed: number; readonly lag: number; readonly out: string },
): Promise<number> {
  const { steps, seed, lag, out } = how;
  const run = fitImage({
    ...{ input, ...(crop === undefined ? {} : { crop }) },
    ...{ steps, seed, out, overwrite: true, device: 'cpu', measureEvery: steps },
    selector: ({ settings, ...context }) =>
      delayReports(
        createSelector({
          ...context,
          strategy: 'evos-online',
          ratio: Number(settings['ratio']),
          open: lag + 1,
        }),
        lag,
      ),
  });
  for await (const event of run) {
    if (event.type === 'measure' && event.step === steps) return event.metrics['psnr'] ?? NaN;
  }
  throw new Error(`the run of ${input} came to no end`);
}
