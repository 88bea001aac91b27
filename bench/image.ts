// The honest competition: on one picture full training sets a PSNR, and uniform mini-batches and EVOS at many ratios,
// with and without learning-rate decay, are timed to it. It runs for hours; what is done is not done again, and what was
// stopped goes on.
//
//     npm run bench -- image                      the whole grid on DIV2K 00, 256×256
//     npm run bench -- image --report             tables from what is there
//     npm run bench -- image --only arms --arms evos@ratio=0.2+learningRate=3e-4
import { readdir } from 'node:fs/promises';
import { cpus } from 'node:os';
import path from 'node:path';
import { resolveDevice } from 'evos/engine';
import { prepareFolder } from '../src/recipes/runs/files.js';
import { referenceFile } from '../test/support/reference-data.js';
import { planArms } from './image-arms.js';
import { loadRecords, type ArmRecord } from './image-curve.js';
import { readImageOptions, type ImageOptions } from './image-options.js';
import { loadPicture, Yardstick, type Picture } from './image-picture.js';
import {
  meansOf,
  meansTable,
  pictureResult,
  pictureTables,
  type Means,
  type PictureResult,
} from './image-report.js';
import { runArm, type Ground } from './image-run.js';
import type { Options } from './options.js';

/** What the benchmark returns. */
interface Outcome {
  readonly pictures: readonly PictureResult[];
  /** When there are several pictures. */
  readonly means?: Means;
}

/** Runs what is missing, prints the tables, returns their content. */
export async function image({ say }: Pick<Options, 'say'>): Promise<Outcome | undefined> {
  const options = readImageOptions(process.argv.slice(2));
  if (options.report) return report(await foldersIn(options.out), say);
  const files = await picturesOf(options);
  if (files.length === 0) {
    say('skipped: no picture; name one with --input, or the folder of reference data with EVOS_DATA');
    return undefined;
  }
  const { targets } = options;
  if (targets.length > 0 && targets.length !== files.length) {
    throw new Error(`--targets: got ${targets.length}, expected ${files.length}, one for each picture`);
  }
  const stop = new AbortController();
  let asked = 0;
  const onSignal = (): void => {
    // npm and tsx may hand the one Ctrl-C on once more.
    if (stop.signal.aborted && performance.now() - asked > 1000) process.exit(130);
    if (stop.signal.aborted) return;
    say('stopping after this step; the same command goes on, another Ctrl-C ends at once');
    asked = performance.now();
    stop.abort();
  };
  process.on('SIGINT', onSignal);
  const folders: string[] = [];
  try {
    for (const [i, file] of files.entries()) {
      if (stop.signal.aborted) break;
      folders.push(await runPicture(file, options, targets[i], stop.signal, say));
    }
  } finally {
    process.off('SIGINT', onSignal);
  }
  return report(folders, say);
}

/** Runs one picture's arms, and names the folder of their files. */
async function runPicture(
  file: string,
  options: ImageOptions,
  known: number | undefined,
  signal: AbortSignal,
  say: Options['say'],
): Promise<string> {
  const { name: device } = await resolveDevice(options.device);
  const picture = await loadPicture(file, options.crop, { device, workers: options.workers });
  const [full, ...others] = planArms(options, picture.pool.size);
  if (full === undefined) throw new Error('there is no plan for full training');
  const folder = path.join(options.out, folderName(picture, options, device));
  await prepareFolder(folder);
  const yardstick = await Yardstick.create(picture, full.settings);
  const cores = cpus();
  const machine = {
    cpu: cores[0]?.model.trim() ?? 'unknown',
    cores: cores.length,
    node: process.versions.node,
    date: new Date().toISOString(),
  };
  const ground: Ground = { picture, yardstick, folder, options, machine, device, signal, say };
  try {
    let target = known ?? null;
    const arms = known === undefined ? [full, ...others] : others;
    for (const [i, arm] of arms.entries()) {
      if (signal.aborted) break;
      const record: ArmRecord = await runArm(ground, arm, target);
      const last = record.curve.at(-1);
      say(
        `${picture.title} ${i + 1}/${arms.length} ${arm.text}: ${last?.psnr.toFixed(2) ?? '–'} dB after step ` +
          `${last?.step ?? 0} of ${arm.settings.steps}, ${last?.units.toFixed(1) ?? '–'} units, ${record.ended ?? 'not ended'}`,
      );
      if (arm === full) {
        if (record.ended === null) break;
        target = last?.psnr ?? null;
      }
    }
  } finally {
    await yardstick.dispose();
  }
  return folder;
}

/** Everything that decides the target is in the name, so that no arm is set beside one with another. */
function folderName({ title, width, height }: Picture, options: ImageOptions, device: string): string {
  const usual = { device: 'cpu', seed: 3407 };
  return [
    title,
    `${width}x${height}`,
    `full${options.fullSteps}`,
    ...(options.seed === usual.seed ? [] : [`seed${options.seed}`]),
    ...(device === usual.device ? [] : [device]),
  ].join('-');
}

async function report(folders: readonly string[], say: Options['say']): Promise<Outcome> {
  const results: PictureResult[] = [];
  for (const folder of folders) {
    const result = pictureResult(path.basename(folder), await loadRecords(folder));
    if (result === undefined) say(`${folder}: full training has not ended; nothing to compare with yet`);
    else results.push(result);
  }
  for (const result of results) for (const line of ['', ...pictureTables(result)]) say(line);
  if (results.length < 2) return { pictures: results };
  const means = meansOf(results);
  for (const line of ['', ...meansTable(means)]) say(line);
  return { pictures: results, means };
}

async function foldersIn(out: string): Promise<string[]> {
  const entries = await readdir(out, { withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => entry.isDirectory())
    .map((entry) => path.join(out, entry.name))
    .sort();
}

async function picturesOf({ inputs, pictures }: ImageOptions): Promise<string[]> {
  const inFolder =
    pictures === undefined
      ? []
      : (await readdir(pictures))
          .filter((name) => /\.(png|jpe?g|webp|avif|tiff?)$/i.test(name))
          .sort()
          .map((name) => path.join(pictures, name));
  const named = [...inputs, ...inFolder];
  const usual = referenceFile('data/image/div2k/00.png');
  return named.length > 0 || usual === undefined ? named : [usual];
}
