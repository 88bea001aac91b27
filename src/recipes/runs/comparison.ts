// Several strategies on one input, in one process and in turns, from the same start. What a kind of run brings is a
// `ComparedKind`. What it says: time, quality, and seconds to the baseline's final quality.
import { existsSync } from 'node:fs';
import path from 'node:path';
import { ArgumentError } from '../../core/index.js';
import { resolveDevice } from '../../engine/index.js';
import type { CommonHistoryEntry } from './artifacts.js';
import type {
  AnyMetrics,
  AnyRunEvent,
  AnySettings,
  ComparedKind,
  EntryOf,
  ReportOf,
  RowOf,
  RunPlace,
} from './compared-kind.js';
import type { ComparisonEvent } from './events.js';
import { trainingSeconds } from './metrics.js';
import { FileList, prepareFolder } from './files.js';
import { compareFiles, freeFolder, holdsRun, runFiles, usedFolder } from './folder.js';
import type { SelectorFactory } from './selectors.js';
import { readEntry, type StrategyEntry } from '../settings/strategy-entries.js';
import { version } from './version.js';

/** Where a comparison reads and writes, and how it ends. */
export interface ComparisonPlaces {
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
 * Runs a comparison; see `compare`.
 * @param options where from, where to, and settings
 * @param selectors strategies of the caller's own
 */
export async function* runComparison<
  Settings extends AnySettings,
  RunSettings extends object,
  Event extends AnyRunEvent<Metrics>,
  Metrics extends AnyMetrics,
  Figures,
>(
  kind: ComparedKind<Settings, RunSettings, Event, Metrics, Figures>,
  options: Omit<ComparisonPlaces, 'selectors'> & { readonly input: string },
  selectors: Readonly<Record<string, SelectorFactory>> = {},
): AsyncGenerator<
  ComparisonEvent<Event, RowOf<Metrics, Figures>, ReportOf<Settings, Metrics, Figures>>,
  void,
  undefined
> {
  const { input, out, overwrite = false, signal, resume = false, ...given } = options;
  const settings = kind.settings(given);
  const { strategies, ...common } = settings;
  const entries = strategies.map((text) => readEntry(text, kind.entrySettings));
  checkNames(entries);
  const own = entries.map(({ strategy }) => kind.selector(strategy, selectors));
  const wanted = entries.map(({ strategy, settings: entry }) =>
    // A strategy of one's own has no name among the settings.
    kind.runSettings(common, entry, kind.strategies.includes(strategy) ? { strategy } : {}),
  );
  const used = (base: string): boolean => entries.some(({ name }) => holdsRun(path.join(base, name)));
  const usual = path.join('runs', `${kind.nameOf(input)}-compare`);
  // Without a folder named, going on means the usual one.
  const folder = out ?? (resume ? usual : freeFolder(usual, used));
  if (used(folder) && !resume && !overwrite) throw usedFolder(folder, 'the same command with --resume');
  // What has to do with the input is the same for all.
  if (wanted[0] !== undefined) await kind.check(input, wanted[0]);
  const device = await resolveDevice(settings.device);
  await prepareFolder(folder);

  const runs = entries.map(({ name }, index): Run<Event, Metrics> => {
    const selector = own[index];
    const place: RunPlace = {
      ...(selector === undefined ? {} : { selector }),
      ...(signal === undefined ? {} : { signal }),
    };
    const runFolder = path.join(folder, name);
    // One entry, one set of settings.
    const expected = { ...(wanted[index] as RunSettings), device: device.name };
    const events =
      resume && existsSync(path.join(runFolder, runFiles.checkpoint))
        ? kind.resume({ ...place, folder: runFolder, expected })
        : kind.fit({ ...place, ...expected, input, out: runFolder, overwrite: true });
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
  const [baseline] = runs;
  if (baseline?.metrics === undefined || runs.some(({ metrics }) => metrics === undefined)) {
    yield { type: 'aborted', out: folder };
    return;
  }
  // Only now: after a resume a strategy may have ended before the baseline did.
  const first = baseline.metrics;
  const rows = runs.flatMap(({ strategy, metrics }) =>
    metrics === undefined ? [] : [rowOf(kind, strategy, metrics, first)],
  );
  for (const row of rows) yield { type: 'row', row };
  const report: ReportOf<Settings, Metrics, Figures> = {
    kind: `${kind.kind}-comparison`,
    input: first.input,
    version,
    baseline: baseline.strategy,
    seed: first.seed,
    device: first.device,
    workers: first.workers,
    machine: first.machine,
    settings,
    rows,
  };
  const files = new FileList(folder);
  await files.write(compareFiles.report, await kind.page(folder, report));
  await files.write(compareFiles.table, toCsv(rows, kind.columns));
  await files.writeJson(compareFiles.data, report);
  yield { type: 'compared', report, out: folder, files: files.paths };
}

interface Run<Event, Metrics> {
  readonly strategy: string;
  readonly index: number;
  readonly events: AsyncGenerator<Event, void, undefined>;
  /** Share of its own steps that is done, as far as is known. */
  share: number;
  ended: boolean;
  metrics: Metrics | undefined;
}

/** Of the runs that have not ended the one with the least done; the first of several. */
function nextRun<Each extends Pick<Run<never, never>, 'ended' | 'share'>>(
  runs: readonly Each[],
): Each | undefined {
  const left = runs.filter(({ ended }) => !ended);
  const least = Math.min(...left.map(({ share }) => share));
  return left.find(({ share }) => share === least);
}

/** One strategy's turn: up to and including its next measurement, or to its end. */
async function* turn<Event extends AnyRunEvent<Metrics>, Metrics>(
  run: Run<Event, Metrics>,
  deviceReason: string,
): AsyncGenerator<{ type: 'run'; strategy: string; event: Event }, void, undefined> {
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

/** A strategy's line, with how much sooner than the baseline's end it came to the baseline's quality. */
function rowOf<Metrics extends AnyMetrics, Figures>(
  { figures, quality }: Pick<ComparedKind<never, never, never, Metrics, Figures>, 'figures' | 'quality'>,
  strategy: string,
  metrics: Metrics,
  baseline: Metrics,
): RowOf<Metrics, Figures> {
  const { seconds, samples } = metrics;
  const history: readonly EntryOf<Metrics>[] = metrics.history;
  const wanted = quality.reached({ ...figures(baseline), history: baseline.history });
  const secondsToBaseline = secondsToReach(history, quality.ofEntry, wanted);
  return {
    strategy,
    folder: strategy,
    seconds,
    timeRatio: trainingSeconds(metrics) / trainingSeconds(baseline),
    samples,
    ...figures(metrics),
    secondsToBaseline,
    speedUp: secondsToBaseline === null ? null : trainingSeconds(baseline) / secondsToBaseline,
    history,
  };
}

/**
 * Training seconds at which a history first reaches a quality, interpolated linearly between measurements; null when it
 * never does. Before the first measurement the quality is unknown, so that measurement's own time is the least answer.
 */
export function secondsToReach<Entry extends { readonly seconds: number }>(
  history: readonly Entry[],
  quality: (entry: Entry) => number,
  wanted: number,
): number | null {
  const at = history.findIndex((entry) => quality(entry) >= wanted);
  const reached = history[at];
  if (reached === undefined) return null;
  const before = history[at - 1];
  if (before === undefined) return reached.seconds;
  const share = (wanted - quality(before)) / (quality(reached) - quality(before));
  return before.seconds + share * (reached.seconds - before.seconds);
}

/**
 * One line per strategy and measurement: what a spreadsheet or a plotting script wants.
 * @param measured the columns between time and loss
 */
function toCsv<Entry extends CommonHistoryEntry>(
  rows: readonly { readonly strategy: string; readonly history: readonly Entry[] }[],
  measured: Readonly<Record<string, (entry: Entry) => number | string>>,
): string {
  const header = ['strategy', 'step', 'seconds', ...Object.keys(measured), 'loss', 'ratio'].join();
  const values = Object.values(measured);
  const lines = rows.flatMap(({ strategy, history }) =>
    history.map((entry) => {
      const { step, seconds, loss, ratio } = entry;
      return [strategy, step, seconds, ...values.map((value) => value(entry)), loss, ratio].join();
    }),
  );
  return `${[header, ...lines].join('\n')}\n`;
}
