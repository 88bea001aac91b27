// Finds the photographs that a scene's files list, compares their sizes with the stated ones, and reports which are
// missing.
import path from 'node:path';
import { firstLine } from '../../core/check.js';
import { InputError } from '../../core/errors.js';
import type { GridSize } from '../../core/index.js';
import { present } from '../../core/present.js';
import { blindShare } from '../cameras/camera.js';
import { resizeIntrinsics, type Intrinsics } from '../cameras/intrinsics.js';
import type { Mask, Split } from '../scene.js';
import { inParallel } from '../in-parallel.js';
import { hasTransparency, unsupportedFormat, type PhotographView } from './photograph-pixels.js';
import { kindOf, listed } from './scene-files.js';
import type { StatedLens } from './transforms-lens.js';
import { loadSharp } from './sharp.js';

/** A photograph as a scene's files list it. */
export interface ListedView {
  /** As the file names it. */
  readonly name: string;
  /** Absolute, inside the scene's folder; the extension may be missing. */
  readonly path: string;
  /** The file and entry, for messages. */
  readonly where: string;
  readonly lens: StatedLens;
  readonly pose: Float64Array;
  /** Whether the pose was not a rotation as it stood in the file. */
  readonly mended: boolean;
  readonly split: Split | undefined;
  readonly mask?: Mask;
  /** As a view has it. */
  readonly transparent?: readonly number[];
}

/** What was found of it. */
export interface FoundViews {
  readonly views: readonly PhotographView[];
  readonly hasAlpha: boolean;
  readonly missing: readonly string[];
  readonly warnings: readonly string[];
}

/** How few photographs a scene can do with. */
export const photographDefaults = {
  /** Two views and one to hold out. */
  fewest: 3,
  /** With fewer than this share of what is listed it is more likely the wrong folder than a scene with gaps. */
  leastShare: 0.25,
} as const;

/** Tried in turn. */
const extensions = [
  '',
  ...['.png', '.jpg', '.jpeg', '.webp', '.avif', '.tif', '.tiff'].flatMap((one) => [one, one.toUpperCase()]),
];

/**
 * Finds the photographs of a scene and settles each camera to its photograph's size.
 *
 * A photograph of another size but the stated shape (a set that was scaled down) has its camera scaled; pixels are taken
 * as they are stored, without turning them by EXIF, since that is what cameras are calibrated on.
 *
 * @param described what the scene is called in messages: its file or folder
 * @throws InputError when too few are there, one is damaged, or one has another shape than its camera
 */
export async function findPhotographs(
  entries: readonly ListedView[],
  described: string,
): Promise<FoundViews> {
  const found = await inParallel(entries, 8, findOne);
  const missing = entries.filter((_, i) => found[i] === undefined).map(({ name }) => name);
  const there = found.filter((one) => one !== undefined);
  const absent = absentSplits(entries, found);
  const expected = entries.filter(({ split }) => split === undefined || !absent.includes(split));
  checkEnough(there.length, expected.length, missing, described);
  const order = new Intl.Collator('en', { numeric: true });
  there.sort((a, b) => order.compare(a.view.name, b.view.name) || (a.view.name < b.view.name ? -1 : 1));
  const unique = there.filter(({ view }, i) => i === 0 || there[i - 1]!.view.name !== view.name);
  return {
    views: unique.map(({ view }) => view),
    hasAlpha: await anyTransparent(unique.flatMap(({ view, alpha }) => (alpha ? [view] : []))),
    missing,
    warnings: [
      ...absent.map(
        (split) =>
          `no photograph that is listed for ${split} is there; what is held out is chosen from the others`,
      ),
      ...(missing.length > 0
        ? [`${missing.length} of ${entries.length} photographs are missing: ${listed(missing)}`]
        : []),
      ...count(there.length - unique.length, 'photographs are listed twice; the first camera counts'),
      ...count(
        unique.filter(({ scaled }) => scaled).length,
        'photographs are not of the size that the file states; their cameras were scaled',
      ),
      ...count(
        unique.filter(({ mended }) => mended).length,
        'poses hold more than a rotation and a place; scale and shear were left out',
      ),
      ...count(
        unique.filter(({ maskless }) => maskless).length,
        'masks are missing; all pixels of their photographs count',
      ),
      ...blindness(unique.map(({ view }) => view.intrinsics)),
    ],
  };
}

/**
 * Parts of a set that have poses but no photographs at all, as BlenderNeRF leaves them for others to render: they say nothing
 * of how whole the rest is.
 */
function absentSplits(entries: readonly ListedView[], found: readonly unknown[]): Split[] {
  const all = new Set(entries.flatMap(({ split }) => split ?? []));
  const there = new Set(entries.flatMap(({ split }, i) => (found[i] === undefined ? [] : (split ?? []))));
  return there.size === 0 ? [] : [...all].filter((split) => split !== 'train' && !there.has(split));
}

