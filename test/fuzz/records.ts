// The text files of a run under damage: what a scene's run knows of its scene, the list of what a run wrote, its lock and its
// figures. They are read as rendering, going on, locking and recognising a run do.
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import path from 'node:path';
import { listing } from '../../src/cli/format.js';
import { InputError } from '../../src/core/index.js';
import { loadScene } from '../../src/nerf/files/load.js';
import { holdOut, orbitPath } from '../../src/nerf/index.js';
import { readSceneRecord, sceneRecord, writeSceneRecord } from '../../src/recipes/modalities/scene/record.js';
import { listName, readFileList, removeListed } from '../../src/recipes/runs/file-list.js';
import { readJson } from '../../src/recipes/runs/files.js';
import { kindOfRun } from '../../src/recipes/runs/folder.js';
import { LockedError, lockFolder } from '../../src/recipes/runs/lock.js';
import { transformsFolder } from '../nerf/files/scene-folders.js';
import type { FuzzKind, Sample } from './harness.js';

/** Stays whatever a list says. */
const outside = 'somebody.txt';

/** Of a process that no system has. */
const lock = { pid: 2 ** 31 - 1, host: hostname(), birth: '12345', token: '0123456789abcdef01234567' };
const metrics = {
  ...{ kind: 'image', version: '0.2.0', input: { file: 'photo.png', size: [8, 8, 3] }, strategy: 'evos' },
  ...{ steps: 4, psnr: 20.5, ssim: null, settings: { interval: { from: 100, to: 50 } } },
  history: [{ step: 2, seconds: 0.1, loss: 0.5, ratio: 0.5, psnr: 19 }],
};

async function sceneJson(): Promise<Uint8Array> {
  const scene = await loadScene(await transformsFolder());
  const space = { centre: [0, 0, 0.5] as const, half: 1.5, contracted: false, near: 0.1, far: 6 };
  const folder = await mkdtemp(path.join(tmpdir(), 'evos-fuzz-record-'));
  const input = { scene, split: holdOut(scene), space, background: 'random' as const };
  await writeSceneRecord(
    folder,
    sceneRecord('/scenes/ring', input as unknown as Parameters<typeof sceneRecord>[1]),
  );
  const bytes = await readFile(path.join(folder, 'scene.json'));
  await rm(folder, { recursive: true });
  return bytes;
}

/** By the name of the file: what reads it in the folder that it is in. */
const readers: Readonly<Record<string, (folder: string) => Promise<unknown>>> = {
  async 'scene.json'(folder) {
    const { train, focus, up } = await readSceneRecord(folder);
    const { cameras } = orbitPath({ views: train, focus, up }, { width: 4, height: 4 });
    const bad = cameras.find(({ pose }) => !Array.from(pose).every(Number.isFinite));
    if (bad !== undefined) throw new Error(`a camera is at ${Array.from(bad.pose).join(' ')}`);
  },
  async [listName](folder) {
    await readFileList(folder);
    const stays = path.join(folder, '..', outside);
    await writeFile(stays, 'mine');
    await removeListed(folder, () => true);
    if ((await readFile(stays, 'utf8')) !== 'mine') throw new Error('a file outside has changed');
  },
  async '.evos-lock'(folder) {
    try {
      await (await lockFolder(folder)).release();
    } catch (error) {
      // Right for a lock; damaged input is what is counted here.
      if (!(error instanceof LockedError)) throw error;
      throw new InputError(error.message, { cause: error });
    }
  },
  async 'metrics.json'(folder) {
    await kindOfRun(folder);
    const read = await readJson(path.join(folder, 'metrics.json'));
    listing({ run: read });
  },
};

export const records: FuzzKind = {
  async samples(): Promise<readonly Sample[]> {
    const names = [
      'checkpoint.safetensors',
      'target.png',
      'renders/test-r_0.png',
      '../x',
      'a:b',
      'x'.repeat(250),
    ];
    const texts = {
      [listName]: `${names.join('\n')}\n`,
      '.evos-lock': `${JSON.stringify(lock)}\n`,
      'metrics.json': `${JSON.stringify(metrics, undefined, 2)}\n`,
    };
    const files = { 'scene.json': await sceneJson() };
    return [
      ...Object.entries(files).map(([name, bytes]) => ({ name, bytes })),
      ...Object.entries(texts).map(([name, text]) => ({ name, bytes: Buffer.from(text) })),
    ];
  },
  async read(bytes, { name }, folder) {
    const run = path.join(folder, 'run');
    await rm(run, { recursive: true, force: true });
    await mkdir(run);
    await writeFile(path.join(run, name), bytes);
    await readers[name]?.(run);
  },
  short: 300,
};
