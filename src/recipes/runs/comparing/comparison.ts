// A comparison: several strategies on one input or many, with one seed or several. One input with one seed has a folder with the
// strategies' runs; of several each has one, and what they come to together stands above them.
import path from 'node:path';
import { didYouMean } from '../../../core/did-you-mean.js';
import { ArgumentError, ConfigError, EvosError } from '../../../core/errors.js';
import { resolveDevice } from '../../../engine/index.js';
import { splitName } from '../../settings/entries.js';
import type { Resolver, StrategyEntry } from '../../settings/resolver.js';
import type { CampaignEvent, ComparisonEvent, RunTypes } from '../events.js';
import { readFileList, refuseForeign } from '../file-list.js';
import { prepareFolder } from '../files.js';
import { readInput, type FitPlaces } from '../fit.js';
import { compareFiles, folderName, holdsRun, usedFolder } from '../folder.js';
import { LockedError, withLocks } from '../lock.js';
import type { Modality } from '../modality.js';
import { checkPackages } from '../packages.js';
import type { SelectorFactory } from '../selectors.js';
import { campaign, cellsOf, type CampaignPage, type Ready } from './campaign.js';
import { compareCell, type RunStarter } from './cell.js';
import { DecodedInputs } from './decoded.js';
import { begunDevice } from './finished.js';
import { checkInputs, keepInputs } from './inputs.js';
import { openPictureMeter } from './lpips.js';

export type { RunStarter } from './cell.js';
export { secondsToReach } from './reaching.js';

/** Where a comparison reads and writes, and how it ends. */
export interface ComparisonPlaces extends Omit<FitPlaces, 'decoded'> {
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

/** The same for several inputs. */
export interface CampaignPlaces extends Omit<ComparisonPlaces, 'input'> {
  /** Paths of the inputs, each once. */
  readonly inputs: readonly string[];
  /** What they are called together, in the name of the folder. Default: the first one's name. */
  readonly name?: string;
}

/**
 * Runs a comparison on one input with one seed; see `compare`.
 * @param places where from and where to
 */
export function runComparison<Types extends RunTypes>(
  modality: Modality<Types>,
  places: ComparisonPlaces,
  given: object,
  start: RunStarter<Types>,
): AsyncGenerator<ComparisonEvent<Types>, void, undefined> {
  return withLocks(async function* (lock) {
    const { input } = places;
    const several = { ...places, inputs: [input] };
    yield* prepared(
      modality,
      several,
      given,
      start,
      lock,
      true,
      async function* ({ arms, settings, folder, decoded }) {
        if (settings.seeds > 1) {
          throw new ArgumentError(
            `seeds: got ${settings.seeds}, expected 1 of a comparison on one input; compareAll takes several`,
          );
        }
        yield* compareCell(arms, { input, settings, folder, decoded: await decoded.of(input) });
      },
    );
  });
}

/**
 * Runs a comparison on several inputs, or with several seeds; see `compareAll`.
 * @param page the page of all of them together
 */
export function runCampaign<Types extends RunTypes>(
  modality: Modality<Types>,
  places: CampaignPlaces,
  given: object,
  start: RunStarter<Types>,
  page: CampaignPage,
): AsyncGenerator<CampaignEvent<Types>, void, undefined> {
  return withLocks((lock) =>
    prepared(modality, places, given, start, lock, false, (ready) => campaign(ready, places.inputs, page)),
  );
}

async function* prepared<Types extends RunTypes, Event>(
  modality: Modality<Types>,
  places: CampaignPlaces,
  given: object,
  start: RunStarter<Types>,
  lock: (folder: string) => Promise<void>,
  /** Whether the runs lie in the folder itself. */
  alone: boolean,
  work: (ready: Ready<Types>) => AsyncGenerator<Event, unknown, undefined>,
): AsyncGenerator<Event, void, undefined> {
  const { inputs, out, overwrite = false, signal, resume = false, selectors = {} } = places;
  if (inputs.length === 0) throw new ArgumentError('inputs: got none, expected one at least');
  const settings = modality.settings.compare(given);
  const entries = settings.strategies.map((text) => modality.settings.entry(text));
  checkNames(entries);
  const own = entries.map(({ strategy }) => ownSelector(strategy, selectors, modality.settings));
  checkPackages(`fitting ${modality.one}`, modality.packages);
  const rest = await modality.load();
  const [first = '', ...others] = inputs;
  const name = places.name ?? rest.nameOf(first);
  const several = places.name === undefined && others.length > 0 ? `-and-${others.length}-more` : '';
  const usual = path.join('runs', `${folderName(name)}${several}-compare`);
  const cells = alone ? ['.'] : cellsOf(inputs, settings).map(({ folder }) => folder);
  const used = (base: string): boolean =>
    cells.some((cell) => entries.some((entry) => holdsRun(path.join(base, cell, entry.name))));
  // Without a folder named, going on means the usual one.
  const named = out ?? (resume ? usual : undefined);
  if (named !== undefined && used(named) && !resume && !overwrite)
    throw usedFolder(named, 'the same command with --resume');
  // What has to do with the inputs is the same for all strategies, and told before hours of training.
  const wanted = modality.settings.runOf(settings, entries[0] ?? fail());
  const decoded = new DecodedInputs(rest, wanted);
  for (const input of inputs) await decoded.check(input);
  // Whatever is measured now, runs go on where they began.
  const begun =
    resume && named !== undefined && settings.device === 'auto'
      ? await begunDevice(cells.flatMap((cell) => entries.map((entry) => path.join(named, cell, entry.name))))
      : undefined;
  const infoOf = async (): Promise<Types['info']> => {
    const { input, info } = await readInput(rest, first, wanted, await decoded.of(first));
    await rest.release?.(input);
    return info;
  };
  const device = await resolveDevice(begun ?? settings.device, () => rest.step?.(wanted, infoOf));
  const meter = await openPictureMeter(settings.lpips, modality.several, rest);
  try {
    const folder = await claimed(named, usual, used, lock);
    if (resume) await checkInputs(folder, inputs);
    await keepInputs(folder, inputs, resume);
    const arms = { modality, rest, entries, own, device, start, resume, signal, meter };
    yield* work({ arms, settings, folder, decoded });
  } finally {
    await meter?.dispose();
  }
}

function fail(): never {
  throw new EvosError('internal', 'a comparison has no strategies, expected one at least');
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

/** The names are folders: each must be one, and once. */
function checkNames(entries: readonly StrategyEntry[]): void {
  const twice = entries.find(({ name }, i) => entries.findIndex((other) => other.name === name) !== i);
  if (twice !== undefined) {
    throw new ArgumentError(
      `strategies: got "${twice.text}" twice, expected each strategy once, or another name: NAME=${splitName(twice.text).rest}`,
    );
  }
  const unsafe = entries.find(({ strategy }) => !/^[\w.-]+$/.test(strategy) || strategy.startsWith('.'));
  if (unsafe !== undefined) {
    throw new ArgumentError(
      `strategies: got "${unsafe.strategy}", expected letters, digits, "-", "_" and ".": each names a folder`,
    );
  }
}

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
