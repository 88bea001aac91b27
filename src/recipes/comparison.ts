// Several strategies on one input, in one process and in turns, from the same start: what pictures and meshes have in
// common. What it says: time, quality, and seconds to the baseline's final quality.
import { existsSync } from 'node:fs';
import path from 'node:path';
import { ArgumentError } from '../core/index.js';
import { resolveDevice } from '../adapters/onnx/index.js';
import type { CompareRow, ImageMetrics } from './artifacts.js';
import type { ComparisonEvent } from './events.js';
import { prepareFolder, writeWhole } from './files.js';
import { freeFolder, holdsRun, runFiles, usedFolder } from './run-folder.js';
import { selectorFactory, type SelectorFactory } from './selectors.js';
import { isBuiltIn, type StrategyEntry } from './strategy-entries.js';
import type { StrategyName } from './settings.js';
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

/** What is read of a run's events, whatever it fits. */
type RunEvents<Metrics> =
  | { readonly type: 'start'; readonly deviceReason: string }
  | { readonly type: 'step'; readonly step: number; readonly steps: number }
  | { readonly type: 'measure' | 'checkpoint' | 'end' | 'finish' | 'view' }
  | { readonly type: 'result'; readonly metrics: Metrics };

/** What is read of a run's figures. */
type RunMetrics = Pick<
  ImageMetrics,
  'strategy' | 'seed' | 'device' | 'workers' | 'machine' | 'seconds' | 'samples'
>;

/** What a run is started with beside its settings. */
export interface Shared {
  readonly selector?: SelectorFactory;
  readonly signal?: AbortSignal;
}

/** What a kind of input brings to a comparison. */
export interface Comparison<Settings, RunSettings, Event, Metrics, Row, Report> {
  readonly input: string;
  readonly settings: Settings & { readonly device: Parameters<typeof resolveDevice>[0] };
  readonly entries: readonly StrategyEntry[];
  /** What names the usual folder; default: the input's name. */
  readonly name?: string;
  /** The strategies of a kind that has others than pictures and meshes; it then takes no selectors of one's own. */
  readonly known?: readonly string[];
  /** A strategy's settings, checked. */
  wanted(entry: StrategyEntry, strategy: { readonly strategy?: StrategyName }): RunSettings;
  /** Throws for an input that cannot be used, before anything is written. */
  check(): Promise<void>;
  fit(settings: RunSettings, folder: string, shared: Shared): AsyncGenerator<Event, void, undefined>;
  resume(folder: string, expected: RunSettings, shared: Shared): AsyncGenerator<Event, void, undefined>;
  row(common: CommonRow, metrics: Metrics, baseline: Metrics): Row;
  report(common: CommonReport<Settings>, metrics: Metrics, rows: readonly Row[]): Report;
  /** The files beside the runs' folders by name, in the order to write them in. */
  files(folder: string, report: Report): Promise<Readonly<Record<string, string>>>;
}

/** What a row says of any run. */
export type CommonRow = Pick<CompareRow, 'strategy' | 'folder' | 'seconds' | 'timeRatio' | 'samples'>;

/** What a report says of any comparison. */
export interface CommonReport<Settings> {
  readonly version: string;
  readonly baseline: string;
  readonly seed: number;
  readonly device: string;
  readonly workers: number;
  readonly machine: ImageMetrics['machine'];
  readonly settings: Settings;
}

/** Runs a comparison; see `compare`. */
export async function* runComparison<
  Settings,
  RunSettings extends object,
  Event extends RunEvents<Metrics>,
  Metrics extends RunMetrics,
  Row,
  Report,
