// Masks of photographs under damage: PNGs of one, three and four channels beside a scene's photographs.
import { mkdirSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { crc32 } from 'node:zlib';
import { loadScene } from '../../src/nerf/files/load.js';
import { createRayPool, holdOut } from '../../src/nerf/index.js';
import { emptyFolder, photographs, png, pngOf, transforms, writeAll } from '../nerf/files/scene-folders.js';
import type { FuzzKind } from './harness.js';
import { withChecksums } from './pictures.js';

const [width, height] = [12, 8];
const levels = (channels: number): number[] =>
  Array.from({ length: width * height * channels }, (_, i) => (Math.floor(i / channels) % 5 === 0 ? 0 : 255));

let folder: string | undefined;

/** A scene whose first photograph has a mask. */
async function scene(): Promise<string> {
  const json = transforms({}, (frame, i) => {
    if (i === 0) frame['mask_path'] = 'masks/p1.png';
  });
  const made = writeAll(emptyFolder(), { ...(await photographs()), 'transforms.json': json });
  mkdirSync(path.join(made, 'masks'));
  return made;
}

export const masks: FuzzKind = {
  samples: async () => [
    { name: 'grey.png', bytes: await pngOf(width, height, 1, levels(1)) },
    { name: 'colours.png', bytes: await pngOf(width, height, 3, levels(3)) },
    { name: 'alpha.png', bytes: await pngOf(width, height, 4, levels(4)) },
    { name: 'plain.png', bytes: await png(width, height) },
  ],
  async read(bytes) {
    folder ??= await scene();
    const mended = crc32(bytes) % 4 === 0 ? bytes : withChecksums(bytes);
    await writeFile(path.join(folder, 'masks/p1.png'), mended);
    const loaded = await loadScene(folder);
    const pool = createRayPool(loaded, { views: holdOut(loaded).train });
    await pool.load();
  },
  short: 60,
};
