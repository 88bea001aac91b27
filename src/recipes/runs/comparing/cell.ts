// One cell of a comparison: several strategies on one input with one seed, in one process and in turns, from the same start.
// The table has time, quality, and seconds to the baseline's final quality. What an earlier sitting finished is not run again.
import { existsSync } from 'node:fs';
import path from 'node:path';
import { present } from '../../../core/present.js';
import type { ResolvedDevice } from '../../../engine/index.js';
import { effectiveSettings } from '../../settings/effective.js';
import type { StrategyEntry } from '../../settings/resolver.js';
import type { ComparisonEvent, FailedEvent, ReportOf, RowOf, RunEvent, RunTypes } from '../events.js';
import { compareFiles, FileList, ofComparisons, removeListed } from '../file-list.js';
import type { FitPlaces, ResumePlaces } from '../fit.js';
import { runFiles } from '../folder.js';
import { trainingSeconds, type FailedRun } from '../metrics.js';
import { removeStaleLock } from '../lock.js';
import { reached, valueOf, type Modality, type ModalityRun } from '../modality.js';
import { failureOf } from '../failed.js';
import { messageOf } from '../files.js';
import { settleFolder } from '../run-folder.js';
import type { SelectorFactory } from '../selectors.js';
import { version } from '../version.js';
import { finishedMetrics } from './finished.js';
import { measuredPictures, type PictureMeter } from './lpips.js';
import { secondsToReach } from './reaching.js';
import { summarise } from './summary.js';
import { curvesCsv, tableCsv, type TableCell } from './tables.js';
import { tableTex } from './tex.js';

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

/** What every cell of a comparison has. */
export interface Arms<Types extends RunTypes> {
  readonly modality: Modality<Types>;
  readonly rest: ModalityRun<Types>;
  readonly entries: readonly StrategyEntry[];
  /** The caller's own selectors, entry by entry. */
  readonly own: readonly (SelectorFactory | undefined)[];
  readonly device: ResolvedDevice;
  readonly start: RunStarter<Types>;
  readonly resume: boolean;
  readonly signal: AbortSignal | undefined;
  readonly meter: PictureMeter | undefined;
}

/** Where a cell reads and writes. */
export interface CellPlace<Types extends RunTypes> {
  readonly input: string;
  /** What the modality's `decoding` made of it. */
  readonly decoded: object | undefined;
  /** The comparison's, with the seed of this cell. */
  readonly settings: Types['compare'];
  readonly folder: string;
}

/** The settings of a cell's runs, as they are expected to be. */
export function expectedOf<Types extends RunTypes>(
  { modality, entries, device }: Pick<Arms<Types>, 'modality' | 'entries' | 'device'>,
  settings: Types['compare'],
): readonly Types['settings'][] {
  return entries.map((entry) => ({ ...modality.settings.runOf(settings, entry), device: device.name }));
}

/**
 * Runs a cell. A run that fails by itself ends without figures, and the others go on.
 * @returns its report; undefined where it was stopped
 * @throws DivergedError or NoResultError where that is the baseline, with which all others are compared
 */
export async function* compareCell<Types extends RunTypes>(
  arms: Arms<Types>,
  place: CellPlace<Types>,
): AsyncGenerator<ComparisonEvent<Types>, ReportOf<Types> | undefined, undefined> {
  const { modality, device } = arms;
  const { folder, settings } = place;
  const runs = await startRuns(arms, place);
  try {
    for (let run = nextRun(runs); run !== undefined; run = nextRun(runs)) {
      const { strategy, index } = run;
      yield { type: 'strategy', strategy, index, count: runs.length };
      // A table of runs that are not as they were would be wrong.
      yield* turn(run, device.reason, () => removeListed(folder, ofComparisons));
    }
  } finally {
    await Promise.all(runs.flatMap(({ events }) => (events === undefined ? [] : [events.return()])));
  }
  const [baseline] = runs;
  const missing = runs.some(({ metrics, failed }) => metrics === undefined && failed === undefined);
  if (baseline?.metrics === undefined || missing) {
    yield { type: 'aborted', out: folder };
    return undefined;
  }
  // Only now: after a resume a strategy may have ended before the baseline did.
  const first = baseline.metrics;
  const rows: RowOf<Types>[] = [];
  for (const { strategy, metrics } of runs) {
    if (metrics === undefined) continue;
    const pictures = await measuredPictures(arms, path.join(folder, strategy));
    const row = { ...rowOf(arms, settings, strategy, metrics, first), ...present({ lpips: pictures }) };
    rows.push(row);
    yield { type: 'row', row };
  }
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
    ...present({ failed: failedRuns(runs) }),
  };
  const files = await writeCell(arms, folder, report);
  yield { type: 'compared', report, out: folder, files };
  return report;
}

