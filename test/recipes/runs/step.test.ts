// The step by which `auto` chooses a device: the run's own, as plain data; and that a comparison which goes on keeps its device.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { imageSettings } from '../../../src/recipes/modalities/image/settings.js';
import { imageRun } from '../../../src/recipes/modalities/image/run.js';
import { meshModality } from '../../../src/recipes/modalities/mesh/modality.js';
import { meshRun } from '../../../src/recipes/modalities/mesh/run.js';
import { sceneModality } from '../../../src/recipes/modalities/scene/modality.js';
import { sceneRun } from '../../../src/recipes/modalities/scene/run.js';
import { saveCheckpoint } from '../../../src/recipes/runs/checkpoint.js';
import { begunDevice } from '../../../src/recipes/runs/comparing/finished.js';

const folder = mkdtempSync(path.join(os.tmpdir(), 'evos-step-'));
afterAll(() => rmSync(folder, { recursive: true }));

const info = () => ({
  ...{ file: 'a.png', width: 40, height: 30, channels: 3, originalWidth: 40, originalHeight: 30 },
});
const unasked = (): never => {
  throw new Error('the step does not go by the input');
};

it('of a picture has its pixels, its network and its share of samples', async () => {
  const settings = imageSettings.fit({ strategy: 'evos-online', backbone: 'siren', ratio: 0.1, width: 64 });
  const step = await imageRun.step?.(settings, info);
  expect(step).toMatchObject({
    ...{ kind: 'samples', backbone: 'siren', pool: 1200, samples: 120 },
    ...{ ports: { inputDim: 2, outputDim: 3, shape: [30, 40] }, settings: { width: 64 } },
  });
  expect(step).not.toHaveProperty('crossFrequency');
  expect(JSON.parse(JSON.stringify(step))).toEqual(step);
});

it('of published EVOS is one of a trainer with its frequency term', async () => {
  const settings = imageSettings.fit({ preset: 'evos-paper', strategy: 'evos' });
  expect(await imageRun.step?.(settings, info)).toMatchObject({
    crossFrequency: { width: 40, height: 30, weight: settings.crossFrequencyWeight },
  });
});

it('of a mesh has its loss, and goes by the settings alone', async () => {
  const settings = meshModality.settings.fit({ samples: 500, truncate: 0.1, strategy: 'full', workers: 2 });
  expect(await meshRun.step?.(settings, unasked)).toMatchObject({
    ...{ kind: 'samples', pool: 500, samples: 500, truncate: 0.1, workers: 2, eikonal: settings.eikonal },
  });
});

it('of a scene has its rays, and goes by the settings alone', async () => {
  const settings = sceneModality.settings.fit({ rays: 300, samplesPerRay: 20 });
  expect(await sceneRun.step?.(settings, unasked)).toMatchObject({
    ...{ kind: 'rays', rays: 300, samplesPerRay: 20, backbone: settings.backbone },
  });
});

it('is not asked for where runs of a comparison have begun: they keep their device', async () => {
  const begun = path.join(folder, 'uniform');
  mkdirSync(begun);
  const none = { values: {}, arrays: {} };
  const parts = { trainer: none, selector: none, run: none };
  const file = path.join(begun, 'checkpoint.safetensors');
  await saveCheckpoint(file, { step: 1, settings: { settings: { device: 'webgpu' } }, ...parts });
  expect(await begunDevice([path.join(folder, 'full'), begun])).toBe('webgpu');
  expect(await begunDevice([path.join(folder, 'full')])).toBeUndefined();
});
