// The picture a run trains on: read once, cropped or resized as the settings say, kept in the run's folder so
// that the run can go on even when the original has moved.
import path from 'node:path';
import { encodePng, loadImage, type DecodeOptions } from '../../../image/files/index.js';
import { present } from '../../../core/present.js';
import type { Image } from '../../../image/index.js';
import { writeWhole } from '../../runs/files.js';
import type { ReadInput } from '../../runs/modality.js';
import type { FitImageSettings } from './settings.js';
import { imageFiles } from './artifacts.js';
import type { ImageTypes } from './modality.js';

/** Pixels that `resize: auto` allows: a fit of this size ends within minutes on a few cores. */
export const autoPixels = 65_536;

/** Reads the input as the settings ask. @throws InputError for a file that is not a usable image. */
export async function readImageInput(
  file: string,
  settings: Pick<FitImageSettings, 'crop' | 'resize'>,
): Promise<ReadInput<ImageTypes>> {
  const original = await loadImage(file);
  const { crop } = settings;
  const resize = resizeOf(settings, original);
  const changed = crop !== undefined || resize !== undefined;
  const input = changed ? await loadImage(file, present({ crop, resize })) : original;
  const { width, height, channels } = input;
  const shrunk = resize !== undefined && 'maxPixels' in resize;
  const notes = shrunk
    ? [
        `training at ${width}×${height} instead of ${original.width}×${original.height} to finish soon; ` +
          '--resize original trains on every pixel',
      ]
    : [];
  const { width: originalWidth, height: originalHeight } = original;
  return { input, info: { file, width, height, channels, originalWidth, originalHeight }, notes };
}

/** What the settings make of a picture's size; undefined leaves it as it is. */
function resizeOf(
  { crop, resize }: Pick<FitImageSettings, 'crop' | 'resize'>,
  { width, height }: Image,
): DecodeOptions['resize'] {
  const asked = /^(\d+)x(\d+)$/.exec(resize);
  if (asked !== null) return { width: Number(asked[1]), height: Number(asked[2]) };
  const large = resize === 'auto' && crop === undefined && width * height > autoPixels;
  return large ? { maxPixels: autoPixels } : undefined;
}

/** Keeps the training picture in the run's folder, losslessly. */
export async function keepTarget(folder: string, image: Image): Promise<void> {
  await writeWhole(path.join(folder, imageFiles.target), await encodePng(image));
}
