// Writing pictures: what a format cannot hold is refused before a file is touched.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ArgumentError, OutputError } from '../../../src/core/index.js';
import { createImage } from '../../../src/image/index.js';
import { decodeImage, encodeImage, encodePng, loadImage, saveImage } from '../../../src/image/files/index.js';
import { noiseImage } from '../random.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'evos-encode-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('saveImage', () => {
  it.each(['a.png', 'b.PNG', 'c.tif', 'd.tiff', 'e.webp'])('writes %s, seed 51', async (name) => {
    const image = noiseImage(9, 6, 3, 8, 51);
    await saveImage(path.join(folder, name), image);
    expect(await loadImage(path.join(folder, name))).toEqual(image);
  });

  it.each(['a.bmp', 'noextension'])('refuses %s', async (name) => {
    const saving = saveImage(path.join(folder, name), noiseImage(9, 6, 3, 8, 52));
    await expect(saving).rejects.toThrow(ArgumentError);
    await expect(saving).rejects.toThrow(/got the extension ".*"; expected one of \.png, .*rename the file/);
  });

  it('says which file could not be written', async () => {
    const file = path.join(folder, 'missing', 'a.png');
    const saving = saveImage(file, noiseImage(9, 6, 3, 8, 53));
    await expect(saving).rejects.toThrow(OutputError);
    await expect(saving).rejects.toThrow(
      /missing.*a\.png: the image could not be written.*create it or choose/,
    );
  });

  it('leaves an existing file alone when the image cannot be encoded', async () => {
    const file = path.join(folder, 'kept.jpg');
    await writeFile(file, 'kept');
    await expect(saveImage(file, noiseImage(9, 6, 4, 8, 54))).rejects.toThrow(ArgumentError);
    expect(await readFile(file, 'utf8')).toBe('kept');
  });
});

describe('encodeImage', () => {
  it.each(['jpeg', 'webp', 'avif'] as const)('refuses 16 bits as %s', async (format) => {
    const encoding = encodeImage(noiseImage(9, 6, 1, 16, 55), format);
    await expect(encoding).rejects.toThrow(ArgumentError);
    await expect(encoding).rejects.toThrow(/16-bit image to write as .*choose png or tiff/);
  });

  it('refuses alpha as jpeg', async () => {
    await expect(encodeImage(noiseImage(9, 6, 4, 8, 56), 'jpeg')).rejects.toThrow(
      /alpha to write as jpeg.*choose png/,
    );
  });

  it('refuses an image whose data does not fit its size', async () => {
    const image = { ...noiseImage(9, 6, 3, 8, 57), width: 8 };
    await expect(encodePng(image)).rejects.toThrow(/got 162 numbers as image data; expected 144 for 8×6/);
  });

  it.each(['webp', 'avif'] as const)(
    'writes grey as %s with three equal channels, seed 58',
    async (format) => {
      const image = noiseImage(17, 12, 1, 8, 58);
      const back = await decodeImage(await encodeImage(image, format));
      expect(back.channels).toBe(3);
      expect([...back.data]).toEqual([...image.data].flatMap((value) => [value, value, value]));
    },
  );
});

describe('createImage', () => {
  it.each([
    [
      { width: 1, height: 5, channels: 1 as const },
      5,
      /got an image of 1×5; expected whole numbers of at least 2×2/,
    ],
    [{ width: 2.5, height: 4, channels: 1 as const }, 10, /got an image of 2\.5×4; expected whole numbers/],
    [
      { width: 3, height: 2, channels: 3 as const },
      17,
      /got 17 samples.*expected 18; pass rows one after the other/,
    ],
  ])('refuses %j with %i samples', (layout, length, message) => {
    expect(() => createImage(layout, new Uint8Array(length))).toThrow(ArgumentError);
    expect(() => createImage(layout, new Uint8Array(length))).toThrow(message);
  });

  it('refuses two channels', () => {
    const layout = { width: 2, height: 2, channels: 2 } as unknown as Parameters<typeof createImage>[0];
    expect(() => createImage(layout, new Uint8Array(8))).toThrow(/got 2 channels; expected 1 \(grey\), 3/);
  });
});
