// Several strategies on one input, in one process and in turns, from the same start. The table has time, quality, and
// seconds to the baseline's final quality.
import { existsSync } from 'node:fs';
import path from 'node:path';
import { didYouMean } from '../../core/did-you-mean.js';
import { ArgumentError, ConfigError } from '../../core/index.js';
import { present } from '../../core/present.js';
import { resolveDevice } from '../../engine/index.js';
import type { ComparisonEvent, ReportOf, RowOf, RunEvent, RunTypes } from './events.js';
import { FileList, ofComparisons, readFileList, refuseForeign, removeListed } from './file-list.js';
import { prepareFolder } from './files.js';
import type { FitPlaces, ResumePlaces } from './fit.js';
import { compareFiles, folderName, holdsRun, runFiles, usedFolder } from './folder.js';
import { LockedError, withLocks } from './lock.js';
import { trainingSeconds, type CommonHistoryEntry } from './metrics.js';
import { reached, valueOf, type Measure, type Modality, type ModalityRun } from './modality.js';
import { checkPackages } from './packages.js';
import { settleFolder } from './run-folder.js';
import type { SelectorFactory } from './selectors.js';
import type { Resolver, StrategyEntry } from '../settings/resolver.js';
import { version } from './version.js';

/** Where a comparison reads and writes, and how it ends. */
export interface ComparisonPlaces extends FitPlaces {
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

/** How the runs of a comparison are started and gone on with. */
export interface RunStarter<Types extends RunTypes> {
  fit(
    places: FitPlaces,
    settings: Types['settings'],
    selector: SelectorFactory | undefined,
  ): AsyncGenerator<RunEvent<Types>, void, undefined>;
  resume(
    places: ResumePlaces,
    expected: Types['settings'],
    selector: SelectorFactory | undefined,
  ): AsyncGenerator<RunEvent<Types>, void, undefined>;
}

/**
 * Runs a comparison; see `compare`.
 * @param options where from, where to, and settings
 */
export function runComparison<Types extends RunTypes>(
  modality: Modality<Types>,
  options: ComparisonPlaces,
  given: object,
  start: RunStarter<Types>,
): AsyncGenerator<ComparisonEvent<Types>, void, undefined> {
  return withLocks((lock) => comparison(modality, options, given, start, lock));
}

async function* comparison<Types extends RunTypes>(
  modality: Modality<Types>,
  options: ComparisonPlaces,
  given: object,
  start: RunStarter<Types>,
  lock: (folder: string) => Promise<void>,
): AsyncGenerator<ComparisonEvent<Types>, void, undefined> {
  const { input, out, overwrite = false, signal, resume = false, selectors = {} } = options;
  const settings = modality.settings.compare(given);
  const entries = settings.strategies.map((text) => modality.settings.entry(text));
  checkNames(entries);
  const own = entries.map(({ strategy }) => ownSelector(strategy, selectors, modality.settings));
  const wanted = entries.map((entry) => modality.settings.runOf(settings, entry));
  const used = (base: string): boolean => entries.some(({ name }) => holdsRun(path.join(base, name)));
  checkPackages(`fitting ${modality.one}`, modality.packages);
  const rest = await modality.load();
  const usual = path.join('runs', `${folderName(rest.nameOf(input))}-compare`);
  // Without a folder named, going on means the usual one.
  const named = out ?? (resume ? usual : undefined);
  if (named !== undefined && used(named) && !resume && !overwrite)
    throw usedFolder(named, 'the same command with --resume');
  // What has to do with the input is the same for all.
  if (wanted[0] !== undefined) await rest.release?.((await rest.read(input, wanted[0])).input);
  const device = await resolveDevice(settings.device);
  const folder = await claimed(named, usual, used, lock);
  for (const { name } of entries) await settleFolder(path.join(folder, name));

  const runs = wanted.map((each, index): Run<Types> => {
    const strategy = entries[index]?.name ?? '';
    const runFolder = path.join(folder, strategy);
    const expected = { ...each, device: device.name };
    const stop = present({ signal });
    const events =
      resume && existsSync(path.join(runFolder, runFiles.checkpoint))
        ? start.resume({ ...stop, folder: runFolder }, expected, own[index])
        : start.fit({ ...stop, input, out: runFolder, overwrite: true }, expected, own[index]);
    return { strategy, index, events, share: 0, ended: false, metrics: undefined };
  });
  try {
    for (let run = nextRun(runs); run !== undefined; run = nextRun(runs)) {
      const { strategy, index } = run;
      yield { type: 'strategy', strategy, index, count: runs.length };
      // A table of runs that are not as they were would be wrong.
      yield* turn(run, device.reason, () => removeListed(folder, ofComparisons));
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
    metrics === undefined ? [] : [rowOf(modality, rest, strategy, metrics, first)],
  );
  for (const row of rows) yield { type: 'row', row };
  const report: ReportOf<Types> = {
    kind: `${modality.kind}-comparison`,
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
  const files = new FileList(folder, compareFiles.data);
  await files.write(compareFiles.report, await rest.page(folder, report));
  await files.write(compareFiles.table, toCsv(rows, modality.measures));
  await files.writeJson(compareFiles.data, report);
  yield { type: 'compared', report, out: folder, files: files.paths };
}

interface Run<Types extends RunTypes> {
  readonly strategy: string;
  readonly index: number;
  readonly events: AsyncGenerator<RunEvent<Types>, void, undefined>;
  /** Share of its own steps that is done, as far as is known. */
  share: number;
  ended: boolean;
  metrics: Types['metrics'] | undefined;
}

/** The comparison's folder, made, locked, and without files of somebody else that it would write over. */
async function claimed(
  named: string | undefined,
  usual: string,
  used: (folder: string) => boolean,
  lock: (folder: string) => Promise<void>,
): Promise<string> {
  for (let i = 1; ; i++) {
    const folder = named ?? (i === 1 ? usual : `${usual}-${i}`);
    if (named === undefined && used(folder)) continue;
    await prepareFolder(folder);
    try {
      await lock(folder);
    } catch (error) {
      // Another process was faster.
      if (named === undefined && error instanceof LockedError) continue;
      throw error;
    }
    if (named === undefined && used(folder)) continue;
    await refuseForeign(folder, Object.values(compareFiles), (await readFileList(folder)) ?? new Set());
    return folder;
  }
}

/** Of the runs that have not ended the one with the least done; the first of several. */
function nextRun<Each extends { readonly ended: boolean; readonly share: number }>(
  runs: readonly Each[],
): Each | undefined {
  const left = runs.filter(({ ended }) => !ended);
  const least = Math.min(...left.map(({ share }) => share));
  return left.find(({ share }) => share === least);
}

/** One strategy's turn: up to and including its next measurement, or to its end. @param begun called when it has begun */
async function* turn<Types extends RunTypes>(
  run: Run<Types>,
  deviceReason: string,
  begun: () => Promise<void>,
): AsyncGenerator<{ type: 'run'; strategy: string; event: RunEvent<Types> }, void, undefined> {
  const { strategy } = run;
  for (;;) {
    const next = await run.events.next();
    if (next.done === true) {
      run.ended = true;
      return;
    }
    const event = next.value;
    if (event.type === 'start') await begun();
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
function rowOf<Types extends RunTypes>(
  { measures: [quality] }: Modality<Types>,
  rest: ModalityRun<Types>,
  strategy: string,
  metrics: Types['metrics'],
  baseline: Types['metrics'],
): RowOf<Types> {
  const { seconds, samples } = metrics;
  const history: readonly Types['entry'][] = metrics.history;
  const wanted = reached(quality, baseline);
  const secondsToBaseline = secondsToReach(history, (entry) => valueOf(quality, entry) ?? NaN, wanted);
  return {
    strategy,
    folder: strategy,
    seconds,
    timeRatio: trainingSeconds(metrics) / trainingSeconds(baseline),
    samples,
    ...rest.figures(metrics),
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

/** One line per strategy and measurement: what a spreadsheet or a plotting script wants. */
function toCsv(
  rows: readonly { readonly strategy: string; readonly history: readonly CommonHistoryEntry[] }[],
  measures: readonly Measure[],
): string {
  const measured = measures.filter(({ history }) => history).map(({ key }) => key);
  const columns = ['step', 'seconds', ...measured, 'loss', 'ratio'];
  const header = ['strategy', ...columns.map(snakeCase)].join();
  const lines = rows.flatMap(({ strategy, history }) =>
    history.map((entry) => [strategy, ...columns.map((key) => valueOf({ key }, entry) ?? '')].join()),
  );
  return `${[header, ...lines].join('\n')}\n`;
}

const snakeCase = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** The caller's own selector; undefined for a strategy that is found by its name. @throws ArgumentError where it is neither */
function ownSelector(
  strategy: string,
  own: Readonly<Record<string, SelectorFactory>>,
  settings: Pick<Resolver, 'strategies' | 'whyNot'>,
): SelectorFactory | undefined {
  if (Object.hasOwn(own, strategy)) return own[strategy];
  const names = settings.strategies();
  if (names.includes(strategy)) return undefined;
  const why = settings.whyNot(strategy);
  if (why !== undefined) throw new ConfigError(`strategies: ${why}`);
  throw new ArgumentError(
    `strategy must be one of ${names.join(', ')}, or a selector of your own, got '${strategy}'.${didYouMean(strategy, names)}`,
  );
}
