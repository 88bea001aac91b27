// The scene a run trains on: read, divided into what is trained on and what is held out, and what follows from it: where
// the field is, and what shows where there is nothing. Photographs stay where they are.
import { createHash } from 'node:crypto';
import { ArgumentError, ConfigError, InputError } from '../../../core/errors.js';
import { present } from '../../../core/present.js';
import {
  createRayPool,
  holdOut,
  rayPoolDefaults,
  sceneSpace,
  shrinkScene,
  type HeldOut,
  type RayPool,
  type PhotoScene,
  type View,
} from '../../../nerf/index.js';
import { loadScene } from '../../../nerf/files/index.js';
import { shownBackground, type FieldSpace, type RayBackground } from '../../../engine/index.js';
import type { SceneInfo } from './metrics.js';
import { photographDigests, type PhotographDigests } from './photographs.js';
import type { FitSceneSettings } from './settings.js';

/** A scene, ready to be trained on. */
export interface SceneInput {
  /** At the size that is trained at. */
  readonly scene: PhotoScene;
  readonly split: HeldOut;
  readonly space: FieldSpace;
  /** What the field is trained before. */
  readonly background: RayBackground;
  /** Its photographs are in memory. */
  readonly train: RayPool;
  /** Its photographs are read when they are asked for. */
  readonly test: RayPool;
  readonly info: SceneInfo;
  /** Tells one scene from another. */
  readonly digest: string;
  /** Tell whether a photograph is as it was. */
  readonly photographs: PhotographDigests;
}

type InputSettings = Pick<FitSceneSettings, 'holdOut' | 'shrink' | 'background' | 'bounds' | 'images'>;

/**
 * Reads the scene.
 * @throws InputError for what is no usable scene; ConfigError when the photographs are too many for memory
 */
export async function readSceneInput(file: string, settings: InputSettings): Promise<SceneInput> {
  const { images } = settings;
  const loaded = await loadScene(file, present({ images }));
  const scene = settings.shrink === 1 ? loaded : shrinkScene(loaded, settings.shrink);
  const split = divided(file, scene, settings.holdOut);
  const background = backgroundOf(scene, settings.background);
  const space = spaceOf(scene, settings.bounds);
  // Opaque photographs look the same before any background.
  const behind = { background: shownBackground(background) };
  const train = createRayPool(scene, { views: split.train, ...behind });
  const test = createRayPool(scene, { views: split.test, ...behind });
  checkMemory(scene, train);
  await train.load();
  return {
    ...{ scene, split, space, background, train, test },
    info: infoOf(file, { scene, split, space, background, rays: train.size, every: settings.holdOut }),
    digest: sceneDigest(scene, split),
    photographs: await photographDigests(scene.views),
  };
}

function divided(file: string, scene: PhotoScene, every: number): HeldOut {
  try {
    return holdOut(scene, every);
  } catch (error) {
    if (!(error instanceof ArgumentError)) throw error;
    throw new InputError(`${file}: ${error.message}`, { cause: error });
  }
}

/** Photographs that do not fit are told before any is read, with the setting that helps. */
function checkMemory({ hasAlpha }: PhotoScene, { size }: RayPool): void {
  const bytes = size * (hasAlpha ? 4 : 3);
  const { memory } = rayPoolDefaults;
  if (bytes <= memory) return;
  const factor = Math.ceil(10 * Math.sqrt(bytes / memory)) / 10;
  throw new ConfigError(
    `shrink: got photographs of ${Math.ceil(bytes / 1e6)} MB in memory, expected at most ${Math.floor(memory / 1e6)} MB; ` +
      `make them smaller with a shrink of ${factor} or more times what it is`,
  );
}

/**
 * What shows behind the field. Photographs of a capture have no background: light that is let through is wrong in all of
 * them, and must not pass for a colour of theirs.
 */
function backgroundOf({ hasAlpha }: PhotoScene, named: FitSceneSettings['background']): RayBackground {
  if (named === 'auto' && !hasAlpha) return 'random';
  return named === 'black' ? [0, 0, 0] : [1, 1, 1];
}

/** The cube around the scene's bounds, or the one that was named. */
function spaceOf(scene: PhotoScene, bounds: string | undefined): FieldSpace {
  const space = sceneSpace(scene);
  if (bounds === undefined) return space;
  const [x = 0, y = 0, z = 0, half = 0] = bounds.split(',').map(Number);
  const { origin } = scene;
  if (half > 0) return { ...space, centre: [x - origin[0], y - origin[1], z - origin[2]], half };
  throw new ConfigError(`bounds: got ${bounds}, expected half a side (the fourth number) above 0`);
}

function infoOf(
  file: string,
  input: Pick<SceneInput, 'scene' | 'split' | 'space' | 'background'> & {
    readonly rays: number;
    readonly every: number;
  },
): SceneInfo {
  const { scene, split, space, background, rays, every } = input;
  return {
    file,
    format: scene.format,
    photographs: {
      listed: scene.listed,
      found: scene.views.length,
      train: split.train.length,
      test: split.test.length,
      heldOutBy: split.by === 'files' ? 'the files of the scene' : `one in ${every}, by name`,
      masked: scene.views.filter(({ mask }) => mask !== undefined).length,
    },
    sizes: counted(scene.views, sizeOf),
    rays,
    unbounded: scene.unbounded,
    ...(scene.origin.some((value) => value !== 0) && { origin: scene.origin }),
    bounds: scene.bounds,
    extent: scene.source,
    space,
    background,
    warnings: scene.warnings,
  };
}

/** How many views have each of something. */
export function counted(views: readonly View[], key: (view: View) => string): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const view of views) counts[key(view)] = (counts[key(view)] ?? 0) + 1;
  return counts;
}

/** "800×600" */
export const sizeOf = ({ intrinsics: { width, height } }: View): string => `${width}×${height}`;

/** SHA-256 of cameras and sizes, and of which are held out. */
function sceneDigest({ views }: Pick<PhotoScene, 'views'>, { train, test }: HeldOut): string {
  const hash = createHash('sha256');
  const told = (view: View | undefined): string =>
    JSON.stringify(view === undefined ? null : [view.name, view.intrinsics, [...view.pose]]);
  for (const part of [train, test]) {
    hash.update(`${part.length} `);
    for (const i of part) hash.update(told(views[i]));
  }
  return hash.digest('hex');
}
