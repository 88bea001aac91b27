// The picture a run trains on: read once, cropped or resized as the settings say, kept in the run's folder so
// that the run can go on even when the original has moved.
import path from 'node:path';
import { encodePng, readImage, type DecodeOptions } from '../../../image/files/index.js';
import { present } from '../../../core/present.js';
import type { Image } from '../../../image/index.js';
import { writeWhole } from '../../runs/files.js';
import type { ReadInput, UsualSettings } from '../../runs/modality.js';
import type { FitImageSettings } from './settings.js';
import { imageFiles } from './artifacts.js';
import { gridBackbones, stepsForSize } from './presets.js';
import type { ImageInfo } from './metrics.js';
import type { ImageTypes } from './modality.js';

/**
 * Pixels that `resize: auto` allows: a fit of so many ends within minutes on a few cores. A grid looks at a pixel in a hundredth of
 * the time that other networks take; 24 megapixels and what cameras of that name write beyond.
 */
export const autoPixels = { small: 65_536, grid: 25_000_000 } as const;

/** The settings that say which pixels of a file are trained on. */
type Reading = Pick<FitImageSettings, 'crop' | 'resize' | 'page' | 'bands' | 'backbone'>;

/** Those, and the settings that say how many steps are usual. */
type Asked = Reading & Pick<FitImageSettings, 'preset' | 'strategy' | 'time'>;

/** Reads the input as the settings ask. @throws InputError for a file that is not a usable image. */
export async function readImageInput(file: string, settings: Asked): Promise<ReadInput<ImageTypes>> {
  const { crop, page, bands } = settings;
  const resize = resizeOf(settings);
  const chosen = bands?.split(',').map(Number);
  const {
    image: input,
    source,
    notes: told,
  } = await readImage(file, {
    ...present({ crop, resize, page, bands: chosen }),
    spell: (option, value) => `--${option} ${value}`,
  });
  const { width, height, channels } = input;
  const { width: originalWidth, height: originalHeight } = source;
  const shrunk =
    resize !== undefined && 'maxPixels' in resize && width * height < originalWidth * originalHeight;
  const notes = shrunk
    ? [
        `training at ${width}×${height} instead of ${originalWidth}×${originalHeight} to finish soon; ` +
          '--resize original trains on every pixel',
      ]
    : [];
  const info = { file, width, height, channels, originalWidth, originalHeight };
  return { input, info, notes: [...told, ...notes], ...present({ usual: usualSteps(settings, info) }) };
}

/** Fewer steps for a large picture; undefined where the settings' own number stands. */
function usualSteps(
  settings: Asked,
  { width, height }: ImageInfo,
): UsualSettings<FitImageSettings> | undefined {
  const steps = stepsForSize(settings, width * height);
  if (steps === undefined || settings.time !== undefined) return undefined;
  const megapixels = Math.round((width * height) / 1e6);
  return {
    settings: { steps },
    note: `${steps} steps, fewer than for smaller pictures, to finish ${megapixels} megapixels soon; --steps says how many`,
  };
}

/** What the settings make of a picture's size; undefined leaves it as it is. */
function resizeOf({ crop, resize, backbone }: Reading): DecodeOptions['resize'] {
  const asked = /^(\d+)x(\d+)$/.exec(resize);
  if (asked !== null) return { width: Number(asked[1]), height: Number(asked[2]) };
  if (resize === 'original' || crop !== undefined) return undefined;
  const ofGrid = resize === 'auto' && gridBackbones.includes(backbone);
  return { maxPixels: ofGrid ? autoPixels.grid : autoPixels.small };
}

/** Keeps the training picture in the run's folder, losslessly. */
export async function keepTarget(folder: string, image: Image): Promise<void> {
  await writeWhole(path.join(folder, imageFiles.target), await encodePng(image));
}
