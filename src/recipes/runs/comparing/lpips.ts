// LPIPS (Zhang et al., CVPR 2018) by the user's own network: how alike two pictures look, which PSNR tells badly.
import path from 'node:path';
import { ConfigError, InputError } from '../../../core/errors.js';
import { openPairNetwork, type PicturePlanes } from '../../../engine/index.js';
import type { Image } from '../../../image/index.js';
import { readBytes } from '../files.js';
import type { ModalityRun, PicturePair } from '../modality.js';

/** Compares pictures by a network. */
export interface PictureMeter {
  /** @throws InputError where the network does not take them */
  measure(pictures: PicturePair): Promise<number>;
  dispose(): Promise<void>;
}

/**
 * Opens the network of the setting `lpips`. One that compares no pictures is told now, and not after hours of training.
 * @param file undefined where none is named
 * @throws ConfigError where the modality has no pictures; InputError where the network is none that compares pictures
 */
export async function openPictureMeter(
  file: string | undefined,
  several: string,
  rest: Pick<ModalityRun, 'pictures'>,
): Promise<PictureMeter | undefined> {
  if (file === undefined) return undefined;
  if (rest.pictures === undefined)
    throw new ConfigError(`lpips: got ${file}, but ${several} have no pictures to compare; leave it out`);
  const shown = path.resolve(file);
  const network = openPairNetwork(await readBytes(shown), shown);
  try {
    await network.check();
  } catch (error) {
    await network.dispose();
    throw error;
  }
  return {
    measure: ({ reference, result }) => network.compare(planesOf(reference, result)),
    dispose: () => network.dispose(),
  };
}

/** What a finished run's pictures measure; undefined without a network. @param folder the run's */
export async function measuredPictures(
  { meter, rest }: { readonly meter: PictureMeter | undefined; readonly rest: Pick<ModalityRun, 'pictures'> },
  folder: string,
): Promise<number | undefined> {
  return meter === undefined || rest.pictures === undefined
    ? undefined
    : meter.measure(await rest.pictures(folder));
}

function planesOf(reference: Image, result: Image): PicturePlanes {
  const { width, height } = reference;
  return { width, height, reference: planes(reference), result: planes(result) };
}

/** `[3, height, width]` from −1 to 1; grey is given three times. */
function planes({ width, height, channels, depth, data }: Image): Float32Array {
  if (channels === 4)
    throw new InputError(
      'LPIPS of pictures with alpha is not supported; expected colours or grey: leave lpips out, or flatten the pictures',
    );
  const size = width * height;
  const half = (2 ** depth - 1) / 2;
  const values = new Float32Array(3 * size);
  for (let plane = 0; plane < 3; plane++) {
    const channel = channels === 1 ? 0 : plane;
    for (let i = 0; i < size; i++) values[plane * size + i] = (data[i * channels + channel] ?? 0) / half - 1;
  }
  return values;
}
