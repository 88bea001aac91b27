// The same picture, weights and seed under several strategies, one after the other in one process, and what that
// says: time, quality, and seconds to the baseline's final quality.
import { existsSync } from 'node:fs';
import path from 'node:path';
import { ArgumentError } from '../core/index.js';
import { resolveDevice } from '../adapters/onnx/index.js';
import type { CompareReport, CompareRow, HistoryEntry, ImageMetrics } from './artifacts.js';
import type { CompareEvent, FitImageEvent } from './events.js';
import { prepareFolder, readBytes, writeWhole } from './files.js';
import { fitImage, resumeImage } from './fit-image.js';
import { readImageInput } from './image-input.js';
import { compareSettings, entrySettings, fitImageSettings, resolveSettings } from './options.js';
import type { CompareSettingsInput, StrategyName } from './settings.js';
import { renderComparison } from './report/comparison.js';
import { compareFiles, freeFolder, holdsRun, runFiles, usedFolder } from './run-folder.js';
import { selectorFactory, type SelectorFactory } from './selectors.js';
import { isBuiltIn, readEntry, type StrategyEntry } from './strategy-entries.js';
import { version } from './version.js';

/** What `compare` takes. */
export interface CompareOptions extends CompareSettingsInput {
  /** Path of a PNG, JPEG, WebP, AVIF or TIFF. */
  readonly input: string;
  /** Default `runs/<name of the input>-compare`, with a number if that holds a comparison. */
  readonly out?: string;
  /** Write over the comparison that `out` holds already; otherwise that is an error, unless it is resumed. */
  readonly overwrite?: boolean;
  /** Ends every run after its current step, with a checkpoint; `resume` goes on from there. */
  readonly signal?: AbortSignal;
  /** Go on with the runs that an interrupted comparison left in `out`; those that are missing begin anew. */
  readonly resume?: boolean;
  /** Strategies of your own by name; name them in `strategies` too. */
  readonly selectors?: Readonly<Record<string, SelectorFactory>>;
}

/**
 * Runs each strategy from the same initial weights and writes compare.json, compare.csv and compare.html beside the
 * runs' own folders. The first strategy is the baseline the others are compared with.
 *
 * The strategies take turns, from one quality measurement to the next, so that a machine that grows faster or slower
 * meanwhile does so for all of them; each is charged with its own turns alone. The next turn is that of the strategy
 * with the least share of its own steps done, so that long and short runs end together.
 */
export async function* compare(options: CompareOptions): AsyncGenerator<CompareEvent, void, undefined> {
  const { input, out, overwrite = false, signal, resume = false, selectors = {}, ...rest } = options;
  const settings = resolveSettings(compareSettings, rest);
  const { strategies, ...common } = settings;
  const entries = strategies.map((text) => readEntry(text, entrySettings));
  checkNames(entries);
  const factories = entries.map(({ strategy }) => selectorFactory(strategy, selectors));
  const wanted = entries.map((entry) =>
    resolveSettings(fitImageSettings, common, entry.settings, strategyOf(entry)),
  );
  const used = (base: string): boolean => entries.some(({ name }) => holdsRun(path.join(base, name)));
  const usual = path.join('runs', `${path.parse(input).name}-compare`);
  // Without a folder named, going on means the usual one.
  const folder = out ?? (resume ? usual : freeFolder(usual, used));
  if (used(folder) && !resume && !overwrite) throw usedFolder(folder, 'the same command with --resume');
  await readImageInput(input, settings);
  const device = await resolveDevice(settings.device);
  await prepareFolder(folder);

  const runs = entries.map(({ name }, index): Run => {
    const own = factories[index];
    const runFolder = path.join(folder, name);
    const shared = {
      ...(own === undefined ? {} : { selector: own }),
      ...(signal === undefined ? {} : { signal }),
    };
    const runSettings = { ...wanted[index], device: device.name };
    const events =
      resume && existsSync(path.join(runFolder, runFiles.checkpoint))
        ? resumeImage({ ...shared, folder: runFolder, expected: runSettings })
        : fitImage({ ...shared, ...runSettings, input, out: runFolder, overwrite: true });
    return { strategy: name, index, events, share: 0, ended: false, metrics: undefined };
  });
  try {
    for (let run = nextRun(runs); run !== undefined; run = nextRun(runs)) {
      const { strategy, index } = run;
      yield { type: 'strategy', strategy, index, count: runs.length };
      yield* turn(run, device.reason);
    }
  } finally {
    await Promise.all(runs.map(({ events }) => events.return()));
  }
  const first = runs[0]?.metrics;
  if (first === undefined || runs.some(({ metrics }) => metrics === undefined)) {
    yield { type: 'aborted', out: folder };
    return;
  }
  // Only now: after a resume a strategy may have ended before the baseline did.
  const rows = runs.flatMap(({ strategy, metrics }) =>
    metrics === undefined ? [] : [compareRow(strategy, metrics, first)],
  );
  for (const row of rows) yield { type: 'row', row };
  const report: CompareReport = {
    kind: 'image-comparison',
    version,
    input: first.input,
    baseline: runs[0]?.strategy ?? first.strategy,
    seed: first.seed,
    device: first.device,
    workers: first.workers,
    machine: first.machine,
    settings,
    rows,
  };
  yield { type: 'compared', report, out: folder, files: await writeComparison(folder, report) };
}

