// The directories of a TIFF (TIFF 6.0 and BigTIFF): how many pages there are, which are reduced copies or masks, and what each
// band is said to be. The decoder hands out pixels, but none of this.

/** What one directory says. */
export interface TiffPage {
  /** NewSubfileType or the older SubfileType: a smaller copy of another page. */
  readonly reduced: boolean;
  /** A transparency mask of another page. */
  readonly mask: boolean;
  /** PhotometricInterpretation: what the first bands are. */
  readonly photometric: number;
  /** Where that is said; undefined where it is not. */
  readonly photometricAt: Place | undefined;
  /** SamplesPerPixel. */
  readonly bands: number;
  /** BitsPerSample of the first band. */
  readonly bits: number;
  /** ExtraSamples: of each band that is no colour, 0 unspecified, 1 premultiplied alpha, 2 straight alpha. */
  readonly extra: readonly number[];
  /** The bands lie one after the other. */
  readonly separate: boolean;
  readonly tiled: boolean;
  /** SubIFDs: it has directories of its own, where the raw files of cameras keep the picture itself. */
  readonly nested: boolean;
  /** Compression, by its number. */
  readonly compression: number;
}

/** A number in a file. */
interface Place {
  readonly at: number;
  readonly width: 2 | 4;
  readonly little: boolean;
}

/** Bytes of one value, by the number of its type. */
const widths: Readonly<Record<number, 1 | 2 | 4 | 8>> = { 1: 1, 3: 2, 4: 4, 13: 4, 16: 8, 18: 8 };

const photometricTag = 262;

/** Values that are looked at: a band each, or one. */
const mostValues = 1024;

/** How the two kinds of TIFF lie in a file. */
interface Kind {
  readonly view: DataView;
  readonly little: boolean;
  readonly big: boolean;
}

/**
 * Reads the directories as far as they are whole.
 * @returns in the order of the file; empty for a file that is no TIFF, or whose first directory is damaged
 */
export function readTiffPages(bytes: Uint8Array): readonly TiffPage[] {
  const kind = kindOf(bytes);
  const pages: TiffPage[] = [];
  const seen = new Set<number>();
  try {
    if (kind === undefined) return pages;
    let at = kind.big ? longAt(kind, 8) : kind.view.getUint32(4, kind.little);
    // A directory that leads back to an earlier one would never end.
    while (at !== 0 && !seen.has(at)) {
      seen.add(at);
      const { tags, next, photometricAt } = directoryAt(kind, at);
      pages.push({ ...pageOf(tags), photometricAt });
      at = next;
    }
  } catch (error) {
    // Beyond the end of the file: what is left of the chain cannot be read.
    if (!(error instanceof RangeError)) throw error;
  }
  return pages;
}

/**
 * A copy of a file in which the bands of a page are said to be red, green, blue and whatever follows: the decoder then hands them
 * out as they are. It gives grey with other bands three times, and mixes up its planes.
 */
export function saidToBeColours(bytes: Uint8Array, { at, width, little }: Place): Uint8Array {
  const copy = new Uint8Array(bytes);
  const view = new DataView(copy.buffer);
  if (width === 2) view.setUint16(at, 2, little);
  else view.setUint32(at, 2, little);
  return copy;
}

function kindOf(bytes: Uint8Array): Kind | undefined {
  if (bytes.length < 8) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const order = view.getUint16(0);
  if (order !== 0x4949 && order !== 0x4d4d) return undefined;
  const little = order === 0x4949;
  const version = view.getUint16(2, little);
  return version === 42 || version === 43 ? { view, little, big: version === 43 } : undefined;
}

/** @throws RangeError beyond the end of the file */
function longAt({ view, little }: Kind, at: number): number {
  return Number(view.getBigUint64(at, little));
}

/** A directory's numbers by their tags. */
interface Directory {
  readonly tags: ReadonlyMap<number, readonly number[]>;
  /** Where the next one is; 0 after the last. */
  readonly next: number;
  readonly photometricAt: Place | undefined;
}

function directoryAt(kind: Kind, at: number): Directory {
  const { view, little, big } = kind;
  const count = big ? longAt(kind, at) : view.getUint16(at, little);
  const [head, entry, value] = big ? [8, 20, 12] : [2, 12, 8];
  const end = at + head + count * entry;
  const next = big ? longAt(kind, end) : view.getUint32(end, little);
  const tags = new Map<number, readonly number[]>();
  let photometricAt: Place | undefined;
  for (let i = at + head; i < end; i += entry) {
    const tag = view.getUint16(i, little);
    tags.set(tag, valuesAt(kind, i));
    const width = widths[view.getUint16(i + 2, little)];
    if (tag === photometricTag && (width === 2 || width === 4))
      photometricAt = { at: i + value, width, little };
  }
  return { tags, next, photometricAt };
}

/** The whole numbers of an entry; none for those of another type. */
function valuesAt(kind: Kind, entry: number): number[] {
  const { view, little, big } = kind;
  const width = widths[view.getUint16(entry + 2, little)];
  if (width === undefined) return [];
  const count = big ? longAt(kind, entry + 4) : view.getUint32(entry + 4, little);
  const inline = entry + (big ? 12 : 8);
  const fits = count * width <= (big ? 8 : 4);
  const start = fits ? inline : big ? longAt(kind, inline) : view.getUint32(inline, little);
  if (start + count * width > view.byteLength) return [];
  return Array.from({ length: Math.min(count, mostValues) }, (_, i) => {
    const at = start + i * width;
    if (width === 1) return view.getUint8(at);
    if (width === 2) return view.getUint16(at, little);
    return width === 4 ? view.getUint32(at, little) : longAt(kind, at);
  });
}

function pageOf(tags: Directory['tags']): Omit<TiffPage, 'photometricAt'> {
  const first = (tag: number, usual: number): number => tags.get(tag)?.[0] ?? usual;
  const subfile = first(254, 0);
  const photometric = first(photometricTag, 1);
  return {
    reduced: (subfile & 1) !== 0 || first(255, 1) === 2,
    mask: (subfile & 4) !== 0 || photometric === 4,
    photometric,
    bands: first(277, 1),
    bits: first(258, 1),
    extra: tags.get(338) ?? [],
    separate: first(284, 1) === 2,
    tiled: tags.has(322) || tags.has(324),
    nested: tags.has(330),
    compression: first(259, 1),
  };
}
