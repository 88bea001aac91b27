// What fitting a mesh takes: distances, pool, network, trainer and selector, quality, and how the mesh is kept and found
// again.
import path from 'node:path';
import { ResumeError } from '../../../core/errors.js';
import { findStrategy } from '../../../core/index.js';
import { createPointOperator, createSdfPool, type SdfPool } from '../../../sdf/index.js';
import { loadMesh } from '../../../sdf/files/index.js';
import { createTrainer } from '../../../engine/index.js';
import type { ModalityRun, RunParts, RunPlan } from '../../runs/modality.js';
import { adamOf, networkOf } from '../../runs/models/network.js';
import { selectorBeside, usualBatch } from '../../runs/selectors.js';
import { sampleStep } from '../../runs/step.js';
import { enough } from '../presets.js';
import { drawTally } from './draws.js';
import { finishMesh, meshFiles } from './artifacts.js';
import { keepMesh, meshDecoding, meshDigest, prepareMesh, readMeshInput } from './input.js';
import type { MeshTypes } from './types.js';
import { renderForCommand } from './render.js';
import { meshComparisonPage } from './report/comparison.js';
import type { FitMeshSettings } from './settings.js';

/** The rest of the modality. */
export const meshRun: ModalityRun<MeshTypes> = {
  files: Object.values(meshFiles),
  nameOf: (file) => path.parse(file).name,
  read: readMeshInput,
  decoding: meshDecoding,
  keep: (folder, _file, { mesh }) => keepMesh(folder, mesh),
  async reopen(folder, { input }, settings) {
    const target = path.join(folder, meshFiles.target);
    const { mesh } = await loadMesh(target, { origin: originOf(input['origin']) });
    if (meshDigest(mesh) === input['mesh']) return prepareMesh(mesh, settings, target);
    throw new ResumeError(
      `${target} is not the mesh this run was started with; put that one back, or start anew`,
    );
  },
  release: ({ field }) => field.dispose(),
  step(settings) {
    const { loss, eikonal, truncate, samples } = settings;
    const step = sampleStep(settings, { inputDim: 3, outputDim: 1 }, samples);
    return { ...step, loss, eikonal, ...(truncate > 0 ? { truncate } : {}) };
  },
  parts: meshParts,
  figures: ({ iou, iouNear, chamferL1, chamferL2, normalConsistency }) => ({
    iou,
    iouNear,
    chamferL1,
    chamferL2,
    normalConsistency,
  }),
  page: meshComparisonPage,
  render: renderForCommand,
};

/** The origin of a run's mesh, as its checkpoint says it. */
function originOf(stored: unknown): readonly [number, number, number] {
  if (!Array.isArray(stored)) return [0, 0, 0];
  const [x, y, z] = stored.map(Number);
  return [x ?? 0, y ?? 0, z ?? 0];
}

async function meshParts(plan: RunPlan<MeshTypes>): Promise<RunParts<MeshTypes>> {
  const { settings, checkpoint, input } = plan;
  const { mesh, field, frame, meter } = input;
  const { seed, truncate, refresh } = settings;
  const pool = await createSdfPool({
    mesh,
    field,
    frame,
    count: settings.samples,
    split: settings.split,
    seed: poolSeed(settings, checkpoint?.step ?? 0),
    revision: redraws(settings, checkpoint?.step ?? 0),
    ...(truncate > 0 ? { truncation: truncate } : {}),
  });
  const own = enough(settings, pool.size, plan.selector !== undefined);
  // Where the points are drawn again after the last step alone, nobody sees the new ones.
  const changes = refresh > 0 && refresh < settings.steps;
  const redrawing = {
    every: refresh,
    run: (step: number) => pool.refresh(poolSeed(settings, step)),
    prefetch: (step: number) => pool.prefetch(poolSeed(settings, step)),
  };
  const batch = usualBatch(settings, pool.size);
  const model = networkOf(settings, { inputDim: 3, outputDim: 1 }, plan.network);
  const trainer = createTrainer({
    model,
    adam: adamOf(settings),
    averaging: settings.averaging,
    seed,
    device: plan.device.name,
    loss: settings.loss,
    eikonal: settings.eikonal,
    ...(truncate > 0 ? { truncate } : {}),
    // Points that are drawn anew before each was trained on once are sent step by step.
    ...(changes && refresh * batch < pool.size ? {} : { pool }),
    ...(settings.workers > 0 ? { workers: settings.workers } : {}),
    ...(settings.microBatch > 0 ? { microBatch: settings.microBatch } : {}),
  });
  const selector = selectorBeside(trainer, plan, pool, { ...operatorOf(pool, settings), own });
  return {
    model,
    pool,
    trainer,
    selector,
    ...(changes ? { refresh: redrawing } : {}),
    usualBatch: batch,
    tally: drawTally(pool),
    words: { thing: 'mesh', samples: 'counts of places', file: meshFiles.target },
    stored: { mesh: meshDigest(mesh), ...(mesh.origin && { origin: [...mesh.origin] }) },
    measure: () => meter.measure((points) => trainer.predict(points)),
    entry: ({ metrics: { iou = 0, iouNear = 0 } }, common) => ({ ...common, iou, iouNear }),
    finish: (common, state) => finishMesh({ ...plan, model, trainer }, common, state),
  };
}

/** The frequency operator, for strategies that go by one. */
function operatorOf({ inputs, targets }: SdfPool, { strategy, frequency }: FitMeshSettings) {
  if (frequency === 'none' || !('crossover' in findStrategy(strategy).settings)) return {};
  return { targets, operator: createPointOperator({ points: inputs, kind: frequency }) };
}

/**
 * The seed of the pool that the steps after this one draw from, so that a run that goes on has the same points.
 * @returns the run's own for the first; its upper half counts the others, up to a million of them
 */
export function poolSeed({ seed, refresh }: Pick<FitMeshSettings, 'seed' | 'refresh'>, step: number): number {
  return seed + 2 ** 32 * (redraws({ refresh }, step) % 2 ** 20);
}

/** How often the pool has been drawn anew for the steps after this one. */
function redraws({ refresh }: Pick<FitMeshSettings, 'refresh'>, step: number): number {
  return refresh === 0 ? 0 : Math.floor(step / refresh);
}
