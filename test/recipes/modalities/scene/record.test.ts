// scene.json: what is read back is what can be rendered from.
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { ResumeError } from '../../../../src/core/index.js';
import { readSceneRecord } from '../../../../src/recipes/modalities/scene/record.js';
import { records } from '../../../fuzz/records.js';

describe('readSceneRecord', () => {
  it('refuses a scene without cameras, of which no path can be made', async () => {
    const sample = (await records.samples()).find(({ name }) => name === 'scene.json');
    const folder = await mkdtemp(path.join(tmpdir(), 'evos-record-'));
    const file = path.join(folder, 'scene.json');
    await writeFile(file, sample?.bytes ?? '');
    expect((await readSceneRecord(folder)).train.length).toBeGreaterThan(0);
    const whole = JSON.parse(Buffer.from(sample?.bytes ?? []).toString('utf8')) as object;
    await writeFile(file, JSON.stringify({ ...whole, train: [] }));
    await expect(readSceneRecord(folder)).rejects.toThrow(ResumeError);
    await expect(readSceneRecord(folder)).rejects.toThrow(/scene\.json: train: /);
  });
});