>(
  places: ComparisonPlaces,
  comparison: Comparison<Settings, RunSettings, Event, Metrics, Row, Report>,
): AsyncGenerator<ComparisonEvent<Event, Row, Report>, void, undefined> {
  const { out, overwrite = false, signal, resume = false, selectors = {} } = places;
  const { input, settings, entries } = comparison;
  checkNames(entries);
  const factories = factoriesOf(comparison, selectors);
  const wanted = entries.map((entry) => comparison.wanted(entry, strategyOf(entry)));
  const used = (base: string): boolean => entries.some(({ name }) => holdsRun(path.join(base, name)));
  const usual = path.join('runs', `${comparison.name ?? path.parse(input).name}-compare`);
  // Without a folder named, going on means the usual one.
  const folder = out ?? (resume ? usual : freeFolder(usual, used));
  if (used(folder) && !resume && !overwrite) throw usedFolder(folder, 'the same command with --resume');
  await comparison.check();
  const device = await resolveDevice(settings.device);
  await prepareFolder(folder);

  const runs = entries.map(({ name }, index): Run<Event, Metrics> => {
    const own = factories[index];
    const runFolder = path.join(folder, name);
    const shared: Shared = {
      ...(own === undefined ? {} : { selector: own }),
      ...(signal === undefined ? {} : { signal }),
    };
    // One entry, one set of settings.
    const runSettings = { ...(wanted[index] as RunSettings), device: device.name };
    const events =
      resume && existsSync(path.join(runFolder, runFiles.checkpoint))
        ? comparison.resume(runFolder, runSettings, shared)
        : comparison.fit(runSettings, runFolder, shared);
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
    metrics === undefined ? [] : [comparison.row(commonRow(strategy, metrics, first), metrics, first)],
  );
  for (const row of rows) yield { type: 'row', row };
  const common: CommonReport<Settings> = {
    version,
    baseline: runs[0]?.strategy ?? first.strategy,
    seed: first.seed,
    device: first.device,
    workers: first.workers,
    machine: first.machine,
    settings,
  };
  const report = comparison.report(common, first, rows);
  const files: string[] = [];
  for (const [name, content] of Object.entries(await comparison.files(folder, report))) {
    files.push(path.join(folder, name));
    await writeWhole(path.join(folder, name), content);
  }
  yield { type: 'compared', report, out: folder, files };
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
async function* turn<Event extends RunEvents<Metrics>, Metrics>(
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

/** What makes each entry's selector; undefined where strategies are none of those for pictures and meshes. */
function factoriesOf(
  {
    entries,
    known,
  }: Pick<Comparison<unknown, unknown, unknown, unknown, unknown, unknown>, 'entries' | 'known'>,
  selectors: Readonly<Record<string, SelectorFactory>>,
): (SelectorFactory | undefined)[] {
  return entries.map(({ strategy }) => {
    if (known === undefined) return selectorFactory(strategy, selectors);
    if (known.includes(strategy)) return undefined;
    throw new ArgumentError(`unknown strategy "${strategy}": expected one of ${known.join(', ')}`);
  });
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

/** Training time: quality for the record is none of it. */
export const trainingSeconds = ({ seconds }: Pick<ImageMetrics, 'seconds'>): number =>
  seconds.train + seconds.select;

function commonRow(strategy: string, metrics: RunMetrics, baseline: RunMetrics): CommonRow {
  return {
    strategy,
    folder: strategy,
    seconds: metrics.seconds,
    timeRatio: trainingSeconds(metrics) / trainingSeconds(baseline),
    samples: metrics.samples,
  };
}

/** When a history first reaches the baseline's quality, and how much sooner than the baseline's end that is. */
export function toBaseline<Entry extends { readonly seconds: number }>(
  history: readonly Entry[],
  quality: (entry: Entry) => number,
  wanted: number,
  baseline: Pick<ImageMetrics, 'seconds'>,
): Pick<CompareRow, 'secondsToBaseline' | 'speedUp'> {
  const seconds = secondsToReach(history, quality, wanted);
  return {
    secondsToBaseline: seconds,
    speedUp: seconds === null ? null : trainingSeconds(baseline) / seconds,
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

/** One line per strategy and measurement: what a spreadsheet or a plotting script wants. */
export function toCsv<Entry>(
  rows: readonly { readonly strategy: string; readonly history: readonly Entry[] }[],
  columns: Readonly<Record<string, (entry: Entry) => number | string>>,
): string {
  const header = ['strategy', ...Object.keys(columns)].join();
  const values = Object.values(columns);
  const lines = rows.flatMap(({ strategy, history }) =>
    history.map((entry) => [strategy, ...values.map((value) => value(entry))].join()),
  );
  return `${[header, ...lines].join('\n')}\n`;
}
