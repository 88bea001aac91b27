// Which bands of a file are colours, which is alpha, and which the file says nothing about. Colours and alpha make the picture
// as far as the file says so; for the rest somebody has to choose.
import { ArgumentError, InputError } from '../../core/errors.js';
import { createImage, type Channels, type Image } from '../image.js';
import type { TiffPage } from './tiff-pages.js';

/** What the bands of a file are. */
export interface Bands {
  /** Grey, or three colours once decoded: a palette, CMYK and the like become RGB. */
  readonly colours: 1 | 3;
  /** Bands beyond the colours. */
  readonly beyond: number;
  /** Which of the bands beyond is alpha, from 0; undefined where none is said to be. */
  readonly alpha: number | undefined;
  /** The bands are said to be colours and alpha; otherwise somebody has to choose. */
  readonly said: boolean;
  /** Decoded channels are the bands as they are stored; otherwise grey with others comes three times before them. */
  readonly stored: boolean;
}

/** How messages name an option and a value of it. */
export type Spell = (option: 'page' | 'bands', value: string) => string;

/** The bands that TIFFs of a PhotometricInterpretation have for colours, and what they are. */
const interpretations: Readonly<Record<number, readonly [bands: number, words: string]>> = {
  0: [1, 'grey'],
  1: [1, 'grey'],
  2: [3, 'RGB'],
  3: [1, 'a palette'],
  5: [4, 'CMYK'],
  6: [3, 'YCbCr'],
  8: [3, 'CIELab'],
  9: [3, 'ICCLab'],
};

const unreadable: Readonly<Record<number, string>> = {
  4: 'a transparency mask',
  10: 'ITULab colours',
  32803: 'the raw mosaic of a camera (CFA)',
  32844: 'LogL light',
  32845: 'LogLuv colours',
  34892: 'the linear raw data of a camera (DNG)',
  51177: 'depth',
  52527: 'a semantic mask',
};

const convert = 'convert it to a PNG or a plain TIFF first';

/** The bands of a TIFF's page. @throws InputError for one that is not read here */
export function bandsOfTiff(page: TiffPage, name: string): Bands {
  const { photometric, bands, bits, extra } = page;
  const missing = (what: string): InputError =>
    new InputError(
      `${name}: got a TIFF with ${what}, which is not supported here; expected grey, RGB or CMYK of 8 or 16 bits; ${convert}`,
    );
  const [needed] = interpretations[photometric] ?? [];
  if (needed === undefined) throw missing(unreadable[photometric] ?? `colours of kind ${photometric}`);
  if (![1, 2, 4, 8, 16, 32, 64].includes(bits)) throw missing(`samples of ${bits} bits`);
  if ((photometric === 8 || photometric === 9) && bits === 8) throw missing('Lab colours of 8 bits');
  if (page.separate && page.tiled && bands > 1)
    throw missing('separate planes (PlanarConfiguration 2) in tiles');
  if (bands < needed) {
    throw new InputError(
      `${name}: the image is damaged: it says that it is ${interpretations[photometric]?.[1] ?? ''} and has ${bands} bands; ` +
        `expected at least ${needed}; download or save it again`,
    );
  }
  const beyond = bands - needed;
  // A file that names fewer than there are names the last ones.
  const told = [...new Array<number>(Math.max(0, beyond - extra.length)).fill(0), ...extra].slice(-beyond);
  const found = beyond === 0 ? -1 : told.findIndex((kind) => kind === 1 || kind === 2);
  const alpha = found < 0 ? undefined : found;
  const grey = photometric === 0 || photometric === 1;
  const said = !grey || beyond === 0 || (beyond === 1 && alpha !== undefined);
  if (grey && bands === 2 && page.separate) throw missing('two bands in separate planes');
  if (!said && page.photometricAt === undefined) throw missing('bands of a kind that is not said');
  return {
    colours: grey ? 1 : 3,
    beyond,
    alpha,
    said,
    stored: !grey || beyond === 0 || (!said && bands > 2),
  };
}

