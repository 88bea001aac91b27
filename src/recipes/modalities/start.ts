// Fits, resumed runs and comparisons of any modality. A run has a thread of its own, so that the caller's stays free; a
// selector of the caller's own is a function, and keeps the run where it is.
import path from 'node:path';
import { ConfigError, ResumeError } from '../../core/errors.js';
import { present } from '../../core/present.js';
import { loadCheckpoint, readCheckpointSettings } from '../runs/checkpoint.js';
import {
  runCampaign,
  runComparison,
  type CampaignPlaces,
  type ComparisonPlaces,
  type RunStarter,
} from '../runs/comparing/comparison.js';
import { campaignPage } from '../report/campaign.js';
import type { CampaignEvent, ComparisonEvent, RunEvent, RunTypes } from '../runs/events.js';
import { fitHere, resumeHere, type FitPlaces, type ResumePlaces, type RunHost } from '../runs/fit.js';
import { runFiles } from '../runs/folder.js';
import type { Modality, PluginRecord } from '../runs/modality.js';
import { checkPlugins, strategyFile } from '../runs/plugins.js';
import { settleFolder } from '../runs/run-folder.js';
import type { SelectorFactory } from '../runs/selectors.js';
import { inThread } from '../runs/thread.js';
import { findModality, usePlugins } from './registry.js';

const worker = new URL('../run-worker.js', import.meta.url);

/** How closely a run in a thread of its own follows whoever reads its events. */
interface Following {
  /**
   * Events that the run may be ahead of whoever reads them. 1 saves a run of small steps a tenth of its time; a signal may then end
   * it one step later than where it was given. Default 0: it ends with the step whose event came last.
   */
  readonly ahead?: 0 | 1;
}

/** What every fit takes beside its settings. */
export interface FitOptions extends FitPlaces, Following {
  /** A selector of your own instead of `strategy`; the run then shares the caller's thread. */
  readonly selector?: SelectorFactory;
}

/** What going on takes. */
export interface ResumeOptions<Settings = object> extends ResumePlaces, Following {
  /** The selector of your own that the run was started with. */
  readonly selector?: SelectorFactory;
  /** Settings the run must have been started with; 0 and `auto` agree with whatever they were resolved to. */
  readonly expected?: Partial<Settings>;
}

/** What surrounds a run in this process. */
export const hostOf = (
  plugins: readonly PluginRecord[],
  selector: SelectorFactory | undefined = undefined,
): RunHost => ({
  plugins,
  selector,
});

/** Settings among which plugins may be named. */
interface Plugged {
  readonly plugins?: readonly string[] | undefined;
}

/** Fits an input of one modality. Nothing happens before the first event is asked for. */
export async function* startFit<Types extends RunTypes>(
  modality: Modality<Types>,
  options: FitOptions & Plugged,
): AsyncGenerator<RunEvent<Types>, void, undefined> {
  const { input, out, overwrite, signal, selector, decoded, ahead, ...named } = options;
  const plugins = await usePlugins(named.plugins ?? []);
  const files = plugins.map(({ file }) => file);
  const settings = { ...named, plugins: files };
  const places = present({ input, out, overwrite, decoded });
  if (selector !== undefined) {
    yield* fitHere(modality, { ...places, ...present({ signal }) }, settings, hostOf(plugins, selector));
    return;
  }
  // Here too, where a setting that cannot even be sent to a thread gets a message that names it.
  modality.settings.fit(settings);
  const call = { call: 'fit', kind: modality.kind, plugins: files, places, settings } as const;
  yield* inThread(worker, call, signal, ahead);
}

