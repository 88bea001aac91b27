// Formats by name: those that are read, those that are recognised and not read, and what a decoder says that it lacks. What is
// missing here is called missing, by its name; only the rest is damage.

/** Formats that are read, by the decoder's name for them; of the HEIF family only AVIF is. */
export const readable: Readonly<Record<string, string>> = {
  png: 'PNG',
  jpeg: 'JPEG',
  webp: 'WebP',
  heif: 'AVIF',
  tiff: 'TIFF',
  gif: 'GIF',
};

export const expectedFormats = 'expected a PNG, JPEG, WebP, AVIF, TIFF or GIF image';

/** Names of codecs in HEIF files. */
const heifCodecs: Readonly<Record<string, string>> = {
  hevc: 'HEIC (HEVC)',
  avc: 'HEIF with AVC (H.264)',
  vvc: 'HEIF with VVC (H.266)',
  evc: 'HEIF with EVC',
  jpeg: 'HEIF with JPEG',
  j2k: 'HEIF with JPEG 2000',
};

/** What a HEIF file of this codec is called; undefined for AVIF. */
export function otherHeif(codec: string | undefined): string | undefined {
  if (codec === undefined || codec === 'av1') return undefined;
  return heifCodecs[codec] ?? `HEIF with ${codec}`;
}

/** TIFF compressions by name; those that only their number tells are named by it. */
const compressions: Readonly<Record<number, string>> = {
  6: 'old-style JPEG',
  7: 'JPEG',
  32809: 'ThunderScan',
  34661: 'JBIG',
  34676: 'SGI LogLuv',
  34712: 'JPEG 2000',
  34887: 'LERC',
  34892: 'lossy JPEG (DNG)',
  34925: 'LZMA',
  50000: 'ZSTD',
  50001: 'WebP',
  50002: 'JPEG XL',
  52546: 'JPEG XL',
};

/** "ZSTD compression" */
export function compressionName(compression: number): string {
  return `${compressions[compression] ?? `number ${compression}`} compression`;
}

/** Starts of files: at which byte, what is there, and what that is. `read` names the format of the decoder. */
const signatures: readonly (readonly [at: number, start: string, name: string])[] = [
  [0, '\x89PNG', 'PNG'],
  [0, '\xff\xd8\xff', 'JPEG'],
  [0, 'GIF8', 'GIF'],
  [0, 'II*\0', 'TIFF'],
  [0, 'MM\0*', 'TIFF'],
  [0, 'II+\0', 'TIFF'],
  [0, 'MM\0+', 'TIFF'],
  [8, 'WEBP', 'WebP'],
  [4, 'ftypavi', 'AVIF'],
  [4, 'ftyphe', 'HEIC'],
  [4, 'ftypmif1', 'HEIF'],
  [4, 'ftypmsf1', 'HEIF'],
  [4, 'ftypcrx ', 'Canon CR3 raw'],
  [4, 'ftypqt', 'QuickTime video'],
  [4, 'ftyp', 'MP4 video'],
  [8, 'AVI ', 'AVI video'],
  [0, '\x1aE\xdf\xa3', 'WebM or Matroska video'],
  [4, 'JXL ', 'JPEG XL'],
  [0, '\xff\x0a', 'JPEG XL'],
  [4, 'jP  ', 'JPEG 2000'],
  [0, '\xff\x4f\xff\x51', 'JPEG 2000'],
  [0, 'BM', 'BMP'],
  [0, '8BPS', 'Photoshop'],
  [0, '\x76\x2f\x31\x01', 'OpenEXR'],
  [0, '#?R', 'Radiance HDR'],
  [0, 'qoif', 'QOI'],
  [0, 'DDS ', 'DDS'],
  [0, '\0\0\x01\0', 'Windows icon'],
  [0, 'FUJIFILMCCD-RAW', 'Fujifilm raw'],
  [0, 'IIRO', 'Olympus raw'],
  [0, 'IIU\0', 'Panasonic raw'],
  [0, 'II\xbc\x01', 'JPEG XR'],
  [0, '%PDF', 'PDF'],
  [0, 'gimp xcf', 'GIMP'],
  [0, 'PK\x03\x04', 'ZIP'],
];

/** The format that a file's first bytes are of; undefined where they tell nothing. */
export function formatOf(bytes: Uint8Array): string | undefined {
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, 512)).toString('latin1');
  const found = signatures.find(([at, start]) => head.startsWith(start, at));
  if (found !== undefined) return found[2];
  if (/^P[1-7]\s/.test(head)) return 'PNM';
  return /^\s*<(!doctype html|html)/i.test(head) ? 'HTML' : undefined;
}

/** Whether a format, as `formatOf` calls it, is read here. */
export const isReadable = (format: string): boolean => Object.values(readable).includes(format);

/**
 * What a decoder says it lacks.
 * @returns its own sentence without the decoder's name, or undefined where it complains of something else
 */
export function missingFeature(error: unknown): string | undefined {
  const message = error instanceof Error ? error.message : String(error);
  const lines = message.split('\n').map((line) => line.trim());
  const missing =
    /\bunsupported\b|\bunimplemented\b|\bnot (been )?(supported|implemented|configured|built)|omitted at compile time|exceeds channel limit|no known route/i;
  // This one is said of whatever is no image.
  const line = lines.find((each) => missing.test(each) && !/unsupported image format/.test(each));
  return line?.replace(/^.*(?:tiff2vips|VipsJpeg|heif|jpeg2vips): /, '').replace(/\.$/, '');
}
