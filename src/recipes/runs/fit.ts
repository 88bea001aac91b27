// A fit from its input to its end, and a run that goes on from its checkpoint, in the thread that calls.
import { existsSync } from 'node:fs';
import path from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { ArgumentError, ResumeError } from '../../core/errors.js';
import type { JsonValue } from '../../core/index.js';
import { present } from '../../core/present.js';
import { resolveDevice } from '../../engine/index.js';
import { loadCheckpoint, type Checkpoint } from './checkpoint.js';
import type { RunEvent, RunTypes } from './events.js';
import { folderName, nextName, runFiles } from './folder.js';
import type { Modality, ModalityRun, PluginRecord, ReadInput, RunParts, StoredInput } from './modality.js';
import { run } from './run.js';
import { claimFolder, reclaimFolder } from './run-folder.js';
import {
  keepNetworkFile,
  networkFileName,
  networkNote,
  readNetworkFile,
  reopenNetworkFile,
} from './models/network-file.js';
import { checkPackages } from './packages.js';
import type { SelectorFactory } from './selectors.js';
import { Stopwatch, timed } from './timing/stopwatch.js';
import { version } from './version.js';

/** Where a fit reads and writes, and how it ends. */
export interface FitPlaces {
  /** Path of the input. */
  readonly input: string;
  /** The run's folder, made if missing. Default `runs/<name of the input>`, with a number if that holds a run. */
  readonly out?: string;
  /** Write over a run that `out` holds already; otherwise that is an error. */
  readonly overwrite?: boolean;
  /** Ends the run after the current step, or while it renders or measures; a checkpoint is written first. */
  readonly signal?: AbortSignal;
  /** What the modality's `decoding` made of the input, where several runs share that. */
  readonly decoded?: object;
}

/** Where a run goes on. */
export interface ResumePlaces {
  /** A run's folder, with its checkpoint. */
  readonly folder: string;
  /** Train on to this many steps; at least those already done. Default: the run's own number. */
  readonly steps?: number;
  readonly signal?: AbortSignal;
}

/** What the code around a run hands it. */
export interface RunHost {
  /** The caller's own selector in place of the strategy. */
  readonly selector: SelectorFactory | undefined;
  readonly plugins: readonly PluginRecord[];
}

/** A fit. @param settings as far as they were named */
export function fitHere<Types extends RunTypes>(
  modality: Modality<Types>,
  { input: file, out, overwrite = false, signal, decoded }: FitPlaces,
  given: object,
  host: RunHost,
): AsyncGenerator<RunEvent<Types>, void, undefined> {
  return watched(async function* (watch) {
    const asked = modality.settings.fit(given);
    checkPackages(`fitting ${modality.one}`, modality.packages);
    // Devices are tried in processes of their own: meanwhile the input is read, whose errors go first. Which one is the fastest goes
    // by what the input is.
    const named = asked.device === 'auto' ? undefined : resolveDevice(asked.device);
    named?.catch(() => undefined);
    const rest = await modality.load();
    const network = await readNetworkFile(asked);
    const { input, info, notes: told, usual } = await readInput(rest, file, asked, decoded);
    const isNew = Object.keys(usual?.settings ?? {}).some((name) => !Object.hasOwn(present(given), name));
    const settings = isNew ? modality.settings.fit(usual?.settings ?? {}, given) : asked;
    const notes = [
      ...(network === undefined ? [] : [networkNote(network)]),
      ...told,
      ...(usual !== undefined && isNew ? [usual.note] : []),
    ];
    yield* released(rest, input, async function* () {
      // Before the folder: a device that is missing must not cost the run that is to be written over.
      const device = await (named ?? resolveDevice('auto', () => rest.step?.(settings, () => info)));
      const usual = path.join('runs', folderName(rest.nameOf(file)));
      const names = network === undefined ? rest.files : [...rest.files, networkFileName];
      const place = await claimFolder({ out, usual, overwrite, input: file, names });
      const kept = Promise.all([
        rest.keep(place.current, file, input),
        network && keepNetworkFile(place.current, network),
      ]);
      // Somebody waits for it later.
      kept.catch(() => undefined);
      try {
        const { folder } = place;
        const plan = {
          ...host,
          input,
          info,
          notes,
          settings,
          device,
          folder,
          signal,
          ...present({ network }),
        };
        yield* run(modality.kind, plan, place, watch, (each) => partsOnce(kept, () => rest.parts(each)));
      } finally {
        await kept.catch(() => undefined);
        await place.release();
      }
    });
  });
}

/** The parts of a run whose input is being kept: pictures are encoded in other threads while this one makes a network. */
async function partsOnce<Types extends RunTypes>(
  kept: Promise<unknown>,
  make: () => RunParts<Types> | Promise<RunParts<Types>>,
): Promise<RunParts<Types>> {
  // Until the others have begun.
  await Promise.race([kept, setImmediate()]);
  const parts = await make();
  try {
    await kept;
    return parts;
  } catch (error) {
    await parts.trainer.dispose();
    throw error;
  }
}