/** Writes what a cell leaves beside its runs. */
async function writeCell<Types extends RunTypes>(
  { modality, rest }: Arms<Types>,
  folder: string,
  report: ReportOf<Types>,
): Promise<readonly string[]> {
  const { measures } = modality;
  const effective = effectiveSettings(report.settings, modality.settings);
  const name = path.basename(report.input.file);
  const cells: readonly TableCell[] = [{ name, folder: '.', report }];
  const summary = summarise(cells, modality);
  const files = new FileList(folder, compareFiles.data);
  await files.write(compareFiles.report, await rest.page(folder, report));
  await files.write(compareFiles.table, tableCsv(cells, measures, effective));
  await files.write(compareFiles.curves, curvesCsv(cells, measures));
  const failed = (report.failed ?? []).map((run) => ({ ...run, name, seed: report.seed }));
  await files.write(compareFiles.tex, tableTex(summary, modality, failed));
  await files.writeJson(compareFiles.data, report);
  return files.paths;
}

interface Run<Types extends RunTypes> {
  readonly strategy: string;
  readonly index: number;
  /** Undefined for one that an earlier sitting finished. */
  readonly events: AsyncGenerator<RunEvent<Types>, void, undefined> | undefined;
  /** Share of its own steps that is done, as far as is known. */
  share: number;
  ended: boolean;
  metrics: Types['metrics'] | undefined;
  /** How far it came, where it failed. */
  failed?: FailedRun;
}

/** Undefined where none failed. */
function failedRuns(runs: readonly Run<RunTypes>[]): readonly FailedRun[] | undefined {
  const found = runs.flatMap(({ failed }) => failed ?? []);
  return found.length === 0 ? undefined : found;
}

async function startRuns<Types extends RunTypes>(
  arms: Arms<Types>,
  { input, decoded, settings, folder }: CellPlace<Types>,
): Promise<Run<Types>[]> {
  const { modality, entries, own, start, resume, signal } = arms;
  const expected = expectedOf(arms, settings);
  const runs: Run<Types>[] = [];
  for (const [index, { name: strategy }] of entries.entries()) {
    const runFolder = path.join(folder, strategy);
    const wanted = expected[index];
    if (wanted === undefined) continue;
    await settleFolder(runFolder);
    const metrics = resume ? await finishedMetrics(modality, runFolder, wanted) : undefined;
    // A run that was killed once all was written has left its lock.
    if (metrics !== undefined) await removeStaleLock(runFolder);
    const stop = present({ signal });
    const begun = resume && existsSync(path.join(runFolder, runFiles.checkpoint));
    const events =
      metrics !== undefined
        ? undefined
        : begun
          ? start.resume({ ...stop, folder: runFolder }, wanted, own[index])
          : start.fit(
              { ...stop, ...present({ decoded }), input, out: runFolder, overwrite: true },
              wanted,
              own[index],
            );
    runs.push({ strategy, index, events, share: 0, ended: metrics !== undefined, metrics });
  }
  return runs;
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
): AsyncGenerator<{ type: 'run'; strategy: string; event: RunEvent<Types> } | FailedEvent, void, undefined> {
  const { strategy, index, events } = run;
  for (;;) {
    const next = await events?.next().catch((error: unknown) => {
      const failure = failureOf(error);
      // Nothing can be compared with a baseline that is not there.
      if (index === 0 || failure === undefined) throw error;
      return { failure, message: messageOf(error) };
    });
    if (next !== undefined && 'failure' in next) {
      run.ended = true;
      run.failed = { strategy, ...next.failure };
      yield { type: 'failed', ...run.failed, message: next.message };
      return;
    }
    if (next === undefined || next.done === true) {
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

/** A strategy's line, with how much sooner than the baseline's end it came to the baseline's quality. */
function rowOf<Types extends RunTypes>(
  { modality, rest }: Arms<Types>,
  { targets }: Types['compare'],
  strategy: string,
  metrics: Types['metrics'],
  baseline: Types['metrics'],
): RowOf<Types> {
  const [quality] = modality.measures;
  const { seconds, samples } = metrics;
  const history: readonly Types['entry'][] = metrics.history;
  const secondsTo = (wanted: number): number | null =>
    secondsToReach(history, (entry) => valueOf(quality, entry) ?? NaN, wanted);
  const secondsToBaseline = secondsTo(reached(quality, baseline));
  const toTargets = targets.map(Number).map((target) => ({ target, seconds: secondsTo(target) }));
  return {
    strategy,
    folder: strategy,
    seconds,
    timeRatio: trainingSeconds(metrics) / trainingSeconds(baseline),
    samples,
    ...rest.figures(metrics),
    secondsToBaseline,
    speedUp: secondsToBaseline === null ? null : trainingSeconds(baseline) / secondsToBaseline,
    ...(toTargets.length === 0 ? {} : { secondsToTargets: toTargets }),
    history,
  };
}
