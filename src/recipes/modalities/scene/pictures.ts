// Pictures of a scene's run: photographs beside renderings and their errors, and distances as colours.
import { loadSharp } from '../../../image/files/sharp.js';
import { heatColours, imageDefaults } from '../../../image/index.js';
import { quantile } from '../../../nerf/focus.js';
import type { RenderedView } from './render-views.js';

/** 8-bit sRGB pixels, `[height, width, 3]`. */
export interface Pixels {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

/** The numbers behind the pictures. */
export const pictureDefaults = {
  /** Mean difference of the channels, of 255, that is drawn brightest: the same in every picture, so that they compare. */
  errorLimit: 64,
  /** Of the distances, nearest and farthest: beyond are floaters before the camera and holes into the distance. */
  depthQuantile: 0.01,
  /** Below this much of its light a pixel says nothing of distances: it is left out of their range. */
  opaque: 0.5,
  /** Longest side of a report's pictures, pixels: a quarter of a wide page, enlarged. */
  reportSide: 480,
  /** WebP's quality there: some tens of kilobytes each. The files beside the report are without loss. */
  reportQuality: 90,
  /** What shows where nothing is: none of the heat map's colours. */
  nothing: [128, 128, 128],
} as const;

/** Distances as colours, and what they mean. */
export interface DepthPicture extends Pixels {
  /** In the world's units: drawn brightest, and what is nearer. */
  readonly near: number;
  /** Drawn darkest, and what is farther. */
  readonly far: number;
}

/** The distances between which depth is drawn. */
export interface DepthRange {
  readonly near: number;
  readonly far: number;
}

/**
 * Draws distances: near bright, far dark, in the heat map's colours, whose lightness rises in equal steps, with 1 / distance
 * between them; grey where there is nothing. Of unbounded scenes plain distances would leave the foreground one colour.
 *
 * @param range the ends of the colours; default: all but the nearest and the farthest hundredth of this picture
 */
export function depthPicture(
  { width, height, depth, opacity }: Pick<RenderedView, 'width' | 'height' | 'depth' | 'opacity'>,
  range: DepthRange = depthRange([{ depth, opacity }]),
): DepthPicture {
  const { near, far } = range;
  const data = new Uint8Array(3 * width * height);
  const spread = 1 / near - 1 / far;
  const colour = new Uint8Array(3);
  for (let i = 0; i < width * height; i++) {
    // All at one distance: it is the nearest.
    const share = spread > 0 ? (1 / depth[i]! - 1 / far) / spread : 1;
    heat(share, colour, 0);
    const solid = Math.min(1, Math.max(0, opacity[i]!));
    for (let c = 0; c < 3; c++) {
      data[3 * i + c] = Math.round(solid * colour[c]! + (1 - solid) * pictureDefaults.nothing[c]!);
    }
  }
  return { width, height, data, near, far };
}

/**
 * The distances between which pictures are drawn, so that the same colour means the same in all of them: quantiles of what
 * is not background. Where there is nothing, 1 to 1.
 */
export function depthRange(seen: readonly Pick<RenderedView, 'depth' | 'opacity'>[]): DepthRange {
  const { opaque, depthQuantile } = pictureDefaults;
  const distances = seen.flatMap(({ depth, opacity }) => [
    // Every seventh is enough, and falls into step with no usual width.
    ...depth.filter((distance, i) => i % 7 === 0 && opacity[i]! >= opaque && distance > 0),
  ]);
  if (distances.length === 0) return { near: 1, far: 1 };
  const sorted = Float64Array.from(distances).sort();
  return { near: quantile(sorted, depthQuantile), far: quantile(sorted, 1 - depthQuantile) };
}

/** Where a rendering is off: mean |difference| of the channels as a heat map, brightest from `errorLimit` of 255 on. */
export function errorPicture(photograph: Pixels, rendered: Pixels): Pixels {
  const { width, height } = rendered;
  const data = new Uint8Array(3 * width * height);
  for (let i = 0; i < data.length; i += 3) {
    let sum = 0;
    for (let c = i; c < i + 3; c++) sum += Math.abs(photograph.data[c]! - rendered.data[c]!);
    heat(sum / 3 / pictureDefaults.errorLimit, data, i);
  }
  return { width, height, data };
}

/** Writes the heat map's colour of a share: 0 and less darkest, 1 and more brightest. */
export function heat(share: number, out: Uint8Array, at: number): void {
  const last = heatColours.length / 3 - 1;
  const from = 3 * Math.round(last * Math.min(1, Math.max(0, share)));
  for (let c = 0; c < 3; c++) out[at + c] = heatColours[from + c]!;
}

/** Pictures of one height side by side. */
export function besideOneAnother(pictures: readonly Pixels[]): Pixels {
  const { height } = pictures[0]!;
  const width = pictures.reduce((sum, picture) => sum + picture.width, 0);
  const data = new Uint8Array(3 * width * height);
  let left = 0;
  for (const picture of pictures) {
    for (let row = 0; row < height; row++) {
      const from = 3 * row * picture.width;
      data.set(picture.data.subarray(from, from + 3 * picture.width), 3 * (row * width + left));
    }
    left += picture.width;
  }
  return { width, height, data };
}

/** A held-out photograph, what was rendered in its place, and the error, side by side. */
export function pairPicture(photograph: Uint8Array, rendered: RenderedView): Pixels {
  return besideOneAnother(comparedPictures(photograph, rendered));
}

/** What a report shows of a held-out view: WebP files of one size, small enough that a page may hold some. */
export interface ReportView {
  /** As the scene's files name it. */
  readonly name: string;
  readonly photograph: Uint8Array;
  readonly rendered: Uint8Array;
  readonly error: Uint8Array;
  readonly depth: Uint8Array;
  /** The distances at the ends of the depth picture's colours. */
  readonly range: DepthRange;
}

/** The pictures of a held-out view for a report; larger ones are shrunk. */
export async function reportView(
  name: string,
  photograph: Uint8Array,
  rendered: RenderedView,
): Promise<ReportView> {
  const [before, after, error] = comparedPictures(photograph, rendered);
  const depth = depthPicture(rendered);
  return {
    name,
    photograph: await toSmallWebp(before),
    rendered: await toSmallWebp(after),
    error: await toSmallWebp(error),
    depth: await toSmallWebp(depth),
    range: { near: depth.near, far: depth.far },
  };
}

/** The photograph, what was rendered, and their difference. */
function comparedPictures(photograph: Uint8Array, { width, height, colours }: RenderedView) {
  const before = { width, height, data: photograph };
  const after = { width, height, data: colours };
  return [before, after, errorPicture(before, after)] as const;
}

async function toSmallWebp({ width, height, data }: Pixels): Promise<Uint8Array> {
  const { reportSide, reportQuality } = pictureDefaults;
  const sharp = await loadSharp();
  return sharp(data, { raw: { width, height, channels: 3 }, limitInputPixels: false })
    .resize({ width: reportSide, height: reportSide, fit: 'inside', withoutEnlargement: true })
    .webp({ quality: reportQuality, smartSubsample: true })
    .toBuffer();
}

/** As a PNG file. Not by `encodePng`, whose images have two pixels a side at least: photographs may be one pixel wide. */
export async function toPng({ width, height, data }: Pixels): Promise<Uint8Array> {
  const sharp = await loadSharp();
  return sharp(data, { raw: { width, height, channels: 3 }, limitInputPixels: false })
    .toColourspace('srgb')
    .png({ compressionLevel: imageDefaults.pngCompression })
    .toBuffer();
}
