// Reading pictures: every format and depth comes in as it is, everything unsuitable is refused with a reason.
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { crc32, deflateSync } from 'node:zlib';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ArgumentError, InputError } from '../../../src/core/index.js';
import { createImage, imageDefaults, type Image } from '../../../src/image/index.js';
import {
  decodeImage,
  encodeImage,
  encodePng,
  loadImage,
  type ImageFormat,
} from '../../../src/image/files/index.js';
import { noiseImage } from '../random.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'evos-image-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function fileOf(name: string, bytes: Uint8Array | string): Promise<string> {
  const file = path.join(folder, name);
  await writeFile(file, bytes);
  return file;
}

async function failure(promise: Promise<unknown>): Promise<Error> {
  return promise.then(
    () => Promise.reject(new Error('expected a rejection')),
    (error: unknown) => error as Error,
  );
}

/** A PNG's signature, header and body, whatever the header claims. */
function craftPng(width: number, height: number, body: Uint8Array = new Uint8Array(0)): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 0, 0, 0, 0], 8);
  const chunk = (type: string, data: Uint8Array): Buffer => {
    const tagged = Buffer.concat([Buffer.from(type, 'ascii'), data]);
    const framed = Buffer.alloc(tagged.length + 8);
    framed.writeUInt32BE(data.length, 0);
    framed.set(tagged, 4);
    framed.writeUInt32BE(crc32(tagged), tagged.length + 4);
    return framed;
  };
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([
    signature,
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(body)),
    chunk('IEND', new Uint8Array(0)),
  ]);
}

