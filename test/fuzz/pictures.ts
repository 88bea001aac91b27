// Pictures under damage: one small file of each format, depth and kind of colour, and whatever notes go with it.
import { crc32 } from 'node:zlib';
import sharp, { type Sharp } from 'sharp';
import { decodeImage } from '../../src/image/files/index.js';
import { makeTiff } from '../../fixtures/tiff.js';
import type { FuzzKind, Sample } from './harness.js';

const [width, height] = [20, 12];

/** A smooth picture with an edge; levels go up to `top`. */
function levels(channels: number, top: number): number[] {
  return Array.from({ length: width * height * channels }, (_, i) => {
    const pixel = Math.floor(i / channels);
    const edge = pixel % width > 12 ? 0.4 : 0;
    return Math.round(top * ((pixel / (width * height)) * 0.5 + edge + (i % channels) * 0.02));
  });
}

type Channels = 1 | 2 | 3 | 4;

const eight = (channels: Channels): Sharp =>
  sharp(Uint8Array.from(levels(channels, 255)), { raw: { width, height, channels } });
const sixteen = (channels: Channels): Sharp =>
  sharp(Uint16Array.from(levels(channels, 65535)), { raw: { width, height, channels } }).toColourspace(
    channels < 3 ? 'grey16' : 'rgb16',
  );

const encoded: Readonly<Record<string, () => Sharp>> = {
  'grey.png': () => eight(1).toColourspace('b-w').png(),
  'rgba.png': () => eight(4).png(),
  'palette.png': () => eight(3).png({ palette: true }),
  'profile.png': () => eight(3).withIccProfile('p3').png(),
  'deep.png': () => sixteen(3).withIccProfile('p3').png(),
  'plain.jpg': () => eight(3).jpeg(),
  'progressive.jpg': () => eight(3).jpeg({ progressive: true }),
  'turned.jpg': () => eight(3).jpeg().withMetadata({ orientation: 6 }),
  'cmyk.jpg': () => eight(3).toColourspace('cmyk').jpeg(),
  'lossy.webp': () => eight(4).webp(),
  'lossless.webp': () => eight(3).webp({ lossless: true }),
  'plain.avif': () => eight(3).avif({ effort: 0 }),
  'ten.avif': () => sixteen(4).avif({ bitdepth: 10, effort: 0 }),
  'plain.gif': () => eight(3).gif(),
  'deflate.tif': () => eight(3).tiff({ compression: 'deflate', predictor: 'horizontal' }),
  'big.tif': () => eight(1).tiff({ compression: 'deflate', bigtiff: true }),
  'lzw.tif': () => sixteen(3).tiff({ compression: 'lzw', tile: true, tileWidth: 16, tileHeight: 16 }),
};

const page = { width, height } as const;
const made: Readonly<Record<string, () => Uint8Array>> = {
  'infrared.tif': () =>
    makeTiff([{ ...page, samples: Uint8Array.from(levels(4, 200)), bands: 4, photometric: 2, extra: [0] }]),
  'alpha.tif': () =>
    makeTiff([
      { ...page, samples: Uint16Array.from(levels(4, 60000)), bands: 4, photometric: 2, extra: [1] },
    ]),
  'planes.tif': () =>
    makeTiff([{ ...page, samples: Uint8Array.from(levels(3, 200)), bands: 3, separate: true }]),
  'bands.tif': () => makeTiff([{ ...page, samples: Uint16Array.from(levels(5, 60000)), bands: 5 }]),
  'pages.tif': () =>
    makeTiff([
      { width: 4, height: 3, samples: new Uint8Array(12), subfile: 1 },
      { ...page, samples: Uint8Array.from(levels(1, 250)) },
      { ...page, samples: Uint8Array.from(levels(1, 90)) },
    ]),
};

async function animation(): Promise<Sample> {
  const frames = Uint8Array.from([...levels(3, 255), ...levels(3, 100)]);
  const raw = { width, height: 2 * height, channels: 3, pageHeight: height } as const;
  return { name: 'moving.gif', bytes: await sharp(frames, { raw }).gif().toBuffer() };
}

/** Makes the checksums of a PNG's chunks right again, without which most faults end at the first. */
export function withChecksums(png: Uint8Array): Uint8Array {
  const mended = Buffer.from(png);
  for (let at = 8; at + 12 <= mended.length;) {
    const end = at + 8 + mended.readUInt32BE(at);
    if (end + 4 > mended.length) break;
    mended.writeUInt32BE(crc32(mended.subarray(at + 4, end)), end);
    at = end + 4;
  }
  return mended;
}

/** The kind. */
export const pictures: FuzzKind = {
  async samples() {
    const files = Object.entries(encoded).map(async ([name, pipeline]) => ({
      name,
      bytes: await pipeline().toBuffer(),
    }));
    const tiffs = Object.entries(made).map(([name, make]) => ({ name, bytes: make() }));
    return [...(await Promise.all(files)), ...tiffs, await animation()];
  },
  read(bytes, { name }) {
    // Half of the PNGs keep their wrong checksums.
    const mended = name.endsWith('.png') && crc32(bytes) % 2 === 0 ? withChecksums(bytes) : bytes;
    const chosen = name === 'bands.tif' ? { bands: [5, 1, 3] } : {};
    return decodeImage(mended, { name, ...chosen, resize: { width: 9, height: 7 } });
  },
  short: 400,
};
