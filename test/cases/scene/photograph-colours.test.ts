// Photographs of 16 bits with a colour profile have the colours of those of 8 bits.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { adobeColours, p3Colours, rgbProfile, srgbColours } from '../../../fixtures/icc.js';
import { makeTiff } from '../../../fixtures/tiff.js';
import { readPhotograph } from '../../../src/nerf/files/photograph-pixels.js';
import { createIntrinsics } from '../../../src/nerf/index.js';

let folder = '';
beforeAll(async () => void (folder = await mkdtemp(path.join(tmpdir(), 'evos-photographs-'))));
afterAll(() => rm(folder, { recursive: true, force: true }));

const size = { width: 4, height: 2 } as const;
const samples = Uint8Array.from({ length: 24 }, (_, i) => (i * 53) % 256);

async function coloursOf(name: string, page: object, pixels: Uint8Array | Uint16Array): Promise<Uint8Array> {
  const file = path.join(folder, name);
  await writeFile(file, makeTiff([{ ...size, bands: 3, ...page, samples: pixels }]));
  const intrinsics = createIntrinsics({ ...size, fx: 4 });
  const view = { name, file, intrinsics, pose: new Float64Array(16), split: undefined };
  return (await readPhotograph(view)).data;
}

it.each([
  ['sRGB', srgbColours],
  ['Adobe RGB', adobeColours],
  ['Display P3', p3Colours],
])('%s', async (name, colours) => {
  const icc = rgbProfile(colours);
  const eight = await coloursOf(`${name}-8.tif`, { icc }, samples);
  const deep = Uint16Array.from(samples, (value) => value * 257);
  const sixteen = await coloursOf(`${name}-16.tif`, { icc }, deep);
  sixteen.forEach((value, i) => expect(Math.abs(value - eight[i]!), `sample ${i}`).toBeLessThanOrEqual(1));
});
