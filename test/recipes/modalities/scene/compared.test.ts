// A comparison's pictures out of its runs' folders: the same views of every strategy, cut out of the files that runs leave.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import sharp from 'sharp';
import { afterAll, describe, expect, it } from 'vitest';
import { renderNames } from '../../../../src/recipes/modalities/scene/artifacts.js';
import { comparedScenePictures } from '../../../../src/recipes/modalities/scene/compared-pictures.js';
import { besideOneAnother, toPng } from '../../../../src/recipes/modalities/scene/pictures.js';
import { sceneComparison, sceneMetrics } from './report-data.js';

const folder = mkdtempSync(path.join(tmpdir(), 'evos-scene-compared-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const plain = (value: number) => ({ width: 8, height: 6, data: new Uint8Array(144).fill(value) });
const meanOf = async (image: Uint8Array): Promise<number> => (await sharp(image).stats()).channels[0]!.mean;

describe('comparedScenePictures', () => {
  it('takes the views that the baseline meets worst and best, and one between', async () => {
    const report = sceneComparison();
    const metrics = sceneMetrics();
    const names = renderNames(metrics.views.map(({ name }) => name));
    for (const [run, { folder: own }] of report.rows.entries()) {
      mkdirSync(path.join(folder, own, 'renders'), { recursive: true });
      writeFileSync(path.join(folder, own, 'metrics.json'), JSON.stringify(metrics));
      writeFileSync(path.join(folder, own, 'selection.png'), await toPng(plain(7 * run)));
      for (const [i, name] of names.entries()) {
        const parts = [plain(10 * i), plain(100 + 10 * i + run), plain(255)];
        writeFileSync(path.join(folder, own, 'renders', `${name}.png`), await toPng(besideOneAnother(parts)));
      }
    }
    const { views, selections } = await comparedScenePictures(folder, report);
    expect(views.map(({ name }) => name)).toEqual([8, 4, 1].map((i) => `images/held out ${i}.png`));
    expect(Object.keys(selections)).toEqual(['uniform', 'error-map', 'evos']);
    for (const [i, { photograph, rendered }] of [7, 3, 0].map((i, k) => [i, views[k]!] as const)) {
      expect(await sharp(photograph).metadata()).toMatchObject({ format: 'webp', width: 8, height: 6 });
      expect(Math.abs((await meanOf(photograph)) - 10 * i)).toBeLessThan(3);
      for (const image of Object.values(rendered)) {
        expect(Math.abs((await meanOf(image)) - 101 - 10 * i)).toBeLessThan(4);
      }
    }
  });
});
