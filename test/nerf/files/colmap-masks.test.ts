// Masks beside COLMAP's photographs: found by both of the names that COLMAP itself looks under, black left out.
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { createRayPool } from '../../../src/nerf/index.js';
import { loadScene } from '../../../src/nerf/files/index.js';
import { inspectScene } from '../../../src/recipes/modalities/scene/inspect.js';
import { colmapText, emptyFolder, photographs, png, pngOf, writeAll } from './scene-folders.js';

type Files = Readonly<Record<string, string | Uint8Array>>;

const black = await png(12, 8, { r: 0, g: 0, b: 0 });

/** The ring from COLMAP, and whatever lies beside it. */
async function ringWith(files: Files): Promise<string> {
  return writeAll(emptyFolder(), { ...colmapText(), ...(await photographs()), ...files });
}

/** By photograph, the mask's path from the scene's folder. */
async function masksOf(folder: string, images?: string): Promise<Record<string, string>> {
  const { views } = await loadScene(folder, images === undefined ? {} : { images });
  const masked = views.flatMap(({ name, mask }) => {
    if (mask === undefined) return [];
    expect(mask.ignore).toBe('black');
    return [[name, path.relative(folder, mask.file).split(path.sep).join('/')] as const];
  });
  return Object.fromEntries(masked);
}

describe("COLMAP's masks", () => {
  it('lie beside the photographs, the file’s whole name before its stem', async () => {
    const jpg = (text: string): string => text.replaceAll('.png', '.jpg');
    const renamed = Object.entries(colmapText()).map(([name, text]) => [name, jpg(text)]);
    const pictures = Object.entries(await photographs()).map(([name, data]) => [jpg(name), data]);
    const folder = writeAll(emptyFolder(), {
      ...(Object.fromEntries([...renamed, ...pictures]) as Files),
      'masks/p1.jpg.png': black,
      'masks/p1.png': 'the other name, which goes unread',
      'masks/p2.png': black,
    });
    expect(await masksOf(folder)).toEqual({
      'images/p1.jpg': 'masks/p1.jpg.png',
      'images/p2.jpg': 'masks/p2.png',
    });
  });

  it('of folders within the folder have the same place', async () => {
    const lines = [1, 2, 3].map((id) => `${id} 1 0 0 0 ${id} 2 3 7 left/p${id}.png\n\n`).join('');
    const photos = Object.entries(await photographs(3));
    const folder = writeAll(emptyFolder(), {
      'sparse/cameras.txt': '7 PINHOLE 12 8 9 9 6 4',
      'sparse/images.txt': lines,
      ...Object.fromEntries(photos.map(([name, data]) => [name.replace('/', '/left/'), data])),
      'masks/left/p2.png.png': black,
      // Another photograph's.
      'masks/p1.png.png': black,
    });
    expect(await masksOf(folder)).toEqual({ 'images/left/p2.png': 'masks/left/p2.png.png' });
  });

  it('of photographs that were scaled down are those of their size, else the full ones', async () => {
    const small = await png(6, 4);
    const reduced = Object.keys(await photographs()).map((name) => [name.replace('/', '_2/'), small]);
    const folder = await ringWith({
      ...(Object.fromEntries(reduced) as Files),
      'masks/p1.png.png': black,
    });
    expect(await masksOf(folder, 'images_2')).toEqual({ 'images_2/p1.png': 'masks/p1.png.png' });
    writeAll(folder, { 'masks_2/p3.png': await png(6, 4, { r: 0, g: 0, b: 0 }) });
    expect(await masksOf(folder, 'images_2')).toEqual({ 'images_2/p3.png': 'masks_2/p3.png' });
    expect(await masksOf(folder)).toEqual({ 'images/p1.png': 'masks/p1.png.png' });
  });

  it('are counted, with the photographs that lack one', async () => {
    const folder = await ringWith({ 'masks/p1.png.png': black, 'masks/p2.png': black });
    const { photographs: counts, warnings } = await inspectScene({ input: folder });
    expect(counts).toMatchObject({ found: 9, masked: 2 });
    expect(warnings).toEqual(['7 masks are missing; all pixels of their photographs count']);
  });

  it('leave out what is black, and nothing else', async () => {
    const mask = [0, 1, 128, 255, ...new Array<number>(92).fill(255)];
    const folder = await ringWith({ 'masks/p2.png.png': await pngOf(12, 8, 1, mask) });
    const pool = createRayPool(await loadScene(folder), { views: [0, 1] });
    await pool.load();
    const masked = Array.from({ length: pool.size }, (_, ray) => ray).filter((ray) => pool.excluded!(ray));
    expect(masked).toEqual([96]);
  });

  it('under no photograph’s name are told', async () => {
    const folder = await ringWith({ 'masks/mask_001.png': black });
    const { views, warnings } = await loadScene(folder);
    expect(views.some(({ mask }) => mask !== undefined)).toBe(false);
    expect(warnings).toEqual([
      'masks holds no mask under the name of any photograph (the first would be p1.png.png); all pixels count',
    ]);
  });

  it('of another shape, or none at all, are errors that name the mask', async () => {
    const wide = await ringWith({ 'masks/p2.png.png': await png(12, 12) });
    await expect(loadScene(wide)).rejects.toThrow(
      /p2.png.png: got a mask of 12×12 pixels; expected the shape of its photograph, 12×8/,
    );
    const broken = await ringWith({ 'masks/p2.png': 'no picture' });
    await expect(loadScene(broken)).rejects.toThrow(
      /masks.p2.png: not a readable image \(.+\); expected a mask as PNG; .+ all pixels of its photograph count then/,
    );
  });

  it('are none of a photograph outside the photographs’ folder', async () => {
    const lines = [1, 2].map((id) => `${id} 1 0 0 0 ${id} 2 3 7 p${id}.png\n\n`).join('');
    const folder = writeAll(emptyFolder(), {
      'sparse/cameras.txt': '7 PINHOLE 12 8 9 9 6 4',
      'sparse/images.txt': `${lines}3 1 0 0 0 3 2 3 7 ../more/p3.png\n\n`,
      ...(await photographs(2)),
      'more/p3.png': await png(12, 8),
      'masks/p1.png.png': black,
    });
    // By its stem, p3.png would be its own mask.
    expect(await masksOf(folder)).toEqual({ 'images/p1.png': 'masks/p1.png.png' });
  });
});