/**
 * Chooses among decoded channels, of which grey has one, or three alike where there are bands beyond.
 * @param asked bands by number, from 1
 * @returns channels of the picture, and a sentence about what is left out
 * @throws InputError where the file does not say what is to be seen, or has no such band
 */
export function chooseBands(
  bands: Bands,
  asked: readonly number[] | undefined,
  name: string,
  spell: Spell,
): { readonly channels: readonly number[]; readonly note?: string } {
  const { colours, beyond, alpha, said, stored } = bands;
  const count = colours + beyond;
  const channelOf = (band: number): number => (!stored && band > 0 ? band + 2 : band);
  if (asked !== undefined) {
    for (const band of asked) {
      if (band <= count) continue;
      throw new InputError(
        `${name}: got band ${band} of ${count}; expected 1 to ${count}; choose among them`,
      );
    }
    return { channels: asked.map((band) => channelOf(band - 1)) };
  }
  if (!said) {
    const example = count >= 3 ? '1,2,3' : '1';
    throw new InputError(
      `${name}: got ${count} bands that are not said to be colours; expected grey, RGB or CMYK, with alpha or without; ` +
        `say which to use as grey or as red, green and blue, e.g. ${spell('bands', example)}`,
    );
  }
  const shown = colours === 1 && beyond === 0 ? [0] : colours === 1 ? [0, 0, 0] : [0, 1, 2];
  const channels = alpha === undefined ? shown : [...shown, 3 + alpha];
  const left = Array.from({ length: beyond }, (_, i) => i).filter((i) => i !== alpha);
  if (left.length === 0) return { channels };
  const numbers = left.map((i) => colours + i + 1).join(', ');
  return {
    channels,
    note:
      `${left.length === 1 ? `band ${numbers} is` : `bands ${numbers} are`} said to be neither colour nor alpha ` +
      `and left out; ${spell('bands', `${colours + left[0]! + 1},2,3`)} would use ${left.length === 1 ? 'it' : 'the first'} as red`,
  };
}

/** @throws ArgumentError unless it is one band, three, or four of which the last is alpha */
export function checkBands(asked: readonly number[] | undefined): void {
  if (asked === undefined) return;
  const whole = asked.every((band) => Number.isInteger(band) && band >= 1);
  if (whole && [1, 3, 4].includes(asked.length)) return;
  throw new ArgumentError(
    `got bands ${asked.join(',')}; expected one band for grey, three for red, green and blue, or four with alpha, ` +
      'each a whole number from 1; for example 1,2,3',
  );
}

/** Makes an image of some of the channels of interleaved samples; an alpha that is opaque throughout goes. */
export function imageOf(
  samples: Uint8Array | Uint16Array,
  { width, height, channels }: { readonly width: number; readonly height: number; readonly channels: number },
  chosen: readonly number[],
): Image {
  const last = chosen[3];
  const kept = last !== undefined && isOpaque(samples, channels, last) ? chosen.slice(0, 3) : chosen;
  const wanted = channelsOf(kept.length);
  const layout = { width, height, channels: wanted };
  if (wanted === channels && kept.every((channel, i) => channel === i)) return createImage(layout, samples);
  const pixels = width * height;
  const length = pixels * wanted;
  const data = samples instanceof Uint16Array ? new Uint16Array(length) : new Uint8Array(length);
  kept.forEach((channel, c) => {
    for (let i = 0; i < pixels; i++) data[i * wanted + c] = samples[i * channels + channel]!;
  });
  return createImage(layout, data);
}

function channelsOf(count: number): Channels {
  if (count === 1 || count === 3 || count === 4) return count;
  throw new ArgumentError(`got ${count} bands for a picture; expected 1, 3 or 4`);
}

function isOpaque(samples: Uint8Array | Uint16Array, channels: number, alpha: number): boolean {
  const opaque = samples instanceof Uint16Array ? 65535 : 255;
  for (let i = alpha; i < samples.length; i += channels) if (samples[i] !== opaque) return false;
  return true;
}
