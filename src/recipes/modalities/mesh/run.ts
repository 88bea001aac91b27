// Fitting a mesh, end to end: load, distances, pool, network, selector, training, checkpoints, and what the run leaves
// behind. It runs in the thread it is called in; `fitMesh` puts it into one of its own.
import path from 'node:path';
import { ResumeError, type MeasureEvent } from '../../../core/index.js';
import { createPointOperator, createSdfPool, type SdfPool } from '../../../sdf/index.js';
import { loadMesh } from '../../../sdf/files/index.js';
import { createOnnxTrainer, resolveDevice } from '../../../engine/index.js';
import type { MeshHistoryEntry, MeshMetrics } from '../../runs/artifacts.js';
import { loadCheckpoint, type Checkpoint } from '../../runs/checkpoint.js';
import type { FinishEvent, FitMeshEvent } from '../../runs/events.js';
import { prepareFolder } from '../../runs/files.js';
import { finishMesh } from './artifacts.js';
import { LossScale, onScale } from './feedback.js';
import { keepMesh, meshDigest, prepareMesh, readMeshInput, type MeshInput } from './input.js';
import { meshAdam, meshModel } from './model.js';
import { fitMeshSettings, resolveMeshSettings } from './options.js';
import { completedMesh } from './presets.js';
import type { FitMeshSettings, FitMeshSettingsInput } from './settings.js';
import { checkExpected, checkSteps } from '../../runs/resuming.js';
import { run, usualBatch, type RunParts, type RunPlan } from '../../runs/run.js';
import { freeFolder, holdsRun, meshFiles, prepareRunFolder } from '../../runs/folder.js';
import { makeSelector, selectorFactory, type SelectorFactory } from '../../runs/selectors.js';
import { Stopwatch, timed } from '../../runs/stopwatch.js';
import { version } from '../../runs/version.js';

/** What `fitMesh` takes: the settings, and where from and where to. */
export interface FitMeshOptions extends FitMeshSettingsInput {
  /** Path of an OBJ, PLY, STL, GLB or glTF. */
  readonly input: string;
  /** The run's folder, made if missing. Default `runs/<name of the input>`, with a number if that holds a run. */
  readonly out?: string;
  /** Write over a run that `out` holds already; otherwise that is an error. */
  readonly overwrite?: boolean;
  /** Ends the run after the current step, or while it extracts and measures; a checkpoint is written first. */
  readonly signal?: AbortSignal;
  /** A selector of your own instead of `strategy`; the run then shares the caller's thread. */
  readonly selector?: SelectorFactory;
}

/** What `resumeMesh` takes. */
export interface ResumeMeshOptions {
  /** A run's folder, with its checkpoint. */
  readonly folder: string;
  /** Train on to this many steps; at least those already done. Default: the run's own number. */
  readonly steps?: number;
  readonly signal?: AbortSignal;
  /** The selector of your own that the run was started with. */
  readonly selector?: SelectorFactory;
  /** Settings the run must have been started with; 0 and `auto` agree with whatever they were resolved to. */
  readonly expected?: FitMeshSettingsInput;
}

/** `fitMesh` in this thread. */
export function fitMeshHere(options: FitMeshOptions): AsyncGenerator<FitMeshEvent, void, undefined> {
  const watch = new Stopwatch();
  return timed(watch, fitNew(options, watch));
}

/** `resumeMesh` in this thread. */
export function resumeMeshHere(options: ResumeMeshOptions): AsyncGenerator<FitMeshEvent, void, undefined> {
  const watch = new Stopwatch();
  return timed(watch, goOn(options, watch));
}

async function* fitNew(
  options: FitMeshOptions,
  watch: Stopwatch,
): AsyncGenerator<FitMeshEvent, void, undefined> {
  const { input: file, out, overwrite = false, signal, selector, ...rest } = options;
  const settings = resolveMeshSettings(fitMeshSettings, rest);
  const folder = out ?? freeFolder(path.join('runs', path.parse(file).name), holdsRun);
  const { info, notes, ...input } = await readMeshInput(file, settings);
  try {
    // Before the folder: a device that is missing must not cost the run that is to be written over.
    const device = await resolveDevice(settings.device);
    await prepareRunFolder(folder, overwrite);
    await keepMesh(folder, input.mesh);
    const plan = { info, notes, settings, device, folder, signal };
    yield* run(plan, watch, () => meshParts(plan, input, selector));
  } finally {
    await input.field.dispose();
  }
}

