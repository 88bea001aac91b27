// A comparison over several inputs and seeds: cell after cell, every input with the first seed before any with the second, so that
// a campaign that is stopped has seen them all. After each cell the tables are written anew, over what there is so far.
import path from 'node:path';
import { ArgumentError, EvosError } from '../../../core/errors.js';
import { effectiveSettings } from '../../settings/effective.js';
import type { CampaignEvent, CampaignReport, FailedIn, RunTypes } from '../events.js';
import { failureOf } from '../failed.js';
import { messageOf } from '../files.js';
import { compareFiles, FileList } from '../file-list.js';
import type { Modality } from '../modality.js';
import type { FailedRun } from '../metrics.js';
import { version } from '../version.js';
import { compareCell, expectedOf, type Arms } from './cell.js';
import type { DecodedInputs } from './decoded.js';
import { checkBegun } from './finished.js';
import { summarise, type SummaryCell } from './summary.js';
import { curvesCsv, tableCsv } from './tables.js';
import { tableTex } from './tex.js';

/** What is made ready before anything is trained. */
export interface Ready<Types extends RunTypes> {
  readonly arms: Arms<Types>;
  readonly settings: Types['compare'];
  readonly folder: string;
  readonly decoded: DecodedInputs<Types>;
}

/** Makes the page of a whole campaign. */
export type CampaignPage = (modality: Modality, report: CampaignReport) => string;

/** One input with one seed. */
export interface Cell {
  readonly input: string;
  /** The input's file name, which tells it from the others. */
  readonly name: string;
  readonly seed: number;
  /** Relative to the campaign's, with slashes. */
  readonly folder: string;
}

/** The largest seed. */
const mostSeed = 0xffff_ffff;

/**
 * The cells of a campaign, in the order in which they run.
 * @throws ArgumentError where two inputs have one name, or there are no seeds so far up
 */
export function cellsOf(
  inputs: readonly string[],
  { seed, seeds }: { readonly seed: number; readonly seeds: number },
): Cell[] {
  const names = inputs.map((input) => path.basename(path.resolve(input)));
  const twice = names.findIndex((name, i) => names.indexOf(name) !== i);
  if (twice >= 0) {
    const first = inputs[names.indexOf(names[twice] ?? '')] ?? '';
    throw new ArgumentError(
      `got the inputs ${first} and ${inputs[twice] ?? ''}, which have one name; expected a name of its own for each, which ` +
        'names its folder: rename one, or leave it out',
    );
  }
  if (seed + seeds - 1 > mostSeed) {
    throw new ArgumentError(
      `seeds: got ${seeds} from seed ${seed} on, expected seeds of at most ${mostSeed}; begin with a smaller seed`,
    );
  }
  return Array.from({ length: seeds }, (_, i) => seed + i).flatMap((each) =>
    inputs.map((input, i): Cell => {
      const name = names[i] ?? '';
      return { input, name, seed: each, folder: `${name}/seed-${each}` };
    }),
  );
}

