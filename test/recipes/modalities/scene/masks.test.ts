// Scenes with masks: what they cover is never trained on, whatever the strategy, and a run that was stopped goes on so.
// Importance corrections come to the trainer as weights.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sceneModality } from '../../../../src/recipes/modalities/scene/modality.js';
import { loadCheckpoint } from '../../../../src/recipes/runs/checkpoint.js';
import { photoName, pngOf, transformsFolder, writeAll } from '../../../nerf/files/scene-folders.js';
import { fakeTrainers } from './fake.js';
import { collect, fitSceneHere, resumeSceneHere } from './here.js';

const root = mkdtempSync(path.join(tmpdir(), 'evos-masks-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
let folders = 0;

const [width, height] = [12, 8];
const pixels = width * height;
/** Photographs that are trained on: the first and the last are held out. */
const trained = 7;
/** Masks cover the left half of every photograph that is trained on, and all of the third. */
const covered = (index: number): boolean => index % width < width / 2 || Math.floor(index / pixels) === 2;

const strategies = sceneModality.settings.strategies();
let input = '';
let black = '';

/** A scene whose photographs have masks; black pixels do not count. */
async function masked(nameOf: (photograph: number) => string | undefined): Promise<string> {
  const folder = await transformsFolder({}, (frame, i) => {
    const name = nameOf(i);
    if (name !== undefined) frame['mask_path'] = name;
  });
  const half = Array.from({ length: pixels }, (_, pixel) => (pixel % width < width / 2 ? 0 : 255));
  // Black above; below black and white in turns, which no smooth field comes to.
  const picture = Array.from({ length: 3 * pixels }, (_, i) => {
    const [row, column] = [Math.floor(i / 3 / width), Math.floor(i / 3) % width];
    return row >= height / 2 && (row + column) % 2 === 0 ? 255 : 0;
  });
  const photograph = await pngOf(width, height, 3, picture);
  const photographs = Array.from({ length: 9 }, (_, i) => [`images/${photoName(i)}`, photograph] as const);
  return writeAll(folder, {
    ...Object.fromEntries(photographs),
    'half.png': await pngOf(width, height, 1, half),
    'all.png': await pngOf(width, height, 1, new Array<number>(pixels).fill(0)),
  });
}

beforeAll(async () => {
  const isTrained = (i: number): boolean => i >= 1 && i <= trained;
  input = await masked((i) => (isTrained(i) ? (i === 3 ? 'all.png' : 'half.png') : undefined));
  black = await masked((i) => (isTrained(i) ? 'all.png' : undefined));
});

const settings = { steps: 10, rays: 100, device: 'cpu', interval: 3, tile: 4, measureEvery: 5 } as const;

async function fitted(options: object, stopAt?: number) {
  const { log, make } = fakeTrainers();
  const stop = new AbortController();
  const out = path.join(root, `run-${++folders}`);
  const all = { input, ...settings, ...options, out, signal: stop.signal };
  await collect(fitSceneHere(all, make), (event) => {
    if (event.type === 'step' && event.step === stopAt) stop.abort();
  });
  return { out, log };
}

const counts = async (out: string) =>
  (await loadCheckpoint(path.join(out, 'checkpoint.safetensors'))).run.arrays;

describe.each(strategies)('%s', (strategy) => {
  it('never trains on what masks cover, and has as many rays a step as without', async () => {
    const { log } = await fitted({ strategy });
    const drawn = log.steps.flatMap(({ indices }) => indices);
    expect(log.steps.map(({ indices }) => indices.length)).toEqual(new Array(10).fill(100));
    expect(drawn.filter(covered)).toEqual([]);
    expect(Math.max(...drawn)).toBeLessThan(trained * pixels);
    // A thousand draws from six halves of 48 pixels leave no photograph out.
    expect(new Set(drawn.map((index) => Math.floor(index / pixels)))).toEqual(new Set([0, 1, 3, 4, 5, 6]));
  });

  it('goes on after a stop to the same rays', async () => {
    const never = await fitted({ strategy });
    const stopped = await fitted({ strategy }, 6);
    expect(stopped.log.steps).toHaveLength(6);
    const again = fakeTrainers();
    await collect(resumeSceneHere({ folder: stopped.out }, again.make));
    expect([...stopped.log.steps, ...again.log.steps]).toEqual(never.log.steps);
    expect(await counts(stopped.out)).toEqual(await counts(never.out));
    const picture = ({ out }: { readonly out: string }) => readFileSync(path.join(out, 'selection.png'));
    expect(picture(stopped)).toEqual(picture(never));
  });

  it('says that masks cover everything, instead of looking for a ray for ever', async () => {
    const run = fitted({ strategy, input: black });
    await expect(run).rejects.toThrow(
      'All samples are excluded, expected some to train on: check the masks.',
    );
  });
});

describe('importance corrections', () => {
  it('come to the trainer as the weights of its batch, under masks too', async () => {
    // Several passes over the tiles of each: the first goes by nothing yet.
    for (const [scene, tile] of [
      [input, 4],
      ['fixtures/nerf/scene', 16],
    ] as const) {
      const options = { strategy: 'evos-online', input: scene, tile, steps: 40, measureEvery: 40 };
      const corrected = await fitted({ ...options, correction: 1 });
      const last = corrected.log.steps.at(-1)?.weights ?? [];
      expect(last).toHaveLength(100);
      expect(Math.min(...last)).toBeGreaterThan(0);
      expect(Math.max(...last) / Math.min(...last)).toBeGreaterThan(1.2);
    }
  });

  it.each(strategies)('are none unless they are asked for: %s', async (strategy) => {
    const { log } = await fitted({ strategy, steps: 3 });
    expect(log.steps.map(({ weights }) => weights)).toEqual([undefined, undefined, undefined]);
  });
});