describe('formats', () => {
  const cases: [ImageFormat, Image][] = [
    ['png', noiseImage(13, 7, 1, 8, 1)],
    ['png', noiseImage(13, 7, 3, 8, 2)],
    ['png', noiseImage(13, 7, 4, 8, 3)],
    ['png', noiseImage(13, 7, 1, 16, 4)],
    ['png', noiseImage(13, 7, 3, 16, 5)],
    ['png', noiseImage(13, 7, 4, 16, 6)],
    ['tiff', noiseImage(13, 7, 1, 8, 7)],
    ['tiff', noiseImage(13, 7, 4, 8, 8)],
    ['tiff', noiseImage(13, 7, 1, 16, 9)],
    ['tiff', noiseImage(13, 7, 3, 16, 10)],
    ['webp', noiseImage(13, 7, 3, 8, 11)],
    ['webp', noiseImage(13, 7, 4, 8, 12)],
    ['avif', noiseImage(13, 7, 3, 8, 13)],
    ['avif', noiseImage(13, 7, 4, 8, 14)],
  ];

  it.each(cases.map(([format, image], i) => ({ format, image, seed: i + 1, ...image })))(
    '$format, $channels channels of $depth bits, comes back as it was, seed $seed',
    async ({ format, image }) => {
      expect(await decodeImage(await encodeImage(image, format))).toEqual(image);
    },
  );

  // A flat picture, so that lossy coding cannot hide a swapped channel behind noise.
  it('jpeg is close to what it was', async () => {
    const colour = [200, 90, 30];
    const flat = createImage(
      { width: 24, height: 16, channels: 3 },
      new Uint8Array(24 * 16 * 3).map((_, i) => colour[i % 3]!),
    );
    const back = await decodeImage(await encodeImage(flat, 'jpeg'));
    expect([back.width, back.height, back.channels, back.depth]).toEqual([24, 16, 3, 8]);
    back.data.forEach((value, i) => expect(Math.abs(value - colour[i % 3]!)).toBeLessThanOrEqual(3));
  });

  it('expands palettes', async () => {
    const image = createImage(
      { width: 4, height: 2, channels: 3 },
      new Uint8Array(24).map((_, i) => (i % 6 < 3 ? 10 : 240)),
    );
    const bytes = await sharp(image.data, { raw: { width: 4, height: 2, channels: 3 } })
      .png({ palette: true })
      .toBuffer();
    expect((await sharp(bytes).metadata()).isPalette).toBe(true);
    expect(await decodeImage(bytes)).toEqual(image);
  });

  it('converts CMYK to sRGB', async () => {
    const bytes = await sharp({
      create: { width: 8, height: 8, channels: 3, background: { r: 210, g: 40, b: 40 } },
    })
      .toColourspace('cmyk')
      .jpeg({ quality: 100 })
      .toBuffer();
    expect((await sharp(bytes).metadata()).space).toBe('cmyk');
    const { channels, depth, data } = await decodeImage(bytes);
    expect([channels, depth]).toEqual([3, 8]);
    expect(data[0]).toBeGreaterThan(150);
    expect(Math.max(data[1]!, data[2]!)).toBeLessThan(110);
  });

  it('turns grey with alpha into RGBA, and drops an alpha that is opaque throughout', async () => {
    const sheer = [5, 255, 9, 128, 5, 0, 9, 64];
    const encode = (values: number[]): Promise<Uint8Array> =>
      sharp(Uint8Array.from(values), { raw: { width: 2, height: 2, channels: 2 } })
        .png()
        .toBuffer();
    const rgba = await decodeImage(await encode(sheer));
    expect(rgba.channels).toBe(4);
    expect([...rgba.data.subarray(0, 8)]).toEqual([5, 5, 5, 255, 9, 9, 9, 128]);
    const opaque = await decodeImage(await encode(sheer.map((value, i) => (i % 2 === 1 ? 255 : value))));
    expect(opaque.channels).toBe(3);
    expect([...opaque.data]).toEqual([5, 5, 5, 9, 9, 9, 5, 5, 5, 9, 9, 9]);
  });

  it.each([1, 2, 3, 4, 5, 6, 7, 8])('applies EXIF orientation %i', async (orientation) => {
    // Flat quarters survive JPEG: seen upright, red, green, blue, white from the upper left.
    const upright = [
      ['r', 'g'],
      ['b', 'w'],
    ];
    // Where the upright picture's quarter (row, column) lies in the file, from the EXIF standard's list of row 0/column 0.
    const stored: Record<number, (row: number, column: number) => [number, number]> = {
      1: (r, c) => [r, c],
      2: (r, c) => [r, 1 - c],
      3: (r, c) => [1 - r, 1 - c],
      4: (r, c) => [1 - r, c],
      5: (r, c) => [c, r],
      6: (r, c) => [1 - c, r],
      7: (r, c) => [1 - c, 1 - r],
      8: (r, c) => [c, 1 - r],
    };
    const colours: Record<string, number[]> = {
      r: [220, 20, 20],
      g: [20, 220, 20],
      b: [20, 20, 220],
      w: [240, 240, 240],
    };
    const turned = orientation >= 5;
    const [width, height] = turned ? [16, 32] : [32, 16];
    const data = new Uint8Array(width * height * 3);
    for (let row = 0; row < 2; row++) {
      for (let column = 0; column < 2; column++) {
        const [top, left] = stored[orientation]!(row, column);
        for (let y = 0; y < height / 2; y++) {
          for (let x = 0; x < width / 2; x++) {
            data.set(
              colours[upright[row]![column]!]!,
              ((top * (height / 2) + y) * width + left * (width / 2) + x) * 3,
            );
          }
        }
      }
    }
    const bytes = await sharp(data, { raw: { width, height, channels: 3 } })
      .jpeg({ quality: 100, chromaSubsampling: '4:4:4' })
      .withMetadata({ orientation })
      .toBuffer();
    const image = await decodeImage(bytes);
    expect([image.width, image.height]).toEqual([32, 16]);
    const seen = [4, 12].map((y) =>
      [8, 24].map((x) => {
        const pixel = [...image.data.subarray((y * 32 + x) * 3, (y * 32 + x) * 3 + 3)];
        return Object.keys(colours).find((name) =>
          colours[name]!.every((value, c) => Math.abs(value - pixel[c]!) < 12),
        );
      }),
    );
    expect(seen).toEqual(upright);
  });
});