async function* goOn(
  options: ResumeMeshOptions,
  watch: Stopwatch,
): AsyncGenerator<FitMeshEvent, void, undefined> {
  const { folder, steps, signal, selector, expected } = options;
  const checkpoint = await loadCheckpoint(path.join(folder, meshFiles.checkpoint));
  const { info, digest, settings: stored } = readRunSettings(checkpoint, folder);
  const settings = steps === undefined ? stored : resolveMeshSettings(fitMeshSettings, stored, { steps });
  if (expected !== undefined) checkExpected(stored, resolveMeshSettings(fitMeshSettings, expected), folder);
  checkSteps(settings.steps, checkpoint.step, folder);
  const target = path.join(folder, meshFiles.target);
  const { mesh } = await loadMesh(target);
  if (meshDigest(mesh) !== digest) {
    throw new ResumeError(
      `${target} is not the mesh this run was started with; put that one back, or start anew`,
    );
  }
  const input = await prepareMesh(mesh, settings, target);
  try {
    const { name } = await resolveDevice(settings.device);
    const device = { name, reason: 'the device the run was started on' };
    await prepareFolder(folder);
    const plan = { info, notes: [], settings, device, folder, signal, checkpoint };
    yield* run(plan, watch, () => meshParts(plan, input, selector));
  } finally {
    await input.field.dispose();
  }
}

type MeshPlan = RunPlan<FitMeshSettings, MeshMetrics['input']>;
type MeshParts = RunParts<FitMeshSettings, MeshMetrics['input'], MeshMetrics, MeshHistoryEntry, FinishEvent>;

async function meshParts(
  plan: MeshPlan,
  input: MeshInput,
  factory: SelectorFactory | undefined,
): Promise<MeshParts> {
  const { settings, folder, signal, checkpoint } = plan;
  const { mesh, field, frame, meter } = input;
  const { seed, truncate, refresh } = settings;
  const pool = await createSdfPool({
    mesh,
    field,
    frame,
    count: settings.samples,
    split: settings.split,
    seed: poolSeed(settings, checkpoint?.step ?? 0),
    ...(truncate > 0 ? { truncation: truncate } : {}),
  });
  const scale = new LossScale(pool, settings);
  const selector = makeSelector(factory ?? selectorFactory(settings.strategy), {
    size: pool.size,
    steps: settings.steps,
    seed,
    targets: scale.targets,
    ...operatorOf(pool, settings),
    settings,
  });
  const model = meshModel(settings);
  const trainer = createOnnxTrainer({
    model,
    adam: meshAdam(settings),
    seed,
    device: plan.device.name,
    loss: settings.loss,
    eikonal: settings.eikonal,
    ...(truncate > 0 ? { truncate } : {}),
    // A pool that changes cannot stay on a device.
    ...(refresh === 0 ? { pool } : {}),
    ...(settings.workers > 0 ? { workers: settings.workers } : {}),
    ...(settings.microBatch > 0 ? { microBatch: settings.microBatch } : {}),
  });
  return {
    model,
    pool,
    trainer,
    ...(scale.isPlain ? {} : { stepper: onScale(trainer, scale) }),
    selector,
    ...(refresh === 0
      ? {}
      : {
          refresh: {
            every: refresh,
            async run(step) {
              await pool.refresh(poolSeed(settings, step));
              scale.update();
            },
          },
        }),
    usualBatch: usualBatch(settings, pool.size),
    words: { thing: 'pool', samples: 'points', file: meshFiles.target },
    stored: { mesh: meshDigest(mesh) },
    measure: async () => ({ ...(await meter.measure((points) => trainer.predict(points))) }),
    entry: historyEntry,
    finish: (common, state) =>
      finishMesh({ folder, input, pool, model, trainer, settings, signal }, common, state),
  };
}

/** The frequency operator that `evos` goes by. */
function operatorOf({ inputs }: SdfPool, { strategy, frequency }: FitMeshSettings) {
  if (strategy !== 'evos' || frequency === 'none') return {};
  return { operator: createPointOperator({ points: inputs, kind: frequency }) };
}

/**
 * The seed of the pool that the steps after this one draw from, so that a run that goes on has the same points.
 * @returns the run's own for the first; its upper half counts the others, up to a million of them
 */
export function poolSeed({ seed, refresh }: Pick<FitMeshSettings, 'seed' | 'refresh'>, step: number): number {
  const drawn = refresh === 0 ? 0 : Math.floor(step / refresh);
  return seed + 2 ** 32 * (drawn % 2 ** 20);
}

function historyEntry(event: MeasureEvent): MeshHistoryEntry {
  const { iou = 0, iouNear = 0 } = event.metrics;
  return {
    step: event.step,
    seconds: event.seconds.train + event.seconds.select,
    iou,
    iouNear,
    loss: event.loss,
    ratio: event.ratio,
  };
}

function readRunSettings(checkpoint: Checkpoint, folder: string) {
  const stored = checkpoint.settings as {
    settings?: unknown;
    info?: MeshMetrics['input'];
    mesh?: string;
  } | null;
  const settings = fitMeshSettings.safeParse(completedMesh({ ...(stored?.settings ?? {}) }));
  if (!settings.success || stored?.info === undefined || stored.mesh === undefined) {
    throw new ResumeError(
      `the checkpoint in ${folder} is not of a mesh fit of this version (${version}); start the run anew`,
    );
  }
  return { info: stored.info, settings: settings.data, digest: stored.mesh };
}
