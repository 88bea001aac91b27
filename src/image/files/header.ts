// What a picture's file says of itself before anything is decoded: its format, which of its pages is read, how its samples
// become 8 or 16 bits of grey or sRGB, and what its bands are.
import type { Metadata } from 'sharp';
import { firstLine } from '../../core/check.js';
import { InputError } from '../../core/errors.js';
import { bandsOfTiff, type Bands, type Spell } from './bands.js';
import {
  compressionName,
  expectedFormats,
  formatOf,
  isReadable,
  missingFeature,
  otherHeif,
  readable,
} from './formats.js';
import type { PixelSize } from './geometry.js';
import { loadSharp } from './sharp.js';
import { readTiffPages, saidToBeColours, type TiffPage } from './tiff-pages.js';

/** Most bands of a file: more than hyperspectral cameras have. */
export const mostBands = 1024;

/** How a picture is decoded. */
export interface Header {
  /** The decoder's name for it. */
  readonly format: string;
  /** The page, from 0; undefined where the format has but one, or a main one of its own. */
  readonly page: number | undefined;
  /** Upright. */
  readonly size: PixelSize;
  /** The file as it is to be decoded. */
  readonly bytes: Uint8Array;
  /** Bands as the decoder counts them. */
  readonly channels: number;
  readonly bands: Bands;
  readonly depth: 8 | 16;
  /** The decoder's name for the colour space to decode to: as little conversion as 8 or 16 bits allow. */
  readonly space: 'b-w' | 'srgb' | 'grey16' | 'rgb16';
  /** By what to multiply samples of 10 or 12 bits, which come moved up to 16. */
  readonly scale: number;
  /** Whether a colour profile is to be applied at 16 bits, which the decoder does only when asked. */
  readonly profile: boolean;
  /** The compression of a TIFF in words. */
  readonly compression: string | undefined;
  readonly notes: readonly string[];
}

/**
 * Reads what a file says of itself.
 * @param asked the page, from 1
 * @throws InputError for what is no picture, is not supported or is damaged
 */
export async function readHeader(
  bytes: Uint8Array,
  asked: number | undefined,
  name: string,
  spell: Spell,
): Promise<Header> {
  const pages = readTiffPages(bytes);
  const directory = asked === undefined ? firstWhole(pages) : asked - 1;
  const tiff = pages[directory];
  // Before the decoder, which calls some of it damaged.
  const tiffBands = tiff === undefined ? undefined : bandsOfTiff(tiff, name);
  if (asked === undefined && tiff?.reduced === true && tiff.nested) {
    throw new InputError(
      `${name}: got a TIFF whose picture is in a directory of a directory, as in the raw files of cameras (DNG, NEF), which is ` +
        'not supported here; expected pages one after the other; develop it, or convert it to a plain TIFF',
    );
  }
  const first = await readMetadata(bytes, tiff === undefined ? undefined : directory, name);
  if (first.format === 'tiff' && pages.length === 0) {
    throw new InputError(
      `${name}: the TIFF image is damaged or cut short (its first directory cannot be read); expected a complete file; ` +
        'download or save it again',
    );
  }
  const count = pages.length > 0 ? pages.length : (first.pages ?? 1);
  if (asked !== undefined && asked > count) {
    const has = count === 1 ? 'one page' : `${count} pages`;
    throw new InputError(
      `${name}: got page ${asked} of a file with ${has}; expected 1${count === 1 ? '' : ` to ${count}`}; choose one of them`,
    );
  }
  const page = asked === undefined && tiff === undefined ? undefined : directory;
  const metadata =
    page === undefined || page === 0 || tiff !== undefined ? first : await readMetadata(bytes, page, name);
  const bands = tiffBands === undefined ? bandsOf(metadata) : withGreyPalette(tiffBands, metadata);
  const { depth, notes } = depthOf(metadata, bands, name);
  const profile = depth === 16 && metadata.space !== 'labs' && bands.said && hasUsableProfile(metadata);
  const one = bands.colours === 1 && (bands.beyond === 0 || profile);
  const mislabelled = !bands.said && bands.stored ? tiff?.photometricAt : undefined;
  return {
    format: metadata.format,
    page,
    bytes: mislabelled === undefined ? bytes : saidToBeColours(bytes, mislabelled),
    size: metadata.autoOrient,
    channels: metadata.channels,
    bands,
    depth,
    space: depth === 8 ? (one ? 'b-w' : 'srgb') : one ? 'grey16' : 'rgb16',
    scale: scaleOf(metadata),
    profile,
    compression: tiff === undefined ? undefined : compressionName(tiff.compression),
    notes: [...(asked === undefined ? pageNotes(first, bytes, pages, spell) : []), ...notes],
  };
}

/** The first page that is neither a reduced copy nor a mask; the first of all where every one is. */
function firstWhole(pages: readonly TiffPage[]): number {
  return Math.max(
    0,
    pages.findIndex(({ reduced, mask }) => !reduced && !mask),
  );
}

const isGrey = ({ space }: Metadata): boolean => space === 'b-w' || space === 'grey16';

/** The bands of the formats that all say what they are. */
function bandsOf(metadata: Metadata): Bands {
  const { channels, hasAlpha } = metadata;
  const grey = isGrey(metadata);
  const beyond = hasAlpha && channels > 1 ? 1 : 0;
  const alpha = beyond === 0 ? undefined : 0;
  return { colours: grey ? 1 : 3, beyond, alpha, said: true, stored: !grey || beyond === 0 };
}

/** A palette that holds nothing but grey is grey, as the decoder finds. */
function withGreyPalette(bands: Bands, metadata: Metadata): Bands {
  const grey = bands.colours === 3 && bands.beyond === 0 && metadata.channels === 1 && isGrey(metadata);
  return grey ? { ...bands, colours: 1 } : bands;
}

