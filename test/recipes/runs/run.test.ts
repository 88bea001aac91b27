// Checkpoints of a run whose trainer is none: whenever one is written, it holds all that was measured by then.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { loadCheckpoint } from '../../../src/recipes/runs/checkpoint.js';
import { pauseAfter } from '../../../src/recipes/runs/run.js';
import { fakeTrainers } from '../modalities/scene/fake.js';
import { fitSceneHere, resumeSceneHere } from '../modalities/scene/here.js';

const root = mkdtempSync(path.join(tmpdir(), 'evos-run-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const settings = {
  input: 'fixtures/nerf/scene',
  strategy: 'evos-online',
  steps: 9,
  rays: 64,
  device: 'cpu',
  shrink: 4,
  measureEvery: 3,
} as const;

const history = (values: object): number[] =>
  (values as { history: { step: number }[] }).history.map(({ step }) => step);

describe('a checkpoint of every step', () => {
  it('of a step that is measured is written after its measurement', async () => {
    const out = path.join(root, 'every');
    const { make } = fakeTrainers();
    const written: (readonly [step: number, measured: number[]])[] = [];
    for await (const event of fitSceneHere({ ...settings, checkpointEvery: 0, out }, make)) {
      if (event.type !== 'checkpoint') continue;
      const { step, run } = await loadCheckpoint(event.file);
      expect(step).toBe(event.step);
      written.push([step, history(run.values)]);
    }
    expect(written.slice(0, 6)).toEqual([
      [1, []],
      [2, []],
      [3, [3]],
      [4, [3]],
      [5, [3]],
      [6, [3, 6]],
    ]);
    expect(written.at(-1)).toEqual([9, [3, 6, 9]]);
  });

  it('lets a run that ended without warning go on with every measurement', async () => {
    const [out, never] = [path.join(root, 'killed'), path.join(root, 'never')];
    const { make } = fakeTrainers();
    // Whoever leaves the loop leaves the run as it is: its last checkpoint is that of the step before.
    for await (const event of fitSceneHere({ ...settings, checkpointEvery: 0, out }, make)) {
      if (event.type === 'checkpoint' && event.step === 6) break;
    }
    for await (const event of resumeSceneHere({ folder: out }, make)) void event;
    for await (const event of fitSceneHere({ ...settings, out: never }, make)) void event;
    const measured = (folder: string) =>
      (
        JSON.parse(readFileSync(path.join(folder, 'metrics.json'), 'utf8')) as {
          history: { step: number; psnr: number }[];
        }
      ).history.map(({ step, psnr }) => [step, psnr]);
    expect(measured(out)).toEqual(measured(never));
    expect(measured(out).map(([step]) => step)).toEqual([3, 6, 9]);
  });
});

describe('the pause between checkpoints', () => {
  it.each([
    ['as asked for after a quick one', 0.4, 15, 15],
    ['twenty times as long as one that took seconds', 6, 15, 120],
    ['as asked for where that is longer', 2, 60, 60],
    ['none where every step is to have one', 6, 0, 0],
  ])('is %s', (_, took, every, pause) => {
    expect(pauseAfter(took, every)).toBe(pause);
  });
});