/** Runs a campaign. @param inputs paths */
export async function* campaign<Types extends RunTypes>(
  ready: Ready<Types>,
  inputs: readonly string[],
  page: CampaignPage,
): AsyncGenerator<CampaignEvent<Types>, void, undefined> {
  const { arms, settings, folder, decoded } = ready;
  const cells = cellsOf(inputs, settings);
  const ofSeed = (seed: number): Types['compare'] => ({ ...settings, seed, seeds: 1 });
  if (arms.resume) await checkAll(arms, folder, cells, ofSeed);
  const done: SummaryCell[] = [];
  const failed: FailedIn[] = [];
  let first: Error | undefined;
  /** Inputs and seeds whose baseline failed. */
  let without = 0;
  let last: { readonly report: CampaignReport; readonly files: readonly string[] } | undefined;
  for (const [index, { input, name, seed, folder: own }] of cells.entries()) {
    yield { type: 'cell', name, input, seed, index, count: cells.length };
    const place = { input, settings: ofSeed(seed), folder: path.join(folder, own) };
    const events = compareCell(arms, { ...place, decoded: await decoded.of(input) });
    let strategy = '';
    let lost = false;
    for (;;) {
      const next = await events.next().catch((error: unknown) => {
        const failure = failureOf(error);
        const message = messageOf(error);
        const told = ofRun(error, [name, `seed ${seed}`, strategy]);
        if (failure === undefined || !(told instanceof Error)) throw told;
        return { failure, message, told };
      });
      // Of its baseline: this input has nothing to compare with, and others may have.
      if ('failure' in next) {
        const { failure, message, told } = next;
        lost = true;
        first ??= told;
        failed.push({ name, seed, strategy, ...failure });
        yield { type: 'part', name, seed, event: { type: 'failed', strategy, ...failure, message } };
        break;
      }
      if (next.done === true) {
        if (next.value !== undefined) done.push({ name, folder: own, report: next.value });
        break;
      }
      const event = next.value;
      if (event.type === 'strategy') ({ strategy } = event);
      if (event.type === 'failed') failed.push(failedIn(event, name, seed));
      yield { type: 'part', name, seed, event };
    }
    if (lost) without++;
    else if (done.length + without <= index) {
      yield { type: 'stopped', done: done.length, count: cells.length, out: folder };
      return;
    }
    if (done.length > 0) last = await writeCampaign(ready, { done, failed }, cells.length, page);
  }
  if (last === undefined) throw first ?? new ArgumentError('got no inputs, expected one at least');
  yield { type: 'compared-all', report: last.report, out: folder, files: last.files };
}

const failedIn = ({ strategy, step, steps, outcome }: FailedRun, name: string, seed: number): FailedIn => ({
  name,
  seed,
  strategy,
  step,
  steps,
  outcome,
});

/** An error, with the run that it is of: there may be hundreds. */
function ofRun(error: unknown, where: readonly string[]): unknown {
  if (error instanceof EvosError) error.message = `${where.join(', ')}: ${error.message}`;
  return error;
}

/** Makes sure, before anything is trained, that all that has begun is of these settings. @throws ResumeError */
async function checkAll<Types extends RunTypes>(
  arms: Arms<Types>,
  folder: string,
  cells: readonly Cell[],
  ofSeed: (seed: number) => Types['compare'],
): Promise<void> {
  for (const { seed, folder: own } of cells) {
    const expected = expectedOf(arms, ofSeed(seed));
    for (const [i, { name }] of arms.entries.entries()) {
      const wanted = expected[i];
      if (wanted !== undefined) await checkBegun(arms.modality, path.join(folder, own, name), wanted);
    }
  }
}

async function writeCampaign<Types extends RunTypes>(
  { arms, settings, folder }: Ready<Types>,
  { done: cells, failed }: { readonly done: readonly SummaryCell[]; readonly failed: readonly FailedIn[] },
  count: number,
  page: CampaignPage,
): Promise<{ readonly report: CampaignReport; readonly files: readonly string[] }> {
  const { modality } = arms;
  const { measures, kind } = modality;
  const effective = effectiveSettings(settings, modality.settings);
  const summary = summarise(cells, modality);
  const report: CampaignReport = {
    kind: `${kind}-campaign`,
    version,
    settings,
    cells: cells.map(({ name, folder: own, report: { seed, input, device, workers, machine, rows } }) => ({
      ...{ name, seed, folder: own, input, device, workers, machine },
      rows: rows.map(({ history: _, ...row }) => row),
    })),
    count,
    ...summary,
    ...(failed.length === 0 ? {} : { failed }),
  };
  const files = new FileList(folder, compareFiles.data);
  await files.write(compareFiles.report, page(modality, report));
  await files.write(compareFiles.table, tableCsv(cells, measures, effective));
  await files.write(compareFiles.curves, curvesCsv(cells, measures));
  await files.write(compareFiles.tex, tableTex(summary, modality, failed));
  await files.writeJson(compareFiles.data, report);
  return { report, files: files.paths };
}
