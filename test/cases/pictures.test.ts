// Pictures as people have them, each reduced from a public report: what they hold is read, refused by name, or told.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { crc32 } from 'node:zlib';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { adobeColours, greyProfile, p3Colours, rgbProfile, srgbColours } from '../../fixtures/icc.js';
import { makeTiff, type TiffPage } from '../../fixtures/tiff.js';
import { InputError } from '../../src/core/index.js';
import { decodeImage, encodeImage, readImage } from '../../src/image/files/index.js';
import { readImageInput } from '../../src/recipes/modalities/image/input.js';
import { noiseImage } from '../image/random.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'evos-pictures-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function fileOf(name: string, bytes: Uint8Array): Promise<string> {
  const file = path.join(folder, name);
  await writeFile(file, bytes);
  return file;
}

/** The message of a refusal. */
async function refusal(reading: Promise<unknown>): Promise<string> {
  const error = await reading.then(
    () => Promise.reject(new Error('expected a refusal')),
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(InputError);
  return (error as InputError).message;
}

const size = { width: 16, height: 16 } as const;

/** A flat picture of some bands. */
function flat(...values: readonly number[]): Uint8Array {
  return Uint8Array.from({ length: 256 * values.length }, (_, i) => values[i % values.length]!);
}

const deep = (samples: Uint8Array): Uint16Array => Uint16Array.from(samples, (value) => value * 257);

const first = (data: ArrayLike<number>, count: number): number[] => Array.from(data).slice(0, count);

describe('AVIF of 10 and 12 bits', () => {
  it.each([10, 12] as const)('%i bits are scaled to 16: white is white', async (bitdepth) => {
    const { width, height } = size;
    const samples = new Uint16Array(256 * 4).map((_, i) => (i % 4 === 3 || i >= 512 ? 65535 : 0));
    const bytes = await sharp(samples, { raw: { width, height, channels: 4 } })
      .toColourspace('rgb16')
      .avif({ bitdepth, lossless: true })
      .toBuffer();
    const { depth, channels, data } = await decodeImage(bytes);
    // An alpha that is opaque at 10 bits is opaque, and goes.
    expect([depth, channels]).toEqual([16, 3]);
    expect(first(data, 3)).toEqual([0, 0, 0]);
    expect(Array.from(data.slice(-3))).toEqual([65535, 65535, 65535]);
    const small = await decodeImage(bytes, { resize: { width: 8, height: 8 } });
    expect(Array.from(small.data.slice(-3))).toEqual([65535, 65535, 65535]);
  });
});

describe('16 bits with a colour profile', () => {
  const colours = [
    [255, 0, 0],
    [0, 255, 0],
    [0, 0, 255],
    [255, 255, 255],
    [128, 128, 128],
    [200, 100, 50],
    [30, 160, 90],
    [60, 60, 200],
  ];
  const picture = { width: 8, height: 2 } as const;
  const rgb = Uint8Array.from([...colours, ...colours].flat());
  const rgba = Uint8Array.from([...colours, ...colours].flatMap((colour, i) => [...colour, 120 + 8 * i]));
  const grey = Uint8Array.from({ length: 16 }, (_, i) => i * 17);
  const greyAlpha = Uint8Array.from({ length: 32 }, (_, i) => (i % 2 === 0 ? i * 8 : 150 + i));
  const cases: [string, Omit<TiffPage, 'width' | 'height'> & { readonly samples: Uint8Array }][] = [
    ['sRGB', { samples: rgb, bands: 3, icc: rgbProfile(srgbColours) }],
    ['Adobe RGB', { samples: rgb, bands: 3, icc: rgbProfile(adobeColours) }],
    ['Display P3', { samples: rgb, bands: 3, icc: rgbProfile(p3Colours) }],
    [
      'Display P3 with alpha',
      { samples: rgba, bands: 4, photometric: 2, extra: [2], icc: rgbProfile(p3Colours) },
    ],
    ['grey of gamma 1.8', { samples: grey, icc: greyProfile(1.8) }],
    ['grey of gamma 1.8 with alpha', { samples: greyAlpha, bands: 2, extra: [2], icc: greyProfile(1.8) }],
    ['a profile that is cut', { samples: rgb, bands: 3, icc: rgbProfile(p3Colours).slice(0, 300) }],
    ['a profile of other colours', { samples: rgb, bands: 3, icc: greyProfile(1.8) }],
  ];

  it.each(cases)('%s: the colours are those of 8 bits', async (_, page) => {
    for (const options of [{}, { resize: { width: 5, height: 3 } }]) {
      const eight = await decodeImage(makeTiff([{ ...picture, ...page }]), options);
      const twin = makeTiff([{ ...picture, ...page, samples: deep(page.samples) }]);
      const sixteen = await decodeImage(twin, options);
      expect([sixteen.depth, sixteen.channels]).toEqual([16, eight.channels]);
      // Half a step of 8 bits, one more where both were rounded on the way, and some where alpha was multiplied and divided by.
      const slack = 'resize' in options ? (eight.channels === 4 ? 5 : 1.51) : 1.01;
      sixteen.data.forEach((value, i) =>
        expect(Math.abs(value / 257 - eight.data[i]!), `sample ${i}`).toBeLessThan(slack),
      );
    }
  });

  it('does not take sRGB for Display P3', async () => {
    const page = { ...picture, samples: deep(rgb), bands: 3, icc: rgbProfile(srgbColours) };
    const { data } = await decodeImage(makeTiff([page]));
    const green = [3, 4, 5].map((i) => data[i]! / 257);
    [0, 255, 0].forEach((value, i) => expect(Math.abs(green[i]! - value)).toBeLessThan(1));
  });

  it('CMYK becomes 8 bits, and says so', async () => {
    const cmyk = flat(0, 200, 200, 10);
    const file = (samples: TiffPage['samples']): Uint8Array =>
      makeTiff([{ ...size, samples, bands: 4, photometric: 5 }]);
    expect(await decodeImage(file(deep(cmyk)))).toEqual(await decodeImage(file(cmyk)));
    const { notes } = await readImage(await fileOf('cmyk16.tif', file(deep(cmyk))));
    expect(notes).toEqual([expect.stringContaining('16 bits of its CMYK become 8')]);
  });
});

describe('a fourth band that is not said to be alpha', () => {
  const water = flat(200, 100, 50, 0);
  const tiff = (samples: TiffPage['samples'], extra: readonly number[] | undefined): Uint8Array =>
    makeTiff([{ ...size, samples, bands: 4, photometric: 2, ...(extra === undefined ? {} : { extra }) }]);

  it.each([
    ['unspecified', [0]],
    ['not named at all', undefined],
  ])('%s: the colours stay what they are', async (_, extra) => {
    for (const options of [{}, { resize: { width: 8, height: 8 } }, { crop: 4 }]) {
      const eight = await decodeImage(tiff(water, extra), options);
      expect(eight.channels).toBe(3);
      expect(first(eight.data, 3)).toEqual([200, 100, 50]);
      const sixteen = await decodeImage(tiff(deep(water), extra), options);
      expect(first(sixteen.data, 3)).toEqual([51400, 25700, 12850]);
    }
  });

  it('is left out with a note, and used where that is asked for', async () => {
    const file = await fileOf('water.tif', tiff(flat(200, 100, 50, 7), [0]));
    const { input, notes } = await readImageInput(file, reading({}));
    expect(input.channels).toBe(3);
    expect(notes).toEqual([
      'band 4 is said to be neither colour nor alpha and left out; --bands 4,2,3 would use it as red',
    ]);
    const infrared = await readImageInput(file, reading({ bands: '4,2,3' }));
    expect(first(infrared.input.data, 3)).toEqual([7, 100, 50]);
    expect(infrared.notes).toEqual([]);
    expect((await readImageInput(file, reading({ bands: '1,2,3,4' }))).input.channels).toBe(4);
    expect(first((await readImageInput(file, reading({ bands: '4' }))).input.data, 2)).toEqual([7, 7]);
  });

  it.each([
    [1, [199, 99, 49, 128]],
    [2, [100, 50, 25, 128]],
  ])('ExtraSamples %i is alpha, and the colours come straight', async (kind, expected) => {
    const image = await decodeImage(tiff(flat(100, 50, 25, 128), [kind]));
    expect(first(image.data, 4)).toEqual(expected);
  });

  it('alpha after another band is found', async () => {
    const samples = flat(100, 50, 25, 9, 128);
    const bytes = makeTiff([{ ...size, samples, bands: 5, photometric: 2, extra: [0, 2] }]);
    for (const options of [{}, { resize: { width: 8, height: 8 } }]) {
      const { channels, data } = await decodeImage(bytes, options);
      expect(channels).toBe(4);
      // Resizing multiplies by alpha and divides again, at 8 bits.
      const slack = 'resize' in options ? 2 : 0;
      [100, 50, 25, 128].forEach((value, i) => expect(Math.abs(data[i]! - value)).toBeLessThanOrEqual(slack));
    }
  });
});

describe('several bands of grey', () => {
  const three = flat(200, 100, 50);
  const files: [string, TiffPage][] = [
    ['3 of 8 bits', { ...size, samples: three, bands: 3, photometric: 1, extra: [0, 0] }],
    ['3 of 16 bits', { ...size, samples: deep(three), bands: 3, photometric: 1, extra: [0, 0] }],
    ['3 in planes', { ...size, samples: three, bands: 3, photometric: 1, separate: true }],
    ['4 of 16 bits', { ...size, samples: deep(flat(200, 100, 50, 30)), bands: 4, photometric: 1 }],
    [
      '13 of 16 bits',
      { ...size, samples: deep(flat(200, 100, 50, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13)), bands: 13 },
    ],
    ['2 without alpha', { ...size, samples: flat(200, 100), bands: 2, extra: [0] }],
  ];

  it.each(files)('%s are not cut or taken for colours: they are asked for', async (name, page) => {
    const bytes = makeTiff([page]);
    expect(await refusal(decodeImage(bytes))).toMatch(
      /got (2|3|4|13) bands that are not said to be colours.*e\.g\. bands: 1/,
    );
    const file = await fileOf(`${name}.tif`, bytes);
    expect(await refusal(readImageInput(file, reading({})))).toMatch(/say which.*e\.g\. --bands 1/);
  });

  it.each(files.slice(0, -1))('%s are read where they are chosen', async (_, page) => {
    const scale = page.samples instanceof Uint16Array ? 257 : 1;
    for (const options of [{}, { resize: { width: 8, height: 8 } }]) {
      const read = async (...bands: number[]): Promise<number[]> => {
        const { data, channels } = await decodeImage(makeTiff([page]), { ...options, bands });
        expect(channels).toBe(bands.length);
        return first(data, bands.length).map((value) => value / scale);
      };
      expect(await read(1, 2, 3)).toEqual([200, 100, 50]);
      expect(await read(3, 1, 2)).toEqual([50, 200, 100]);
      expect(await read(2)).toEqual([100]);
    }
  });

  it('keep every sample in its place', async () => {
    const noise = noiseImage(16, 16, 3, 8, 5);
    const page = { ...size, samples: noise.data, bands: 3, photometric: 1 };
    for (const separate of [false, true]) {
      expect(await decodeImage(makeTiff([{ ...page, separate }]), { bands: [1, 2, 3] })).toEqual(noise);
    }
  });

  it('two, interleaved', async () => {
    const bytes = makeTiff([{ ...size, samples: flat(200, 100), bands: 2, extra: [0] }]);
    expect((await decodeImage(bytes, { bands: [2] })).data).toEqual(flat(100));
    expect(first((await decodeImage(bytes, { bands: [1, 1, 2] })).data, 3)).toEqual([200, 200, 100]);
  });

  it('of which there is none of that number', async () => {
    const bytes = makeTiff([{ ...size, samples: three, bands: 3, photometric: 1 }]);
    expect(await refusal(decodeImage(bytes, { bands: [1, 2, 4] }))).toMatch(
      /got band 4 of 3; expected 1 to 3/,
    );
    const [png] = [await encodeImage(noiseImage(4, 4, 3, 8, 1), 'png')];
    expect(await refusal(decodeImage(png, { bands: [4] }))).toMatch(/got band 4 of 3/);
  });
});

describe('pages', () => {
  const thumbnail: TiffPage = { width: 4, height: 3, samples: new Uint8Array(12), subfile: 1 };
  const stack = [1, 2, 3, 4, 5].map((value): TiffPage => ({ ...size, samples: flat(value * 10) }));

  it('a thumbnail before the picture is not the picture', async () => {
    const bytes = makeTiff([thumbnail, { ...size, samples: flat(9, 8, 7), bands: 3 }]);
    const image = await decodeImage(bytes);
    expect([image.width, image.height, first(image.data, 3)]).toEqual([16, 16, [9, 8, 7]]);
    const file = await fileOf('thumbnail.tif', bytes);
    expect((await readImageInput(file, reading({}))).notes).toEqual([
      'page 2 of 2 is used, since page 1 is said to be a reduced copy; --page 1 takes another',
    ]);
    const small = await readImageInput(file, reading({ page: 1 }));
    expect([small.input.width, small.info.originalWidth, small.notes]).toEqual([4, 4, []]);
  });

  it('one of several is used with a note, and another where it is asked for', async () => {
    const file = await fileOf('stack.tif', makeTiff(stack));
    const { input, notes } = await readImageInput(file, reading({}));
    expect(input.data[0]).toBe(10);
    expect(notes).toEqual(['page 1 of 5 is used; --page 2 takes another']);
    expect((await readImageInput(file, reading({ page: 4 }))).input.data[0]).toBe(40);
    expect(await refusal(readImageInput(file, reading({ page: 6 })))).toMatch(
      /got page 6 of a file with 5 pages; expected 1 to 5/,
    );
  });

  it('smaller copies after the picture are nothing to speak of', async () => {
    const file = await fileOf('pyramid.tif', makeTiff([stack[0]!, thumbnail]));
    expect((await readImageInput(file, reading({}))).notes).toEqual([]);
  });

  it('of a GIF the first picture is used, with a note', async () => {
    const frames = Uint8Array.from([...flat(250, 0, 0), ...flat(0, 250, 0)]);
    const raw = { width: 16, height: 32, channels: 3, pageHeight: 16 } as const;
    for (const format of ['gif', 'webp'] as const) {
      const bytes = await sharp(frames, { raw })[format]({}).toBuffer();
      const file = await fileOf(`moving.${format}`, bytes);
      const { input, notes } = await readImageInput(file, reading({}));
      expect([input.width, input.height, input.channels]).toEqual([16, 16, 3]);
      expect(input.data[0]).toBeGreaterThan(200);
      expect(notes).toEqual(['picture 1 of an animation of 2 is used; --page 2 takes another']);
      const second = await readImageInput(file, reading({ page: 2 }));
      expect(second.input.data[0]).toBeLessThan(50);
    }
  });

  it('a GIF of one picture is a picture', async () => {
    const bytes = await sharp(flat(9, 90, 200), { raw: { ...size, channels: 3 } })
      .gif()
      .toBuffer();
    const { image, notes } = await readImage(await fileOf('still.gif', bytes));
    expect([image.channels, notes]).toEqual([3, []]);
  });
});

describe('what the decoder lacks is named, and not called damaged', () => {
  const rgb = { ...size, samples: flat(200, 100, 50), bands: 3 };
  const whole = async (): Promise<Uint8Array> => encodeImage(noiseImage(16, 16, 3, 8, 3), 'avif');
  const cases: [string, () => Uint8Array | Promise<Uint8Array>, RegExp][] = [
    ['ZSTD', () => makeTiff([{ ...rgb, compression: 50000 }]), /ZSTD compression, which is not supported/],
    ['LERC', () => makeTiff([{ ...rgb, compression: 34887 }]), /LERC compression, which is not supported/],
    ['JPEG 2000', () => makeTiff([{ ...rgb, compression: 34712 }]), /JPEG 2000 compression, which is not/],
    [
      'an unknown number',
      () => makeTiff([{ ...rgb, compression: 12345 }]),
      /number 12345 compression, which is not/,
    ],
    [
      'tiled separate planes',
      () => makeTiff([{ ...rgb, separate: true, tile: 16 }]),
      /separate planes .* in tiles, which is not supported/,
    ],
    [
      '12 bits',
      () => makeTiff([{ ...size, samples: deep(flat(9)), bits: 12 }]),
      /samples of 12 bits, which is not/,
    ],
    [
      'a raw mosaic',
      () => makeTiff([{ ...size, samples: flat(9), photometric: 32803 }]),
      /mosaic of a camera \(CFA\), which/,
    ],
    ['Lab of 8 bits', () => makeTiff([{ ...rgb, photometric: 8 }]), /Lab colours of 8 bits, which is not/],
    ['HEIC', async () => asHeic(await whole()), /got a file of format HEIC.*convert it/],
    ['JPEG XL', () => Buffer.from('ff0a8041087c', 'hex'), /got a file of format JPEG XL.*convert it/],
    ['BMP', () => Buffer.from('BM\x46\0\0\0\0\0\0\0\x36\0\0\0', 'latin1'), /got a file of format BMP/],
    [
      'a video',
      () => Buffer.from('\0\0\0\x20ftypisom\0\0\x02\0isomiso2', 'latin1'),
      /got a file of format MP4 video/,
    ],
    ['a web page', () => Buffer.from('<!DOCTYPE html><html><body>404'), /got a web page \(HTML\).*download/],
  ];

  it.each(cases)('%s', async (_, make, message) => {
    const text = await refusal(decodeImage(await make()));
    expect(text).toMatch(message);
    expect(text).not.toMatch(/damaged|cut short/);
  });

  it.each([
    [12, 'precision 12', (bytes: Buffer, at: number) => bytes.writeUInt8(12, at + 4)],
    [0xc5, 'SOF type 0xc5', (bytes: Buffer, at: number) => bytes.writeUInt8(0xc5, at + 1)],
    [0xcb, 'omitted at compile', (bytes: Buffer, at: number) => bytes.writeUInt8(0xcb, at + 1)],
  ])('a JPEG of another process, %i', async (_, words, change) => {
    const bytes = Buffer.from(await encodeImage(noiseImage(16, 16, 3, 8, 3), 'jpeg'));
    change(bytes, bytes.indexOf(Buffer.from('\xff\xc0', 'latin1')));
    const text = await refusal(decodeImage(bytes));
    expect(text).toContain('needs what is not supported here');
    expect(text).toContain(words);
  });

  it('the raw file of a camera, whose first page is a thumbnail', async () => {
    const bytes = makeTiff([{ ...rgb, subfile: 1, nested: true }]);
    expect(await refusal(decodeImage(bytes))).toMatch(
      /raw files of cameras \(DNG, NEF\), which is not supported/,
    );
    expect((await decodeImage(bytes, { page: 1 })).channels).toBe(3);
  });

  it('CMYK of 16 bits with alpha', async () => {
    const samples = deep(flat(0, 200, 200, 10, 77));
    const text = await refusal(
      decodeImage(makeTiff([{ ...size, samples, bands: 5, photometric: 5, extra: [2] }])),
    );
    expect(text).toMatch(/CMYK of 16 bits with other bands, which is not supported/);
  });

  it('a palette is read, and is grey where all of it is', async () => {
    const levels = Array.from({ length: 256 }, (_, i) => i * 257);
    const page = { ...size, samples: Uint8Array.from({ length: 256 }, (_, i) => i), photometric: 3 };
    const grey = await decodeImage(makeTiff([{ ...page, palette: [...levels, ...levels, ...levels] }]));
    expect([grey.channels, first(grey.data, 3)]).toEqual([1, [0, 1, 2]]);
    const back = [...levels].reverse();
    const { channels, data } = await decodeImage(
      makeTiff([{ ...page, palette: [...levels, ...back, ...levels] }]),
    );
    expect([channels, first(data, 6)]).toEqual([3, [0, 255, 0, 1, 254, 1]]);
  });

  it('Lab of 16 bits is read', async () => {
    const samples = Uint16Array.from({ length: 768 }, (_, i) => [50 * 655.35, 0, 0][i % 3]!);
    const { depth, data } = await decodeImage(makeTiff([{ ...rgb, samples, photometric: 8 }]));
    expect(depth).toBe(16);
    // L* 50 is 118.9 in sRGB.
    first(data, 3).forEach((value) => expect(Math.abs(value / 257 - 118.9)).toBeLessThan(0.5));
  });

  it.each(['png', 'jpeg', 'webp', 'tiff', 'avif'] as const)('a %s that is cut is damaged', async (format) => {
    const bytes = await encodeImage(noiseImage(40, 30, 3, 8, 32), format);
    for (const share of [0.3, 0.6]) {
      const cut = bytes.subarray(0, Math.floor(bytes.length * share));
      expect(await refusal(decodeImage(cut))).toMatch(/damaged or cut short/);
    }
  });
});

describe('a header that claims what the file cannot hold', () => {
  const claims =
    (format: 'png' | 'jpeg', find: string, after: number, width: number) => async (): Promise<Buffer> => {
      const bytes = Buffer.from(await encodeImage(noiseImage(16, 16, 3, 8, 3), format));
      const at = bytes.indexOf(Buffer.from(find, 'latin1')) + after;
      if (format === 'png') {
        bytes.writeUInt32BE(width, at);
        bytes.writeUInt32BE(crc32(bytes.subarray(12, 29)), 29);
      } else bytes.writeUInt16BE(width, at);
      return bytes;
    };
  const wide: TiffPage = { ...size, samples: flat(1, 2, 3), bands: 3 };
  it.each([
    [
      'PNG',
      claims('png', 'IHDR', 4, 8_000_000),
      /damaged or cut short \(a header that claims 8000000×16 pixels/,
    ],
    [
      'JPEG',
      claims('jpeg', '\xff\xc0', 5, 65_000),
      /damaged or cut short \(a header that claims 16×65000 pixels/,
    ],
    [
      'TIFF',
      () => Promise.resolve(wider(makeTiff([wide]), 16_000_000)),
      /16000000×16 pixels in a file of .* made to fill the memory/,
    ],
  ])('%s: no room is made for it', async (_, make, message) => {
    const bytes = await make();
    const before = process.memoryUsage().rss;
    expect(await refusal(decodeImage(bytes))).toMatch(message);
    expect(process.memoryUsage().rss - before).toBeLessThan(100 * 2 ** 20);
  });

  it('a large picture of one colour is no such thing', async () => {
    const data = new Uint8Array(5000 * 4000).fill(200);
    for (const format of ['png', 'tiff', 'webp'] as const) {
      const bytes = await encodeImage({ width: 5000, height: 4000, channels: 1, depth: 8, data }, format);
      expect((await decodeImage(bytes, { resize: { width: 4, height: 4 } })).data[0]).toBe(200);
    }
  });
});

it('a size that is too large is too large, and the image is not damaged', async () => {
  const bytes = await encodeImage(noiseImage(16, 16, 3, 8, 3), 'png');
  for (const resize of ['100000x100000', '2x2000000', `2x${'9'.repeat(400)}`]) {
    const reads = readImageInput(await fileOf('photo.png', bytes), reading({ resize }));
    await expect(reads).rejects.toThrow(
      /got a resize to .*; expected at most 268435456 pixels.*smaller size|got resize Infinity; expected/,
    );
  }
});

function reading(
  settings: Partial<Parameters<typeof readImageInput>[1]>,
): Parameters<typeof readImageInput>[1] {
  return {
    crop: undefined,
    resize: 'auto',
    page: undefined,
    bands: undefined,
    backbone: 'hash-grid',
    preset: 'default',
    strategy: 'evos-online',
    time: undefined,
    ...settings,
  };
}

/** A TIFF that says that it is wider. */
function wider(tiff: Uint8Array, width: number): Uint8Array {
  const bytes = Buffer.from(tiff);
  const directory = bytes.readUInt32LE(4);
  for (let at = directory + 2; at < directory + 2 + 12 * bytes.readUInt16LE(directory); at += 12) {
    if (bytes.readUInt16LE(at) === 256) bytes.writeUInt32LE(width, at + 8);
  }
  return bytes;
}

/** An AVIF that says that it is a HEIC: brands, the item's type and its codec's description. */
function asHeic(avif: Uint8Array): Uint8Array {
  const text = Buffer.from(avif).toString('latin1');
  const heic = text.replaceAll('avif', 'heic').replaceAll('av01', 'hvc1').replaceAll('av1C', 'hvcC');
  return Buffer.from(heic, 'latin1');
}
