// Fitting a scene, end to end: photographs, rays, field, sampler, training, checkpoints, and what the run leaves behind.
// It runs in the thread it is called in; `fitScene` puts it into one of its own.
import { existsSync } from 'node:fs';
import path from 'node:path';
import { ResumeError, type MeasureEvent } from '../../../core/index.js';
import { resolveDevice } from '../../../engine/index.js';
import { loadCheckpoint, type Checkpoint } from '../../runs/checkpoint.js';
import type { FinishEvent, FitSceneEvent, ViewEvent } from '../../runs/events.js';
import { prepareFolder } from '../../runs/files.js';
import { checkExpected, checkSteps } from '../../runs/resuming.js';
import { run, type RunParts, type RunPlan } from '../../runs/run.js';
import { freeFolder, holdsRun, prepareRunFolder, sceneFiles } from '../../runs/folder.js';
import { finishScene } from './artifacts.js';
import type { SceneHistoryEntry, SceneInfo, SceneMetrics } from './metrics.js';
import { readSceneInput, type SceneInput } from './input.js';
import { createSceneMeter } from './meter.js';
import { sceneTrainer, type SceneTrainerFactory } from './model.js';
import { fitSceneSettings, resolveSceneSettings } from './options.js';
import { sceneName } from './name.js';
import { rayTraining, sceneSampler } from './rays.js';
import { sceneRecord, writeSceneRecord } from './record.js';
import type { FitSceneSettings, FitSceneSettingsInput } from './settings.js';
import { drawTally } from './selection-tally.js';
import { Stopwatch, timed } from '../../runs/stopwatch.js';
import { version } from '../../runs/version.js';

/** What `fitScene` takes: the settings, and where from and where to. */
export interface FitSceneOptions extends FitSceneSettingsInput {
  /** A scene's folder, or its transforms.json, poses_bounds.npy, or a file of COLMAP's model. */
  readonly input: string;
  /** The run's folder, made if missing. Default `runs/<name of the scene>`, with a number if that holds a run. */
  readonly out?: string;
  /** Write over a run that `out` holds already; otherwise that is an error. */
  readonly overwrite?: boolean;
  /** Ends the run after the current step, or while it renders; a checkpoint is written first. */
  readonly signal?: AbortSignal;
}

/** What `resumeScene` takes. */
export interface ResumeSceneOptions {
  /** A run's folder, with its checkpoint. */
  readonly folder: string;
  /** Train on to this many steps; at least those already done. Default: the run's own number. */
  readonly steps?: number;
  readonly signal?: AbortSignal;
  /** Settings the run must have been started with; 0 and `auto` agree with whatever they were resolved to. */
  readonly expected?: FitSceneSettingsInput;
}

/** `fitScene` in this thread. @param trainer makes the trainer; another one is for tests */
export function fitSceneHere(
  options: FitSceneOptions,
  trainer: SceneTrainerFactory = sceneTrainer,
): AsyncGenerator<FitSceneEvent, void, undefined> {
  const watch = new Stopwatch();
  return timed(watch, fitNew(options, watch, trainer));
}

/** `resumeScene` in this thread. @param trainer as for `fitSceneHere` */
export function resumeSceneHere(
  options: ResumeSceneOptions,
  trainer: SceneTrainerFactory = sceneTrainer,
): AsyncGenerator<FitSceneEvent, void, undefined> {
  const watch = new Stopwatch();
  return timed(watch, goOn(options, watch, trainer));
}

async function* fitNew(
  options: FitSceneOptions,
  watch: Stopwatch,
  trainer: SceneTrainerFactory,
): AsyncGenerator<FitSceneEvent, void, undefined> {
  const { input: file, out, overwrite = false, signal, ...rest } = options;
  const settings = resolveSceneSettings(fitSceneSettings, rest);
  const folder = out ?? freeFolder(path.join('runs', sceneName(file)), holdsRun);
  const input = await readSceneInput(file, settings);
  // Before the folder: a device that is missing must not cost the run that is to be written over.
  const device = await resolveDevice(settings.device);
  await prepareRunFolder(folder, overwrite);
  await writeSceneRecord(folder, sceneRecord(file, input));
  const { info } = input;
  const plan = { info, notes: info.warnings, settings, device, folder, signal };
  yield* run(plan, watch, () => sceneParts(plan, input, trainer));
}