describe('crop and resize', () => {
  it.each([
    { crop: 4, width: 4, height: 4, left: 4, top: 1 },
    { crop: { width: 5, height: 2 }, width: 5, height: 2, left: 4, top: 2 },
    { crop: { width: 13, height: 7 }, width: 13, height: 7, left: 0, top: 0 },
  ])('keeps the centre: $crop of 13×7', async ({ crop, width, height, left, top }) => {
    const whole = noiseImage(13, 7, 3, 16, 21);
    const part = await decodeImage(await encodePng(whole), { crop });
    const rows = Array.from({ length: height }, (_, y) => {
      const start = ((top + y) * 13 + left) * 3;
      return [...whole.data.subarray(start, start + width * 3)];
    });
    expect(part).toEqual(createImage({ width, height, channels: 3 }, Uint16Array.from(rows.flat())));
  });

  it.each([
    { from: [96, 64], maxPixels: 1536, to: [48, 32] },
    { from: [64, 96], maxPixels: 1535, to: [31, 48] },
    { from: [96, 64], maxPixels: 1e6, to: [96, 64] },
    { from: [1000, 3], maxPixels: 100, to: [50, 2] },
  ])('shrinks $from to at most $maxPixels pixels', async ({ from, maxPixels, to }) => {
    const bytes = await encodePng(noiseImage(from[0]!, from[1]!, 1, 8, 22));
    const { width, height } = await decodeImage(bytes, { resize: { maxPixels } });
    expect([width, height]).toEqual(to);
    expect(width * height).toBeLessThanOrEqual(maxPixels);
  });

  it('crops before it resizes', async () => {
    const data = new Uint8Array(40 * 20).map((_, i) => (i % 40 >= 10 && i % 40 < 30 ? 200 : 0));
    const bytes = await encodePng(createImage({ width: 40, height: 20, channels: 1 }, data));
    const image = await decodeImage(bytes, { crop: 20, resize: { width: 6, height: 3 } });
    expect([image.width, image.height]).toEqual([6, 3]);
    expect([...image.data]).toEqual(new Array(18).fill(200));
  });

  it('refuses a crop larger than the image', async () => {
    const bytes = await encodePng(noiseImage(13, 7, 1, 8, 23));
    const error = await failure(decodeImage(bytes, { crop: 8, name: 'small.png' }));
    expect(error).toBeInstanceOf(InputError);
    expect(error.message).toMatch(
      /small\.png: got a crop of 8×8 from an image of 13×7.*make the crop smaller/,
    );
  });

  it.each([
    [{ crop: 1 }, /got crop 1; expected a whole number of pixels, at least 2/],
    [{ crop: 2.5 }, /got crop 2\.5; expected a whole number/],
    [{ crop: { width: 4, height: -4 } }, /got crop -4; expected/],
    [{ resize: { width: 0, height: 9 } }, /got resize 0; expected/],
    [{ resize: { maxPixels: 3 } }, /got resize\.maxPixels 3; expected a whole number of pixels, at least 4/],
    [{ resize: { width: 100_000, height: 100_000 } }, /got a resize to 100000×100000.*choose a smaller size/],
    [{ limitPixels: NaN }, /got limitPixels NaN; expected/],
    [{ page: 0 }, /page must be an integer of at least 1, got 0: pages count from 1/],
    [{ bands: [1, 2] }, /got bands 1,2; expected one band for grey, three .*for example 1,2,3/],
    [{ bands: [0] }, /got bands 0; expected one band/],
  ])('refuses %j', async (options, message) => {
    const error = await failure(decodeImage(await encodePng(noiseImage(13, 7, 1, 8, 24)), options));
    expect(error).toBeInstanceOf(ArgumentError);
    expect(error.message).toMatch(message);
  });
});

