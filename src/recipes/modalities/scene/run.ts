// What fitting a scene takes: rays, field, sampler and trainer, quality, and how the photographs are found again.
import { existsSync } from 'node:fs';
import path from 'node:path';
import { ResumeError } from '../../../core/errors.js';
import { present } from '../../../core/present.js';
import { colourGradientErrors } from '../../../nerf/index.js';
import { rayTiles } from '../../../nerf/rays/tiles.js';
import { planMeasures } from '../../runs/timing/measuring.js';
import { adamOf, backboneSettings } from '../../runs/models/network.js';
import { selectorOf } from '../../runs/selectors.js';
import type { ModalityRun, RunParts, RunPlan } from '../../runs/modality.js';
import { psnrTarget } from '../presets.js';
import { finishScene, sceneFiles } from './artifacts.js';
import { comparedScenePictures } from './compared-pictures.js';
import { readSceneInput, type SceneInput } from './input.js';
import { inspectForCommand } from './inspect.js';
import { createSceneMeter, meterRays } from './meter.js';
import type { SceneTypes } from './modality.js';
import { sceneTrainer, type SceneTrainerFactory } from './model.js';
import { sceneName } from './name.js';
import { changedPhotograph } from './photographs.js';
import { sceneRecord, writeSceneRecord } from './record.js';
import { raysPerStep, shownViews } from './render-budget.js';
import { renderForCommand } from './render.js';
import { renderSceneComparison } from './report/comparison.js';
import type { FitSceneSettings } from './settings.js';
import { drawTally } from './selection-tally.js';

/** The rest of the modality. @param makeTrainer another one is for tests */
export const sceneRunWith = (makeTrainer: SceneTrainerFactory): ModalityRun<SceneTypes> => ({
  files: Object.values(sceneFiles),
  nameOf: sceneName,
  async read(file, settings) {
    const input = await readSceneInput(file, settings);
    return { input, info: input.info, notes: [...input.info.warnings, ...budgetNotes(input, settings)] };
  },
  keep: (folder, file, input) => writeSceneRecord(folder, sceneRecord(file, input)),
  async reopen(folder, { input: stored }, settings) {
    const file = stored['scene'];
    if (typeof file !== 'string' || !existsSync(file)) {
      throw new ResumeError(
        `the run in ${folder} was started on ${typeof file === 'string' ? file : 'a scene'}, which is not there any more; put the scene back where it was ` +
          '(rendering what was learnt needs no photographs)',
      );
    }
    const input = await readSceneInput(file, settings);
    const changed = changedPhotograph(stored['photographs'], input.photographs);
    if (input.digest === stored['digest'] && changed !== undefined) {
      throw new ResumeError(
        `${file} is not as it was when the run in ${folder} was started: the photograph ${changed}, or its mask, has ` +
          'changed; put it back, or start anew',
      );
    }
    if (input.digest === stored['digest']) return input;
    throw new ResumeError(
      `${file} is not as it was when the run in ${folder} was started: its cameras, or which photographs are there, ` +
        'have changed; put them back, or start anew',
    );
  },
  step: (settings) => ({
    kind: 'rays',
    backbone: settings.backbone,
    settings: backboneSettings(settings),
    adam: adamOf(settings),
    background: 'random',
    samplesPerRay: settings.samplesPerRay,
    rays: Math.max(64, Math.floor(raysPerStep(settings))),
    ...(settings.workers > 0 ? { workers: settings.workers } : {}),
  }),
  parts: (plan) => sceneParts(plan, makeTrainer),
  figures: ({ psnr, ssim }) => ({ psnr, ssim }),
  page: async (folder, report) =>
    renderSceneComparison({ report, images: await comparedScenePictures(folder, report) }),
  render: renderForCommand,
  inspect: inspectForCommand,
});

/** The rest of the modality. */
export const sceneRun = sceneRunWith(sceneTrainer);

async function sceneParts(
  plan: RunPlan<SceneTypes>,
  makeTrainer: SceneTrainerFactory,
): Promise<RunParts<SceneTypes>> {
  const { settings, device, info, input } = plan;
  const { train, test, space } = input;
  // A run that goes on does so before the background it was started with.
  const { background } = info;
  const { rays, points, tile } = settings;
  const selector = selectorOf(plan, train, {
    layout: tile > 0 ? rayTiles(train.views, tile) : train.layout,
    patchOperator: colourGradientErrors,
  });
  const tally = drawTally(train);
  const measures = planMeasures({
    ...{ steps: settings.steps, measureEvery: settings.measureEvery },
    batch: raysPerStep(settings),
    ...{ size: meterRays.most, fewest: meterRays.fewest, targeted: settings.targetPsnr !== undefined },
  });
  const meter = await createSceneMeter(test, measures.samples);
  const trainer = makeTrainer(settings, { space, background, device: device.name, pool: train });
  return {
    model: trainer.model,
    pool: train,
    selector,
    trainer,
    batchSize: () => (rays > 0 ? rays : trainer.raysFor(points)),
    tally,
    words: { thing: 'scene', samples: 'cells of pixels', file: sceneFiles.scene },
    stored: { scene: path.resolve(info.file), digest: input.digest, photographs: input.photographs },
    measureEvery: measures.every,
    ...present({ target: psnrTarget(plan.settings.targetPsnr) }),
    measure: async (whole) => ({ psnr: await meter.measure((asked) => trainer.predict(asked), whole) }),
    entry: ({ metrics: { psnr = 0 } }, common) => ({ ...common, psnr }),
    finish: (common, state) => finishScene({ ...plan, trainer, tally }, common, state),
  };
}

/** What is not rendered at the end, a sentence each. */
function budgetNotes({ test }: SceneInput, settings: FitSceneSettings): string[] {
  const [shown, all] = [shownViews(test.cameras, settings).length, test.cameras.length];
  if (shown === all) return [];
  return [
    `${shown} of the ${all} held-out photographs will be rendered and measured at the end, evenly spread, lest that takes ` +
      'longer than training; --shrink 2, or more steps, lets it be more',
  ];
}
