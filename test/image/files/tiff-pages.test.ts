// The directories of a TIFF: every kind of file, and chains that do not end or end too soon.
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { makeTiff, type TiffPage } from '../../../fixtures/tiff.js';
import { readTiffPages } from '../../../src/image/files/tiff-pages.js';

const small: TiffPage = { width: 4, height: 4, samples: new Uint8Array(16) };

/** Where the last directory's link to the next one is. */
function lastLink(tiff: Buffer): number {
  let at = 4;
  for (let next = tiff.readUInt32LE(at); next !== 0; next = tiff.readUInt32LE(at)) {
    at = next + 2 + 12 * tiff.readUInt16LE(next);
  }
  return at;
}

describe('the directories of a TIFF', () => {
  it('say what each page is', () => {
    const samples = new Uint16Array(16 * 5);
    const pages = readTiffPages(
      makeTiff([
        { ...small, subfile: 1 },
        { ...small, samples, bands: 5, photometric: 2, extra: [0, 2], separate: true, compression: 50000 },
        { ...small, photometric: 4, subfile: 4 },
      ]),
    );
    expect(pages.map(({ reduced, mask, bands }) => [reduced, mask, bands])).toEqual([
      [true, false, 1],
      [false, false, 5],
      [false, true, 1],
    ]);
    expect(pages[1]).toMatchObject({
      photometric: 2,
      bits: 16,
      extra: [0, 2],
      separate: true,
      tiled: false,
      compression: 50000,
    });
  });

  it.each([false, true])('are found in what another program writes, BigTIFF: %s', async (bigtiff) => {
    const raw = { width: 20, height: 9, channels: 4 } as const;
    const bytes = await sharp(new Uint8Array(20 * 9 * 4), { raw })
      .tiff({ bigtiff, tile: true, compression: 'deflate' })
      .toBuffer();
    expect(bytes.readUInt16LE(2)).toBe(bigtiff ? 43 : 42);
    const [page, ...others] = readTiffPages(bytes);
    expect(others).toEqual([]);
    expect(page).toMatchObject({ photometric: 2, bands: 4, bits: 8, tiled: true, reduced: false });
    expect(page?.extra).toHaveLength(1);
  });

  it('are found with the high byte first', () => {
    const tags = [
      [254, 4, 1],
      [262, 3, 2],
      [277, 3, 3],
    ] as const;
    const bytes = Buffer.alloc(8 + 2 + 12 * tags.length + 4);
    bytes.write('MM\0*', 'latin1');
    bytes.writeUInt32BE(8, 4);
    bytes.writeUInt16BE(tags.length, 8);
    tags.forEach(([tag, type, value], i) => {
      bytes.writeUInt16BE(tag, 10 + 12 * i);
      bytes.writeUInt16BE(type, 12 + 12 * i);
      bytes.writeUInt32BE(1, 14 + 12 * i);
      if (type === 3) bytes.writeUInt16BE(value, 18 + 12 * i);
      else bytes.writeUInt32BE(value, 18 + 12 * i);
    });
    expect(readTiffPages(bytes)).toMatchObject([{ reduced: true, photometric: 2, bands: 3 }]);
  });

  it('in a circle are each read once', () => {
    const bytes = Buffer.from(makeTiff([small, small]));
    bytes.writeUInt32LE(bytes.readUInt32LE(4), lastLink(bytes));
    expect(readTiffPages(bytes)).toHaveLength(2);
  });

  it('beyond the end of the file end the chain', () => {
    const bytes = Buffer.from(makeTiff([small, small]));
    bytes.writeUInt32LE(bytes.length - 1, lastLink(bytes));
    expect(readTiffPages(bytes)).toHaveLength(2);
  });

  it.each([
    '',
    'II*',
    'II*\0\xff\xff\xff\xff',
    'MM\0+\0\x08\0\0\xff\xff\xff\xff\xff\xff\xff\xff',
    'PNG\0\0\0\0\0',
  ])('are none in %j', (text) => {
    expect(readTiffPages(Buffer.from(text, 'latin1'))).toEqual([]);
  });
});