interface Run {
  readonly strategy: string;
  readonly index: number;
  readonly events: AsyncGenerator<FitImageEvent, void, undefined>;
  /** Share of its own steps that is done, as far as is known. */
  share: number;
  ended: boolean;
  metrics: ImageMetrics | undefined;
}

/** Of the runs that have not ended the one with the least done; the first of several. */
function nextRun(runs: readonly Run[]): Run | undefined {
  const left = runs.filter(({ ended }) => !ended);
  const least = Math.min(...left.map(({ share }) => share));
  return left.find(({ share }) => share === least);
}

/** One strategy's turn: up to and including its next measurement, or to its end. */
async function* turn(run: Run, deviceReason: string): AsyncGenerator<CompareEvent, void, undefined> {
  const { strategy } = run;
  for (;;) {
    const next = await run.events.next();
    if (next.done === true) {
      run.ended = true;
      return;
    }
    const event = next.value;
    if (event.type === 'result') run.metrics = event.metrics;
    if (event.type === 'step') run.share = event.step / event.steps;
    yield { type: 'run', strategy, event: event.type === 'start' ? { ...event, deviceReason } : event };
    if (event.type === 'measure') return;
  }
}

/** The names are folders: each must be one, and once. */
function checkNames(entries: readonly StrategyEntry[]): void {
  const twice = entries.find(({ name }, i) => entries.findIndex((other) => other.name === name) !== i);
  if (twice !== undefined) {
    throw new ArgumentError(`strategies: got "${twice.text}" twice, expected each strategy once`);
  }
  const unsafe = entries.find(({ strategy }) => !/^[\w.-]+$/.test(strategy) || strategy.startsWith('.'));
  if (unsafe !== undefined) {
    throw new ArgumentError(
      `strategies: got "${unsafe.strategy}", expected letters, digits, "-", "_" and ".": each names a folder`,
    );
  }
}

/** A strategy of one's own has no name among the settings. */
function strategyOf({ strategy }: StrategyEntry): { strategy?: StrategyName } {
  return isBuiltIn(strategy) ? { strategy } : {};
}

const trainingSeconds = ({ seconds }: Pick<ImageMetrics, 'seconds'>): number =>
  seconds.train + seconds.select;

function compareRow(strategy: string, metrics: ImageMetrics, baseline: ImageMetrics): CompareRow {
  const toBaseline = secondsTo(metrics.history, baseline.psnr);
  return {
    strategy,
    folder: strategy,
    seconds: metrics.seconds,
    timeRatio: trainingSeconds(metrics) / trainingSeconds(baseline),
    psnr: metrics.psnr,
    psnrImagePeak: metrics.psnrImagePeak,
    ssim: metrics.ssim,
    secondsToBaseline: toBaseline,
    speedUp: toBaseline === null ? null : trainingSeconds(baseline) / toBaseline,
    samples: metrics.samples,
    history: metrics.history,
  };
}

/**
 * Training seconds at which a history first reaches a PSNR, interpolated linearly between measurements; null when it
 * never does. Before the first measurement the PSNR is unknown, so that measurement's own time is the least answer.
 */
export function secondsTo(history: readonly HistoryEntry[], psnr: number): number | null {
  const at = history.findIndex((entry) => entry.psnr >= psnr);
  const reached = history[at];
  if (reached === undefined) return null;
  const before = history[at - 1];
  if (before === undefined) return reached.seconds;
  const share = (psnr - before.psnr) / (reached.psnr - before.psnr);
  return before.seconds + share * (reached.seconds - before.seconds);
}

async function writeComparison(folder: string, report: CompareReport): Promise<string[]> {
  const runs: Record<string, { reconstruction: Uint8Array; selection: Uint8Array }> = {};
  for (const { strategy, folder: own } of report.rows) {
    runs[strategy] = {
      reconstruction: await readBytes(path.join(folder, own, runFiles.reconstruction)),
      selection: await readBytes(path.join(folder, own, runFiles.selection)),
    };
  }
  const original = await readBytes(path.join(folder, report.rows[0]?.folder ?? '', runFiles.target));
  const files = {
    [compareFiles.report]: renderComparison({ report, images: { original, runs } }),
    [compareFiles.table]: toCsv(report),
    [compareFiles.data]: `${JSON.stringify(report, undefined, 2)}\n`,
  };
  for (const [name, content] of Object.entries(files)) await writeWhole(path.join(folder, name), content);
  return Object.keys(files).map((name) => path.join(folder, name));
}

/** One line per strategy and measurement: what a spreadsheet or a plotting script wants. */
function toCsv(report: CompareReport): string {
  const header = 'strategy,step,seconds,psnr,psnr_image_peak,ssim,loss,ratio';
  const lines = report.rows.flatMap(({ strategy, history }) =>
    history.map((entry) =>
      [
        strategy,
        entry.step,
        entry.seconds,
        entry.psnr,
        entry.psnrImagePeak,
        entry.ssim ?? '',
        entry.loss,
        entry.ratio,
      ].join(),
    ),
  );
  return `${[header, ...lines].join('\n')}\n`;
}