/** Goes on with a run from its last checkpoint, bit for bit as if it had never stopped (on the CPU). */
export async function* startResume<Types extends RunTypes>(
  modality: Modality<Types> | undefined,
  options: ResumeOptions,
): AsyncGenerator<RunEvent<Types>, void, undefined> {
  const { folder, steps, signal, selector, expected, ahead } = options;
  const { plugins, kind } = await resumed(folder);
  const places = present({ folder, steps });
  if (selector !== undefined && modality !== undefined) {
    const host = hostOf(await usePlugins(plugins), selector);
    yield* resumeHere(modality, { ...places, ...present({ signal }) }, expected, host);
    return;
  }
  yield* inThread(
    worker,
    { call: 'resume', kind: modality?.kind ?? kind, places, plugins, expected },
    signal,
    ahead,
  );
}

/**
 * What a run that goes on is, with its plugins loaded.
 * @throws ResumeError when there is nothing to go on from, or a plugin is missing or another
 */
async function resumed(
  folder: string,
): Promise<{ readonly kind: string; readonly plugins: readonly string[] }> {
  await settleFolder(folder);
  const file = path.join(folder, runFiles.checkpoint);
  const stored = await readCheckpointSettings(file);
  const plugins = await checkPlugins(stored?.plugins, folder);
  await usePlugins(plugins);
  if (typeof stored?.kind === 'string') return { kind: findModality(stored.kind).kind, plugins };
  // Says what is wrong with it.
  await loadCheckpoint(file);
  throw new ResumeError(`${file} does not say what it is of; start the run anew`);
}

/** Settings of a comparison, as far as they decide what is loaded. */
interface Compared extends Plugged {
  readonly strategies?: readonly string[] | undefined;
}

/** Compares strategies on an input of one modality. */
export async function* startCompare<Types extends RunTypes>(
  modality: Modality<Types>,
  options: ComparisonPlaces & Compared,
): AsyncGenerator<ComparisonEvent<Types>, void, undefined> {
  const { input, out, overwrite, signal, resume, selectors, ...named } = options;
  const places = present({ input, out, overwrite, signal, resume, selectors });
  yield* runComparison(modality, places, await comparedSettings(named), starterOf(modality));
}

/** Compares strategies on several inputs of one modality, or with several seeds. */
export async function* startCompareAll<Types extends RunTypes>(
  modality: Modality<Types>,
  options: CampaignPlaces & Compared,
): AsyncGenerator<CampaignEvent<Types>, void, undefined> {
  const { inputs, name, out, overwrite, signal, resume, selectors, ...named } = options;
  const places = present({ inputs, name, out, overwrite, signal, resume, selectors });
  yield* runCampaign(modality, places, await comparedSettings(named), starterOf(modality), campaignPage);
}

async function comparedSettings(named: Compared): Promise<object> {
  const { strategies, plugins } = await strategiesOf(named.strategies, named.plugins ?? []);
  return { ...named, plugins, ...present({ strategies }) };
}

const starterOf = <Types extends RunTypes>(modality: Modality<Types>): RunStarter<Types> => ({
  fit: (where, run, selector) => startFit(modality, { ...run, ...where, ...present({ selector }) }),
  resume: (where, expected, selector) =>
    startResume(modality, { ...where, expected, ...present({ selector }) }),
});

/** Strategies by name, those of plugins that were named by their files among them. */
async function strategiesOf(
  strategies: readonly string[] | undefined,
  given: readonly string[],
): Promise<{ readonly strategies: readonly string[] | undefined; readonly plugins: readonly string[] }> {
  const plugins = (await usePlugins(given)).map(({ file }) => file);
  if (strategies === undefined) return { strategies, plugins };
  const names: string[] = [];
  for (const entry of strategies) {
    const named = strategyFile(entry);
    if (named === undefined) {
      names.push(entry);
      continue;
    }
    const { given: name, file, settings } = named;
    const [plugin] = await usePlugins([file]);
    const [strategy, ...others] = plugin?.strategies ?? [];
    if (plugin === undefined || strategy === undefined || others.length > 0) {
      throw new ConfigError(
        `strategies: ${file} brings ${plugin?.strategies.length ?? 0} strategies, expected one`,
      );
    }
    names.push(`${name}${strategy}${settings}`);
    if (!plugins.includes(plugin.file)) plugins.push(plugin.file);
  }
  return { strategies: names, plugins };
}
