// A finished or stopped run of a scene seen again: along a camera path, round the scene, or as a mesh.
import { existsSync } from 'node:fs';
import { readdir, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { ArgumentError } from '../../../core/errors.js';
import { present } from '../../../core/present.js';
import { cameraPathLimits, readCameraPath } from '../../../nerf/files/index.js';
import { orbitPath, reframe, type CameraPath, type Xyz } from '../../../nerf/index.js';
import { movedPose } from '../../../nerf/origin.js';
import { prepareFolder, readJson, writeWhole } from '../../runs/files.js';
import { runFiles } from '../../runs/folder.js';
import type { Rendered, Request, Waiting } from '../../runs/modality.js';
import { existing, outputFile, type OutputPlace } from '../output-file.js';
import { stepWords, type StepOf } from '../stopped.js';
import {
  meshOptions,
  meshSize,
  meshTarget,
  type RenderedMesh,
  type RenderMeshOptions,
} from '../mesh/render.js';
import { openScene, type OpenedScene } from './open.js';
import { toPng } from './pictures.js';
import { renderView, whySent } from './render-views.js';
import { turntable } from './turntable.js';

/** Longest side of a scene rendered without a path or a size, pixels. */
const usualSide = 512;

/** Opens a run; another than `openScene` for tests. */
export type SceneOpener = (folder: string) => Promise<OpenedScene>;

/** What `renderSceneModel` takes. */
export interface RenderSceneOptions extends OutputPlace, Waiting {
  /** A run's folder, or the model.onnx in it. */
  readonly model: string;
  /** A camera path as `readCameraPath` takes it, JSON. Default: once round the scene. */
  readonly camera?: string;
  /** Columns of the pictures, together with `height`. Default: what the path says; round the scene 512 along the longer side. */
  readonly width?: number;
  /** Rows of the pictures, together with `width`. */
  readonly height?: number;
  /**
   * Ends in `.webp`: an animation. In `.png`: one picture, of a path of one camera. Otherwise a folder for a PNG per camera,
   * `frame-00001.png` and on. Default: `render-<width>x<height>.webp` in the run's folder, with a number if that is there
   * already.
   */
  readonly out?: string;
  /**
   * Write over a file or frames that are there already, and remove frames of a longer path; otherwise that is an error where
   * `out` names them.
   */
  readonly overwrite?: boolean;
}

/** What it leaves. */
export interface RenderedScene {
  /** The file, or the folder of the frames. */
  readonly file: string;
  readonly frames: number;
  /** Of the first frame. */
  readonly width: number;
  readonly height: number;
  readonly seconds: number;
  /** Of a run that was stopped: the step it is at, and how many it is to have. */
  readonly step?: number;
  readonly steps?: number;
  /** What is worth knowing of the pictures and of how they were made, a sentence each. */
  readonly notes: readonly string[];
}

/**
 * Renders what a scene's field shows along a path, as its last checkpoint has it.
 * @throws InputError for a path that cannot be used; ArgumentError for a size or file that cannot be; OutputError; as
 *   `openScene`
 */
export async function renderSceneModel(
  options: RenderSceneOptions,
  open: SceneOpener = openScene,
): Promise<RenderedScene> {
  const start = performance.now();
  const { signal, onProgress } = options;
  const folder = await runFolder(options.model);
  const size = sizeOf(options);
  const extension =
    path.extname(options.out ?? '.webp').toLowerCase() || (options.out === undefined ? '.webp' : '');
  if (!['.webp', '.png', ''].includes(extension)) {
    throw new ArgumentError(
      `got ${options.out} to write to; expected a .webp for an animation, a .png for one picture, or a folder for frames`,
    );
  }
  const scene = await open(folder);
  try {
    const shown = await pathOf(scene, options.camera, size);
    const { cameras } = shown;
    if (extension === '.png' && cameras.length !== 1) {
      throw new ArgumentError(
        `got ${options.out} for ${cameras.length} cameras; expected one camera for a .png; name a .webp or a folder`,
      );
    }
    const { width, height } = cameras[0]!.intrinsics;
    const waiting = present({ signal, onProgress });
    const render = async (i: number): Promise<Uint8Array> => {
      const { colours, ...seen } = await renderView(scene.trainer, cameras[i]!, {
        ...waiting,
        onProgress: (share) => onProgress?.((i + share) / cameras.length),
      });
      return toPng({ width: seen.width, height: seen.height, data: colours });
    };
    let file = options.out ?? '';
    if (extension === '') {
      await prepareFolder(file);
      if (options.overwrite !== true) await refuseFrames(file);
      for (let i = 0; i < cameras.length; i++)
        await writeWhole(path.join(file, frameName(i)), await render(i));
      await removeFramesAfter(file, cameras.length);
    } else {
      const target = await outputFile(path.join(folder, `render-${width}x${height}.webp`), options);
      const still = extension === '.png';
      file = await target.write(
        still
          ? await render(0)
          : await turntable(scene.trainer, cameras, { ...waiting, ...present({ fps: shown.fps }) }),
      );
    }
    const seconds = (performance.now() - start) / 1000;
    const sent = cameras.map((camera) => whySent(scene.trainer, camera)).find((why) => why !== undefined);
    const notes = [
      ...(size === undefined ? [] : shapeNotes(size, shown.shape)),
      ...(sent === undefined ? [] : [sent]),
    ];
    return { file, frames: cameras.length, width, height, seconds, ...stoppedAt(folder, scene), notes };
  } finally {
    await scene.dispose();
  }
}

/** What `renderSceneMesh` takes. */
export interface RenderSceneMeshOptions extends RenderMeshOptions {
  /** A run's folder, or the model.onnx in it. */
  readonly model: string;
  /** Where the mesh goes; the extension says the format. Default: `mesh-<resolution>` in the run's folder. */
  readonly out?: string;
}

/** What it leaves. */
export interface RenderedSceneMesh extends RenderedMesh {
  /** What the mesh lacks of the scene's world, where that is far from its origin: add it to every position. */
  readonly origin: Xyz;
  /** The density of the surface, per unit of the world's length. */
  readonly level: number;
  /** Pieces that are not connected, and those left out because they are specks. */
  readonly pieces: number;
  readonly specks: number;
}

/**
 * Extracts the surface of a scene's field, coloured, in the world of the scene's files (a GLB's node is turned so that it
 * stands upright, as `encodeMesh` does it), less the scene's `origin`, which single precision could not hold; see
 * `extractSceneMesh` for what to expect of it.
 * @throws ArgumentError for options that cannot be; EvosError when there is no surface; OutputError; as `openScene`
 */
export async function renderSceneMesh(
  options: RenderSceneMeshOptions,
  open: SceneOpener = openScene,
): Promise<RenderedSceneMesh> {
  const start = performance.now();
  // Loaded where it is needed: it brings three with it.
  const { extractSceneMesh, sceneMeshDefaults } = await import('./mesh.js');
  const { resolution = sceneMeshDefaults.resolution, signal, onProgress } = options;
  const folder = await runFolder(options.model);
  const target = await meshTarget(folder, resolution, options);
  const scene = await open(folder);
  try {
    const { surface, colours, level, pieces, specks } = await extractSceneMesh(scene.trainer, scene.space, {
      resolution,
      ...present({ signal, onProgress }),
    });
    const size = await target.write(surface, { colours, up: scene.up });
    const seconds = (performance.now() - start) / 1000;
    const at = stoppedAt(folder, scene);
    return { ...size, resolution, ...at, origin: scene.origin, level, pieces, specks, seconds };
  } finally {
    await scene.dispose();
  }
}

async function runFolder(model: string): Promise<string> {
  const found = await stat(model).catch(() => undefined);
  return found?.isFile() === true ? path.dirname(model) : model;
}

function sizeOf({ width, height }: RenderSceneOptions): { width: number; height: number } | undefined {
  if (width === undefined && height === undefined) return undefined;
  const { side, pixels } = cameraPathLimits;
  const fits = (value: number | undefined): value is number =>
    value !== undefined && Number.isInteger(value) && value >= 2 && value <= side;
  if (fits(width) && fits(height) && width * height <= pixels) return { width, height };
  throw new ArgumentError(
    `got pictures of ${width}×${height} pixels; expected 2 to ${side} a side, and at most ${pixels} in all`,
  );
}

/** Of a run that has no model yet, the step that its checkpoint is at. */
function stoppedAt(folder: string, { step, settings }: OpenedScene): StepOf | object {
  return existsSync(path.join(folder, runFiles.model)) ? {} : { step, steps: settings.steps };
}

interface Shape {
  readonly width: number;
  readonly height: number;
}

/** What is said where pictures are of another shape than the path's or the photographs': they show more, nothing is stretched. */
function shapeNotes(size: Shape, shape: Shape): string[] {
  const aspect = shape.width / shape.height;
  const alike =
    Math.abs(size.width - size.height * aspect) <= 1 || Math.abs(size.height - size.width / aspect) <= 1;
  if (alike) return [];
  const where = size.width / size.height > aspect ? 'to the sides' : 'above and below';
  return [`shows more ${where} than the ${shape.width}x${shape.height} it has otherwise`];
}

async function pathOf(
  { train, origin, focus, up }: OpenedScene,
  camera: string | undefined,
  size: { width: number; height: number } | undefined,
): Promise<CameraPath & { readonly shape: Shape }> {
  const lens = train[0]!.intrinsics;
  if (camera === undefined) {
    const shrunk = Math.min(1, usualSide / Math.max(lens.width, lens.height));
    const usual = {
      width: Math.max(2, Math.round(shrunk * lens.width)),
      height: Math.max(2, Math.round(shrunk * lens.height)),
    };
    return { ...orbitPath({ views: train, focus, up }, size ?? usual), shape: usual };
  }
  const read = readCameraPath(await readJson(camera), camera, lens);
  const cameras = read.cameras.map(({ intrinsics, pose }) => ({
    // Paths are in the world of the scene's files.
    pose: movedPose(pose, origin),
    intrinsics: size === undefined ? intrinsics : reframe(intrinsics, size.width, size.height),
  }));
  return { cameras, fps: read.fps, shape: read.cameras[0]!.intrinsics };
}

const frameName = (i: number): string => `frame-${String(i + 1).padStart(5, '0')}.png`;

/** @throws OutputError where frames are there already */
async function refuseFrames(folder: string): Promise<void> {
  const frame = (await readdir(folder)).find((name) => /^frame-\d{5}\.png$/.test(name));
  if (frame !== undefined) throw existing(path.join(folder, frame));
}

async function removeFramesAfter(folder: string, count: number): Promise<void> {
  const last = frameName(count - 1);
  for (const name of await readdir(folder)) {
    if (/^frame-\d{5}\.png$/.test(name) && name > last) await rm(path.join(folder, name), { force: true });
  }
}

/** A flight or a mesh, by the options of the command line. */
export async function renderForCommand({ path: model, ...request }: Request): Promise<Rendered> {
  const { size, camera, mesh, resolution, format } = request.options;
  const flags = (options: object): string[] =>
    Object.entries(options).flatMap(([name, value]) => (value === undefined ? [] : [`--${name}`]));
  if (mesh === true) {
    const ofPictures = flags({ size, camera });
    if (ofPictures.length > 0) {
      throw new ArgumentError(`${ofPictures.join(', ')} is for pictures of a scene, --mesh for its surface.`);
    }
    const done = await renderSceneMesh({ model, ...(await meshOptions(request)) });
    const { file, seconds, ...data } = done;
    const { level, pieces, specks, origin } = done;
    const parts = `density ${level.toPrecision(3)}, ${pieces} piece${pieces === 1 ? '' : 's'}`;
    const left = specks === 0 ? '' : `, ${specks} speck${specks === 1 ? '' : 's'} left out`;
    const moved = origin.some((value) => value !== 0) ? `, positions less ${origin.join(' ')}` : '';
    return { file, seconds, words: `${meshSize(done)}, ${parts}${left}${moved}`, data };
  }
  const ofMeshes = flags({ resolution, format });
  if (ofMeshes.length > 0) {
    throw new ArgumentError(`${ofMeshes.join(', ')} is for meshes; --mesh makes one of a scene.`);
  }
  const { out, overwrite, signal, onProgress } = request;
  const [width, height] = typeof size === 'string' ? size.split('x').map(Number) : [];
  const done = await renderSceneModel({
    model,
    ...(typeof camera === 'string' ? { camera } : {}),
    ...present({ width, height, out, overwrite, signal, onProgress }),
  });
  const { file, seconds, ...data } = done;
  const frames = `${done.frames} frame${done.frames === 1 ? '' : 's'}`;
  const { step, steps, notes } = done;
  const at = step === undefined || steps === undefined ? [] : [`at ${stepWords({ step, steps })}`];
  return {
    file,
    seconds,
    words: [`${frames} of ${done.width}x${done.height}`, ...at, ...notes].join('; '),
    data,
  };
}
