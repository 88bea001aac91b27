// Runs, renderings and inspections by the name of a modality: what the command line calls.
import { existsSync, statSync } from 'node:fs';
import path from 'node:path';
import { ArgumentError, InputError } from '../../core/errors.js';
import { readCheckpointSettings } from '../runs/checkpoint.js';
import type { CampaignPlaces, ComparisonPlaces } from '../runs/comparing/comparison.js';
import type { CampaignEvent, ComparisonEvent, RunEvent } from '../runs/events.js';
import { kindOfRun, runFiles } from '../runs/folder.js';
import type { Rendered, Request } from '../runs/modality.js';
import { modelKind } from '../runs/models/model-file.js';
import { checkPlugins } from '../runs/plugins.js';
import { settleFolder } from '../runs/run-folder.js';
import { findModality, modalities, modalitiesByName, usePlugins } from './registry.js';
import { inspectRun, inspectStopped } from './inspect-run.js';
import { isStopped } from './stopped.js';
import {
  startCompare,
  startCompareAll,
  startFit,
  startResume,
  type FitOptions,
  type ResumeOptions,
} from './start.js';

/** Fits an input. @param options settings of the modality among them */
export const fitKind = (kind: string, options: FitOptions): AsyncGenerator<RunEvent, void, undefined> =>
  startFit(findModality(kind), options);

/** Goes on with a run, whatever it fits. */
export const resumeRun = (options: ResumeOptions): AsyncGenerator<RunEvent, void, undefined> =>
  startResume(undefined, options);

/** Compares strategies on an input. @param options settings of the modality among them */
export const compareKind = (
  kind: string,
  options: ComparisonPlaces,
): AsyncGenerator<ComparisonEvent, void, undefined> => startCompare(findModality(kind), options);

/** Compares strategies on several inputs of a modality, or with several seeds. @param options its settings among them */
export const compareAllKind = (
  kind: string,
  options: CampaignPlaces,
): AsyncGenerator<CampaignEvent, void, undefined> => startCompareAll(findModality(kind), options);

/**
 * The modality of a run's folder or a model, with the run's plugins loaded.
 * @throws InputError when it is no model, or of a modality that is not there
 */
export async function kindOfModel(given: string): Promise<string> {
  const folder = statSync(given).isDirectory() ? given : path.dirname(given);
  await settleFolder(folder);
  const stored = await readCheckpointSettings(path.join(folder, runFiles.checkpoint));
  await usePlugins(await checkPlugins(stored?.plugins, folder));
  const kind = (given === folder ? await kindOfRun(folder) : undefined) ?? (await modelKind(given));
  if (modalities().some((each) => each.kind === kind)) return kind;
  const kinds = modalities().map((each) => each.kind);
  throw new InputError(
    `${given} is of the kind "${kind}", expected one of ${kinds.join(', ')}; a model of a plugin needs --plugin FILE`,
  );
}

/** Renders a model of a modality. */
export async function renderKind(kind: string, request: Request): Promise<Rendered> {
  return (await findModality(kind).load()).render(request);
}

/**
 * Says what an input of a modality, a run or a model holds.
 * @throws ArgumentError for options that it does not take
 */
export async function inspectPath(request: Request, kind?: string): Promise<object> {
  const inspects = (modality: (typeof named)[number]): boolean => modality.inspect !== undefined;
  const named = kind === undefined ? modalitiesByName(request.path) : [findModality(kind)];
  for (const modality of isRun(request.path) ? [] : named.filter(inspects)) {
    if (kind === undefined && (await modality.recognise?.(request.path)) === false) continue;
    const rest = await modality.load();
    if (rest.inspect !== undefined) return rest.inspect(request);
  }
  const options = [...(request.out === undefined ? [] : ['out']), ...Object.keys(request.options)];
  if (options.length > 0) {
    const takers = modalities().filter(inspects);
    throw new ArgumentError(
      `--${options.join(', --')} is for ${takers.map(({ several }) => several).join(', ')}; ${request.path} is none.`,
    );
  }
  return (await isStopped(request.path)) ? inspectStopped(request.path) : inspectRun(request.path);
}

/** A run's folder is a run, whatever else lies in it. */
const isRun = (given: string): boolean =>
  given.endsWith('.onnx') ||
  [runFiles.model, runFiles.checkpoint].some((name) => existsSync(path.join(given, name)));