async function readMetadata(bytes: Uint8Array, page: number | undefined, name: string): Promise<Metadata> {
  const sharp = await loadSharp();
  let metadata: Metadata;
  try {
    // The limit is checked later, with a message that names it; the header alone allocates nothing.
    const options = page === undefined ? {} : { page };
    metadata = await sharp(bytes, {
      limitInputPixels: false,
      limitInputChannels: mostBands,
      ...options,
    }).metadata();
  } catch (error) {
    throw new InputError(`${name}: ${headerFault(bytes, error)}`, { cause: error });
  }
  const other = metadata.format === 'heif' ? otherHeif(metadata.compression) : undefined;
  if (readable[metadata.format] === undefined || other !== undefined) {
    throw new InputError(
      `${name}: got a file of format ${other ?? metadata.format}; ${expectedFormats}; convert it`,
    );
  }
  return metadata;
}

/** Why the decoder cannot even say what a file is. */
function headerFault(bytes: Uint8Array, error: unknown): string {
  const format = formatOf(bytes);
  const missing = missingFeature(error);
  if (format === undefined) {
    return (
      `not a readable image (${firstLine(error)}); ${expectedFormats}; ` +
      'check that the file is what its name says, or convert it'
    );
  }
  if (format === 'HTML') {
    return `got a web page (HTML); ${expectedFormats}; the download may have gone wrong, download the image itself`;
  }
  if (!isReadable(format)) return `got a file of format ${format}; ${expectedFormats}; convert it`;
  if (missing !== undefined) {
    return `the ${format} needs what is not supported here (${missing}); ${expectedFormats} of a usual kind; convert it to PNG`;
  }
  return `the ${format} image is damaged or cut short (${firstLine(error)}); expected a complete file; download or save it again`;
}

/** Bits of a sample once decoded. @throws InputError for numbers that are no levels of a picture */
function depthOf(
  { depth, space }: Metadata,
  { beyond }: Bands,
  name: string,
): { readonly depth: 8 | 16; readonly notes: readonly string[] } {
  if (depth === 'uchar') return { depth: 8, notes: [] };
  if (depth === 'ushort' && space === 'cmyk') {
    if (beyond > 0) {
      throw new InputError(
        `${name}: got CMYK of 16 bits with other bands, which is not supported here; expected CMYK of 8 bits, or RGB; convert it`,
      );
    }
    return { depth: 8, notes: ['the 16 bits of its CMYK become 8 bits of RGB'] };
  }
  if (depth === 'ushort' || (depth === 'short' && space === 'labs')) return { depth: 16, notes: [] };
  throw new InputError(
    `${name}: got samples of type ${depth}; expected 8 or 16 bits per channel; ` +
      'convert the file to a 16-bit PNG or TIFF',
  );
}

/** The decoder moves 10 and 12 bits up to 16, where the highest level is below 65535. */
function scaleOf({ format, depth, bitsPerSample = 16 }: Metadata): number {
  if (format !== 'heif' || depth !== 'ushort' || bitsPerSample >= 16) return 1;
  return 65535 / ((2 ** bitsPerSample - 1) * 2 ** (16 - bitsPerSample));
}

/**
 * Whether a profile is whole and of the picture's colours (ICC.1:2010, 7.2). The decoder takes 16 bits whose profile it cannot
 * use for Display P3; they are sRGB, as 8 bits with such a profile are.
 */
function hasUsableProfile({ icc, space }: Metadata): boolean {
  if (icc === undefined || icc.length < 132 || icc.readUInt32BE(0) > icc.length) return false;
  const text = (at: number): string => icc.toString('latin1', at, at + 4);
  const colours = space === 'grey16' ? 'GRAY' : 'RGB ';
  if (text(36) !== 'acsp' || text(16) !== colours) return false;
  const tags = icc.readUInt32BE(128);
  if (132 + 12 * tags > icc.length) return false;
  return Array.from({ length: tags }, (_, i) => 132 + 12 * i).every(
    (at) => icc.readUInt32BE(at + 4) + icc.readUInt32BE(at + 8) <= icc.length,
  );
}

/** Which of several pages is used where nobody has said. */
function pageNotes(
  { format, pages: count = 1 }: Metadata,
  bytes: Uint8Array,
  pages: readonly TiffPage[],
  spell: Spell,
): string[] {
  if (format === 'png') {
    const head = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    const control = head.indexOf('acTL');
    const animated = control >= 0 && control < head.indexOf('IDAT');
    return animated ? ['the file is an animation, of which the still picture is used'] : [];
  }
  if (format === 'tiff') {
    const page = firstWhole(pages);
    if (pages[page]?.reduced === true) {
      return ['the picture is said to be a reduced copy of one that is not among the pages of the file'];
    }
    const another = pages.findIndex(({ reduced, mask }, i) => i > page && !reduced && !mask);
    if (page > 0) {
      const before = page === 1 ? 'page 1 is' : 'those before are';
      const what = pages[0]?.mask === true ? 'a mask' : 'a reduced copy';
      return [
        `page ${page + 1} of ${pages.length} is used, since ${before} said to be ` +
          `${page === 1 ? what : 'reduced copies or masks'}; ${spell('page', '1')} takes another`,
      ];
    }
    if (another < 0) return [];
    return [`page 1 of ${pages.length} is used; ${spell('page', String(another + 1))} takes another`];
  }
  if (count <= 1) return [];
  return format === 'heif'
    ? [`the main one of its ${count} pictures is used; ${spell('page', '2')} takes another`]
    : [`picture 1 of an animation of ${count} is used; ${spell('page', '2')} takes another`];
}
