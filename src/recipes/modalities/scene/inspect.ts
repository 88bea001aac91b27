// What a NeRF scene's files were understood to say: for whoever looks before training.
import path from 'node:path';
import { ArgumentError } from '../../../core/errors.js';
import { present } from '../../../core/present.js';
import { drawCameras } from '../../../nerf/files/draw-cameras.js';
import { holdOut, type PhotoScene } from '../../../nerf/index.js';
import { isScene, loadScene } from '../../../nerf/files/index.js';
import { prepareOutput, writeWhole } from '../../runs/files.js';
import type { Request } from '../../runs/modality.js';
import { counted, sizeOf } from './input.js';
import { sceneName } from './name.js';

/** What `inspectScene` takes. */
export interface InspectSceneOptions {
  /** A scene's folder or file, as `loadScene` of `evos/nerf` takes it. */
  readonly input: string;
  /** The folder of the photographs, inside the scene's, for LLFF and COLMAP. Default `images`. */
  readonly images?: string;
  /** Where a picture of the cameras and bounds goes, a PNG; none is drawn if it is left out. */
  readonly picture?: string;
}

/** What `inspectScene` tells. Lengths are in the units of the scene's files, places without its `origin`. */
export interface SceneInspection extends Pick<
  PhotoScene,
  'format' | 'origin' | 'bounds' | 'unbounded' | 'near' | 'far' | 'focus' | 'radius' | 'up' | 'warnings'
> {
  /** The scene's folder. */
  readonly path: string;
  readonly kind: 'scene';
  readonly photographs: {
    /** In the files' lists. */
    readonly listed: number;
    readonly found: number;
    readonly masked: number;
    readonly transparent: boolean;
    /** How many are trained on and how many held out, and by what rule. */
    readonly train: number;
    readonly test: number;
    readonly heldOutBy: string;
  };
  /** Width × height, and how many photographs have it. */
  readonly sizes: Readonly<Record<string, number>>;
  /** Lens model, and how many cameras have it. */
  readonly lenses: Readonly<Record<string, number>>;
  /** Of all photographs. */
  readonly rays: number;
  /** How bounds, near and far were found. */
  readonly extent: string;
  /** The picture, if one was asked for. */
  readonly picture?: string;
}

/** Whether `inspectScene` would begin to read this path. */
export const looksLikeScene = isScene;

/**
 * Reads a scene and says what it holds.
 * @throws InputError as `loadScene`; OutputError when the picture cannot be written
 */
export async function inspectScene({
  input,
  images,
  picture,
}: InspectSceneOptions): Promise<SceneInspection> {
  const scene = await loadScene(input, present({ images }));
  const { views } = scene;
  const { train, test, by } = dividedOf(scene);
  if (picture !== undefined) {
    await prepareOutput(picture);
    await writeWhole(picture, await drawCameras(scene, { heldOut: test }));
  }
  return {
    path: scene.folder,
    kind: 'scene',
    format: scene.format,
    photographs: {
      listed: scene.listed,
      found: views.length,
      masked: views.filter(({ mask }) => mask !== undefined).length,
      transparent: scene.hasAlpha,
      train,
      test: test.length,
      heldOutBy: by,
    },
    sizes: counted(views, sizeOf),
    lenses: counted(views, ({ intrinsics }) => intrinsics.model),
    rays: views.reduce((sum, { intrinsics: { width, height } }) => sum + width * height, 0),
    origin: scene.origin,
    bounds: scene.bounds,
    unbounded: scene.unbounded,
    near: scene.near,
    far: scene.far,
    focus: scene.focus,
    radius: scene.radius,
    up: scene.up,
    extent: scene.source,
    warnings: scene.warnings,
    ...present({ picture }),
  };
}

/** `inspectScene` by the options of the command line; the cameras are always drawn. */
export function inspectForCommand({ path: input, options, out }: Request): Promise<SceneInspection> {
  const { images } = options;
  const picture = out ?? path.resolve('runs', `${sceneName(input)}-cameras.png`);
  return inspectScene({ input, picture, ...(typeof images === 'string' ? { images } : {}) });
}

/** A file of a scene may list test photographs alone: nothing can be held out of them. */
function dividedOf(scene: PhotoScene): { train: number; test: ArrayLike<number>; by: string } {
  try {
    const { train, test, by } = holdOut(scene);
    return {
      train: train.length,
      test,
      by: by === 'files' ? 'the files of the scene' : 'every eighth, by name',
    };
  } catch (error) {
    if (!(error instanceof ArgumentError)) throw error;
    return { train: scene.views.length, test: [], by: 'nobody: all are for one purpose' };
  }
}
