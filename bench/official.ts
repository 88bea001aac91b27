// The comparison that the official EVOS code was run on, next to its figures: full, uniform and EVOS training of the
// centre 256×256 pixels of a DIV2K picture, 1,000 steps, ratio 0.5. `--from DIR` reads a comparison already made.
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { compare, type CompareReport } from 'evos/recipes';
import { golden, referenceFile } from '../test/support/reference-data.js';
import type { Options } from './options.js';

interface Training {
  runs: { strategy: string; metrics: Record<string, { psnr: number }>; trainSeconds: number }[];
}

/** One strategy's figures and the official code's. */
interface Row {
  readonly strategy: string;
  readonly psnr: Record<number, number | undefined>;
  readonly official: Record<number, number | undefined>;
  readonly seconds: number;
  readonly timeRatio: number;
  readonly officialTimeRatio: number | undefined;
  /** Choosing, as a share of training. */
  readonly selection: number;
}

const at = [250, 500, 750, 1000];

/** Runs the comparison, or reads one, and prints it beside the official code's. */
export async function official({ say, from }: Options): Promise<Row[] | undefined> {
  const training = golden<Training>('training');
  const input = referenceFile('data/image/div2k/00.png');
  if (training === undefined || (input === undefined && from === undefined)) {
    say('skipped: the reference data is missing; EVOS_DATA names its folder');
    return undefined;
  }
  const report = from === undefined ? await run(input ?? '', say) : await read(from);
  const full = training.runs.find(({ strategy }) => strategy === 'full');
  const rows = report.rows.map((row): Row => {
    const theirs = training.runs.find(({ strategy }) => strategy === row.strategy);
    return {
      strategy: row.strategy,
      psnr: Object.fromEntries(
        at.map((step) => [step, row.history.find((e) => e.step === step)?.psnrImagePeak]),
      ),
      official: Object.fromEntries(at.map((step) => [step, theirs?.metrics[step]?.psnr])),
      seconds: row.seconds.train + row.seconds.select,
      timeRatio: row.timeRatio,
      officialTimeRatio:
        theirs === undefined || full === undefined ? undefined : theirs.trainSeconds / full.trainSeconds,
      selection: row.seconds.select / (row.seconds.train + row.seconds.select),
    };
  });
  say(`PSNR in the official convention (peak: the picture's maximum), ours / official, seed ${report.seed}`);
  say(`| strategy | ${at.join(' | ')} | seconds | of full | official | selection |`);
  say(`|---|${at.map(() => '---|').join('')}---|---|---|---|`);
  for (const row of rows) {
    const psnr = at.map(
      (step) => `${row.psnr[step]?.toFixed(2) ?? '–'} / ${row.official[step]?.toFixed(2) ?? '–'}`,
    );
    say(
      `| ${row.strategy} | ${psnr.join(' | ')} | ${row.seconds.toFixed(0)} | ${row.timeRatio.toFixed(3)} | ` +
        `${row.officialTimeRatio?.toFixed(3) ?? '–'} | ${(100 * row.selection).toFixed(2)} % |`,
    );
  }
  return rows;
}

async function run(input: string, say: Options['say']): Promise<CompareReport> {
  const settings = {
    preset: 'evos-paper' as const,
    crop: 256,
    steps: 1000,
    strategies: ['full', 'uniform', 'evos'],
  };
  for await (const event of compare({ ...settings, input, out: 'runs/bench-official', resume: true })) {
    if (event.type === 'run' && event.event.type === 'measure') {
      say(`${event.strategy} ${event.event.step}: ${event.event.metrics['psnrImagePeak']?.toFixed(2)} dB`);
    }
    if (event.type === 'compared') return event.report;
  }
  throw new Error('the comparison ended without a report');
}

async function read(folder: string): Promise<CompareReport> {
  return JSON.parse(await readFile(path.join(folder, 'compare.json'), 'utf8')) as CompareReport;
}