/** Looks at the pixels: an alpha that is opaque everywhere, as Blender writes it by default, is none. */
async function anyTransparent(views: readonly PhotographView[]): Promise<boolean> {
  let found = false;
  await inParallel(views, 4, async (view) => {
    if (!found && (await hasTransparency(view))) found = true;
  });
  return found;
}

function count(number: number, what: string): string[] {
  return number > 0 ? [`${number} ${what}`] : [];
}

interface Found {
  readonly view: PhotographView;
  /** Whether it may have transparent parts. */
  readonly alpha: boolean;
  readonly scaled: boolean;
  readonly mended: boolean;
  readonly maskless: boolean;
}

async function findOne(entry: ListedView): Promise<Found | undefined> {
  const file = await existing(entry.path);
  if (file === undefined) return undefined;
  const { name, pose, split, mended, lens, transparent } = entry;
  const { width, height, alpha } = await pictureSize(file, {
    expected: 'a photograph as PNG, JPEG, WebP, AVIF or TIFF',
    without: 'missing photographs are left out',
  });
  const stated = lens.size ?? { width, height };
  const scaled = stated.width !== width || stated.height !== height;
  if (scaled && !sameShape(stated, { width, height })) {
    throw new InputError(
      `${file}: got a picture of ${width}×${height} pixels; expected the shape of ${stated.width}×${stated.height}, ` +
        `which ${entry.where} states; photographs must not be cropped or turned after their cameras were found`,
    );
  }
  const made = lens.make(stated.width, stated.height);
  const intrinsics = scaled ? resizeIntrinsics(made, width, height) : made;
  const mask = await checkMask(entry.mask, { width, height });
  const view = { name, file, intrinsics, pose, split, ...present({ mask, transparent }) };
  return {
    view,
    ...{
      alpha: alpha || transparent !== undefined,
      scaled,
      mended,
      maskless: mask === undefined && entry.mask !== undefined,
    },
  };
}

/** Sets are scaled down with one rounding to whole pixels for each side. */
function sameShape(stated: GridSize, { width, height }: GridSize): boolean {
  const scale = width / stated.width;
  return (
    Math.abs(stated.height * scale - height) <= 1 ||
    Math.abs(stated.width * (height / stated.height) - width) <= 1
  );
}

async function existing(file: string): Promise<string | undefined> {
  for (const extension of extensions) {
    if ((await kindOf(file + extension)) === 'file') return file + extension;
  }
  return undefined;
}

async function checkMask(mask: Mask | undefined, size: GridSize): Promise<Mask | undefined> {
  if (mask === undefined || (await kindOf(mask.file)) !== 'file') return undefined;
  const found = await pictureSize(mask.file, {
    expected: 'a mask as PNG',
    without: 'all pixels of its photograph count then',
  });
  if (sameShape(found, size)) return mask;
  throw new InputError(
    `${mask.file}: got a mask of ${found.width}×${found.height} pixels; expected the shape of its photograph, ` +
      `${size.width}×${size.height}`,
  );
}

/** @param without what becomes of the scene without the file */
async function pictureSize(
  file: string,
  { expected, without }: { readonly expected: string; readonly without: string },
): Promise<GridSize & { readonly alpha: boolean }> {
  const sharp = await loadSharp();
  try {
    const { width, height, hasAlpha } = await sharp(file, { limitInputPixels: false }).metadata();
    return { width, height, alpha: hasAlpha };
  } catch (error) {
    const format = unsupportedFormat(file);
    if (format !== undefined) {
      throw new InputError(
        `${file}: ${format} is not supported; expected ${expected}; convert it, with its name changed where it is listed`,
        { cause: error },
      );
    }
    throw new InputError(
      `${file}: not a readable image (${firstLine(error)}); expected ${expected}; ` +
        `copy it again, or take ${path.basename(file)} away: ${without}`,
      { cause: error },
    );
  }
}

function checkEnough(found: number, all: number, missing: readonly string[], described: string): void {
  const { fewest, leastShare } = photographDefaults;
  if (found >= fewest && found >= leastShare * all) return;
  const gone = missing.length > 0 ? `; not there: ${listed(missing, 5)}` : '';
  throw new InputError(
    `${described}: got ${found === 0 ? 'no photographs' : `${found} of ${all} photographs`}${gone}; expected at least ` +
      `${Math.max(fewest, Math.ceil(leastShare * all))} of the ${all} that are listed; check that they lie where the file says`,
  );
}

/** Cameras of one kind share a lens: each is looked at once. */
function blindness(lenses: readonly Intrinsics[]): string[] {
  const distinct = new Map(lenses.map((lens) => [JSON.stringify(lens), lens]));
  const worst = Math.max(...[...distinct.values()].map(blindShare));
  if (!(worst > 0)) return [];
  return [
    `a lens's distortion has no inverse in ${(100 * worst).toFixed(1)} % of its picture; ` +
      'the rays there are taken as without distortion: undistort the photographs for better ones',
  ];
}
