// Divides a scene's photographs into training and test, and makes scenes of fewer pixels.
import { ArgumentError } from '../core/errors.js';
import { resizeIntrinsics } from './cameras/intrinsics.js';
import type { PhotoScene, View } from './scene.js';

/** A division of a scene's views, by index. */
export interface HeldOut {
  readonly train: Uint32Array;
  readonly test: Uint32Array;
  /** How it was decided: by the scene's files, or every n-th photograph. */
  readonly by: 'files' | 'every';
}

/**
 * Divides a scene's photographs into those to train on and those to measure with.
 *
 * A scene whose files name test photographs (else validation photographs) keeps those, and trains on those that are for
 * training or for nothing in particular. Otherwise every `every`-th in the order of names is held out, beginning with the
 * first, as LLFF and its successors do.
 *
 * @param every at least 2; default 8
 * @throws ArgumentError for another `every`, or when nothing would remain to train on or to measure with
 * @example
 * const scene = await loadScene('fox/');
 * const { train, test } = holdOut(scene);
 * const pool = createRayPool(scene, { views: train });
 */
export function holdOut(scene: Pick<PhotoScene, 'views'>, every = 8): HeldOut {
  if (!Number.isInteger(every) || every < 2) {
    throw new ArgumentError(`got every = ${every}; expected a whole number of at least 2, such as 8`);
  }
  const { views } = scene;
  const kept = ['test', 'val'].find((split) => views.some((view) => view.split === split));
  const isTest = (view: View, i: number): boolean =>
    kept === undefined ? i % every === 0 : view.split === kept;
  const isTrain = (view: View, i: number): boolean =>
    kept === undefined ? i % every !== 0 : view.split === 'train' || view.split === undefined;
  const pick = (chosen: typeof isTest): Uint32Array =>
    Uint32Array.from(views.flatMap((view, i) => (chosen(view, i) ? [i] : [])));
  const [train, test] = [pick(isTrain), pick(isTest)];
  if (train.length === 0 || test.length === 0) {
    throw new ArgumentError(
      `got a scene with ${train.length} photographs to train on and ${test.length} to measure with; expected some of ` +
        'both; load all its files, or choose which to hold out yourself',
    );
  }
  return { train, test, by: kept === undefined ? 'every' : 'files' };
}

/**
 * The same scene with smaller photographs, which a ray pool then shrinks as it reads them.
 * @param factor 2 for half the width and height; at least 1
 * @throws ArgumentError for a factor below 1 or one that leaves no pixels
 * @example
 * const scene = shrinkScene(await loadScene('fox/'), 2);
 */
export function shrinkScene(scene: PhotoScene, factor: number): PhotoScene {
  if (!(factor >= 1) || !Number.isFinite(factor)) {
    throw new ArgumentError(
      `got a factor of ${factor}; expected at least 1, such as 2 for half the width and height`,
    );
  }
  const views = scene.views.map((view) => {
    const { width, height } = view.intrinsics;
    const [w, h] = [Math.round(width / factor), Math.round(height / factor)];
    if (w < 1 || h < 1) {
      throw new ArgumentError(
        `got a factor of ${factor} for ${view.name}, ${width}×${height} pixels; expected less`,
      );
    }
    return { ...view, intrinsics: resizeIntrinsics(view.intrinsics, w, h) };
  });
  return { ...scene, views };
}