/** A run that goes on. @param expected settings that it must have been started with */
export function resumeHere<Types extends RunTypes>(
  modality: Modality<Types>,
  { folder, steps, signal }: ResumePlaces,
  expected: object | undefined,
  host: RunHost,
): AsyncGenerator<RunEvent<Types>, void, undefined> {
  return watched(async function* (watch) {
    checkPackages(`fitting ${modality.one}`, modality.packages);
    const file = path.join(folder, runFiles.checkpoint);
    const rest = await modality.load();
    // Says what is missing.
    if (![file, path.join(folder, nextName)].some(existsSync)) await loadCheckpoint(file);
    const place = await reclaimFolder(folder, rest.files);
    try {
      const checkpoint = await loadCheckpoint(file);
      const { settings: stored, ...of } = readRun(modality, checkpoint, folder);
      const settings = steps === undefined ? stored : modality.settings.fit(stored, { steps });
      if (expected !== undefined) checkExpected(stored, modality.settings.fit(expected), folder);
      checkSteps(settings.steps, checkpoint.step, folder);
      const network = await reopenNetworkFile(folder, settings, of.input);
      const input = await rest.reopen(folder, of, settings);
      yield* released(rest, input, async function* () {
        const { name } = await resolveDevice(settings.device);
        const device = { name, reason: 'the device the run was started on' };
        const { info } = of;
        const notes = versionNotes(checkpoint);
        const plan = {
          ...{ ...host, input, info, notes, settings, device, folder, signal, checkpoint },
          ...present({ network }),
        };
        yield* run(modality.kind, plan, place, watch, (each) => rest.parts(each));
      });
    } finally {
      await place.release();
    }
  });
}

/** Reads an input, from what was decoded of it already where that is there. */
export function readInput<Types extends RunTypes>(
  rest: ModalityRun<Types>,
  file: string,
  settings: Types['settings'],
  decoded: object | undefined,
): Promise<ReadInput<Types>> {
  return decoded === undefined || rest.decoding === undefined
    ? rest.read(file, settings)
    : rest.decoding.read(decoded, file, settings);
}

function watched<Event>(
  work: (watch: Stopwatch) => AsyncGenerator<Event, void, undefined>,
): AsyncGenerator<Event, void, undefined> {
  const watch = new Stopwatch();
  return timed(watch, work(watch));
}

/** Frees an input when the work with it is over. */
async function* released<Types extends RunTypes, Event>(
  rest: ModalityRun<Types>,
  input: Types['input'],
  work: () => AsyncGenerator<Event, void, undefined>,
): AsyncGenerator<Event, void, undefined> {
  try {
    yield* work();
  } finally {
    await rest.release?.(input);
  }
}

/** What a checkpoint says of its run. @throws ResumeError when it is of another modality, or cannot be read */
export function readRun<Types extends RunTypes>(
  { kind, one, settings: resolver }: Modality<Types>,
  checkpoint: Checkpoint,
  folder: string,
): StoredInput<Types['info']> & { readonly settings: Types['settings'] } {
  const stored = checkpoint.settings as
    (Partial<StoredInput<Types['info']>> & { kind?: string; settings?: object; version?: string }) | null;
  const { info, input, settings } = stored ?? {};
  const fault = (cause?: unknown): ResumeError =>
    new ResumeError(
      `the checkpoint in ${folder}, written by evos ${stored?.version ?? 'of an unknown version'}, is not of a fit of ${one} ` +
        `that this version (${version}) knows; start the run anew`,
      { cause },
    );
  if (stored?.kind !== kind || info === undefined || input === undefined || settings === undefined)
    throw fault();
  try {
    return { info, input, settings: resolver.fit(settings) };
  } catch (cause) {
    throw fault(cause);
  }
}

/** A checkpoint of another version is gone on with where its format is the same; that is told. */
function versionNotes({ settings }: Checkpoint): string[] {
  const { version: before } = settings as { readonly version?: JsonValue };
  if (before === undefined || before === version) return [];
  return [`the run was last written by evos ${JSON.stringify(before)}, this is ${version}`];
}

/** @throws ArgumentError when a run has done more steps than it is to have. */
function checkSteps(steps: number, done: number, folder: string): void {
  if (steps >= done) return;
  throw new ArgumentError(
    `steps: got ${steps}, expected at least ${done}: the run in ${folder} has done so many`,
  );
}

/**
 * Makes sure that a run was started with the settings expected of it; 0 and `auto` agree with whatever they became.
 * @throws ResumeError naming the first setting that differs.
 */
export function checkExpected(settings: object, expected: object, folder: string): void {
  const run: Readonly<Record<string, unknown>> = { ...settings };
  for (const [name, wanted] of Object.entries(expected) as [string, unknown][]) {
    // What a preset stands for is among the others; by which name it came does not matter.
    if (name === 'preset') continue;
    // The number of steps follows from the time.
    if (name === 'steps' && run['time'] !== undefined) continue;
    const resolved = (name === 'workers' || name === 'microBatch') && wanted === 0;
    const alike = JSON.stringify(run[name]) === JSON.stringify(wanted);
    if (resolved || alike || (name === 'device' && wanted === 'auto')) continue;
    throw new ResumeError(
      `the run in ${folder} was started with ${name} ${JSON.stringify(run[name])}, not ${JSON.stringify(wanted)}; ` +
        'give the same settings again, or another folder',
    );
  }
}