async function* goOn(
  options: ResumeSceneOptions,
  watch: Stopwatch,
  trainer: SceneTrainerFactory,
): AsyncGenerator<FitSceneEvent, void, undefined> {
  const { folder, steps, signal, expected } = options;
  const checkpoint = await loadCheckpoint(path.join(folder, sceneFiles.checkpoint));
  const stored = readRunSettings(checkpoint, folder);
  const settings =
    steps === undefined
      ? stored.settings
      : resolveSceneSettings(fitSceneSettings, stored.settings, { steps });
  if (expected !== undefined)
    checkExpected(stored.settings, resolveSceneSettings(fitSceneSettings, expected), folder);
  checkSteps(settings.steps, checkpoint.step, folder);
  if (!existsSync(stored.file)) {
    throw new ResumeError(
      `the run in ${folder} was started on ${stored.file}, which is not there any more; put the scene back where it was ` +
        '(rendering what was learnt needs no photographs)',
    );
  }
  const input = await readSceneInput(stored.file, settings);
  if (input.digest !== stored.digest) {
    throw new ResumeError(
      `${stored.file} is not as it was when the run in ${folder} was started: its cameras, or which photographs are there, ` +
        'have changed; put them back, or start anew',
    );
  }
  const { name } = await resolveDevice(settings.device);
  const device = { name, reason: 'the device the run was started on' };
  await prepareFolder(folder);
  const plan = { info: stored.info, notes: [], settings, device, folder, signal, checkpoint };
  yield* run(plan, watch, () => sceneParts(plan, input, trainer));
}

type ScenePlan = RunPlan<FitSceneSettings, SceneInfo>;
type SceneParts = RunParts<
  FitSceneSettings,
  SceneInfo,
  SceneMetrics,
  SceneHistoryEntry,
  FinishEvent | ViewEvent
>;

async function sceneParts(
  { settings, folder, signal, device, info }: ScenePlan,
  input: SceneInput,
  makeTrainer: SceneTrainerFactory,
): Promise<SceneParts> {
  const { train, test, space } = input;
  // A run that goes on does so before the background it was started with.
  const { background } = info;
  const { rays, points } = settings;
  const sampler = sceneSampler(train, settings);
  const tally = drawTally(train);
  const meter = await createSceneMeter(test);
  const trainer = makeTrainer(settings, { space, background, device: device.name });
  const { selector, pool } = rayTraining(sampler, () => (rays > 0 ? rays : trainer.raysFor(points)));
  return {
    model: trainer.field,
    pool,
    selector,
    trainer,
    tally,
    words: { thing: 'scene', samples: 'cells of pixels', file: sceneFiles.scene },
    stored: { scene: path.resolve(info.file), digest: input.digest },
    measure: async () => ({ psnr: await meter.measure((asked) => trainer.predict(asked)) }),
    entry: historyEntry,
    finish: (common, state) =>
      finishScene({ folder, input, trainer, tally, settings, signal }, common, state),
  };
}

function historyEntry(event: MeasureEvent): SceneHistoryEntry {
  return {
    step: event.step,
    seconds: event.seconds.train + event.seconds.select,
    psnr: event.metrics['psnr'] ?? 0,
    loss: event.loss,
    ratio: event.ratio,
  };
}

/** What a scene's checkpoint says of its run. @throws ResumeError when it is of another kind of run, or version */
export function readRunSettings(
  checkpoint: Checkpoint,
  folder: string,
): { settings: FitSceneSettings; info: SceneInfo; file: string; digest: string } {
  const stored = checkpoint.settings as {
    settings?: unknown;
    info?: SceneInfo;
    scene?: string;
    digest?: string;
  } | null;
  const settings = fitSceneSettings.safeParse(stored?.settings);
  const { info, scene, digest } = stored ?? {};
  if (!settings.success || info === undefined || scene === undefined || digest === undefined) {
    throw new ResumeError(
      `the checkpoint in ${folder} is not of a scene fit of this version (${version}); start the run anew`,
    );
  }
  return { settings: settings.data, info, file: scene, digest };
}