describe('files that cannot be used', () => {
  async function refused(file: string): Promise<string> {
    const error = await failure(loadImage(file));
    expect(error).toBeInstanceOf(InputError);
    expect(error.message.startsWith(`${file}: `)).toBe(true);
    return error.message;
  }

  it('missing', async () => {
    expect(await refused(path.join(folder, 'nowhere.png'))).toMatch(
      /no such file; expected a PNG.*check the path/,
    );
  });

  it('a URL', async () => {
    expect(await refused('https://example.com/photo.png')).toMatch(
      /got a URL; expected a PNG.*by its path; nothing is fetched from the network here, download it first/,
    );
  });

  it('a folder', async () => {
    expect(await refused(folder)).toMatch(/this is a folder; expected a PNG.*name one file in it/);
  });

  it.skipIf(process.platform === 'win32' || process.getuid?.() === 0)('without permission', async () => {
    const file = await fileOf('locked.png', await encodePng(noiseImage(4, 4, 1, 8, 31)));
    await chmod(file, 0);
    expect(await refused(file)).toMatch(/permission to read it was refused.*change its permissions/);
  });

  it('empty', async () => {
    expect(await refused(await fileOf('empty.png', ''))).toMatch(
      /empty \(0 bytes\).*save or download it again/,
    );
  });

  it('text called .png', async () => {
    const file = await fileOf('notes.png', 'not a picture at all');
    expect(await refused(file)).toMatch(
      /not a readable image \(.*unsupported.*\).*check that the file is what its name/,
    );
  });

  it('a format that is not read', async () => {
    const file = await fileOf(
      'drawing.svg',
      '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>',
    );
    expect(await refused(file)).toMatch(
      /got a file of format svg; expected a PNG, JPEG, WebP, AVIF, TIFF or GIF.*convert it/,
    );
  });

  it.each(['png', 'jpeg', 'webp', 'tiff', 'avif'] as const)('a %s cut in half', async (format) => {
    const bytes = await encodeImage(noiseImage(40, 30, 3, 8, 32), format);
    const file = await fileOf(`cut.${format}`, bytes.subarray(0, bytes.length >> 1));
    expect(await refused(file)).toMatch(/damaged or cut short \(.+\); expected/);
  });

  it('a PNG with wrong bytes in the middle', async () => {
    const bytes = Buffer.from(await encodePng(noiseImage(40, 30, 3, 8, 33)));
    bytes.fill(0, bytes.length >> 1, (bytes.length >> 1) + 64);
    expect(await refused(await fileOf('broken.png', bytes))).toMatch(/damaged or cut short/);
  });

  it('0×0', async () => {
    expect(await refused(await fileOf('zero.png', craftPng(0, 0)))).toMatch(
      /damaged or cut short|at least 2×2/,
    );
  });

  it('1×1', async () => {
    const file = await fileOf('dot.png', craftPng(1, 1, Uint8Array.from([0, 77])));
    expect(await refused(file)).toMatch(
      /got an image of 1×1 pixels; expected at least 2×2; .*use a larger image/,
    );
  });

  it('a header that claims an absurd size', async () => {
    const message = await refused(await fileOf('bomb.png', craftPng(100_000, 90_000)));
    expect(message).toMatch(/100000×90000 = 9000000000 pixels; expected at most (\d+) \(limitPixels\)/);
    expect(message).toContain(String(imageDefaults.limitPixels));
  });

  it('32-bit floating-point samples', async () => {
    const file = await fileOf('float.tiff', floatTiff());
    expect(await refused(file)).toMatch(/got samples of type float; expected 8 or 16 bits/);
  });
});

it('reads a file as it reads its bytes', async () => {
  const image = noiseImage(9, 8, 4, 16, 41);
  const file = await fileOf('same.png', await encodePng(image));
  expect(await loadImage(file)).toEqual(image);
  expect(await decodeImage(await readFile(file))).toEqual(image);
});

/** An uncompressed 2×2 grey TIFF of 32-bit floats, little-endian (TIFF 6.0). */
function floatTiff(): Buffer {
  const tags: [number, number, number][] = [
    [256, 3, 2], // width
    [257, 3, 2], // height
    [258, 3, 32], // bits per sample
    [259, 3, 1], // no compression
    [262, 3, 1], // black is zero
    [273, 4, 8], // offset of the pixels
    [277, 3, 1], // samples per pixel
    [278, 3, 2], // rows per strip
    [279, 4, 16], // bytes
    [339, 3, 3], // IEEE floating point
  ];
  const bytes = Buffer.alloc(8 + 16 + 2 + tags.length * 12 + 4);
  bytes.write('II*\0', 'latin1');
  bytes.writeUInt32LE(24, 4);
  [0, 0.25, 0.5, 1].forEach((value, i) => bytes.writeFloatLE(value, 8 + 4 * i));
  bytes.writeUInt16LE(tags.length, 24);
  tags.forEach(([tag, type, value], i) => {
    const at = 26 + 12 * i;
    bytes.writeUInt16LE(tag, at);
    bytes.writeUInt16LE(type, at + 2);
    bytes.writeUInt32LE(1, at + 4);
    bytes.writeUInt32LE(value, at + 8);
  });
  return bytes;
}
