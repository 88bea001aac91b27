// What can be done with a trained model: render it at any resolution, and say what it is.
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { ArgumentError, InputError } from '../../../core/index.js';
import { coordinateGrid, toDisplay, type Channels, type PixelRange } from '../../../image/index.js';
import { encodePng } from '../../../image/files/index.js';
import { createModelRunner, describeModel, type ModelDescription } from '../../../engine/index.js';
import type { ImageMetrics, MeshMetrics } from '../../runs/artifacts.js';
import { prepareFolder, readBytes, readJson, writeWhole } from '../../runs/files.js';
import { runFiles } from '../../runs/folder.js';

/** What `renderModel` takes. */
export interface RenderOptions {
  /** A run's folder or a model.onnx. */
  readonly model: string;
  /** Size of the picture; one side alone keeps the proportions. Default: the size it was trained at. */
  readonly width?: number;
  readonly height?: number;
  /** Or a factor on the size it was trained at. */
  readonly scale?: number;
  /** Where the PNG goes. */
  readonly out: string;
}

/** What an image model's metadata says, as far as rendering needs it. */
interface ImageModel {
  readonly bytes: Uint8Array;
  readonly size: { readonly width: number; readonly height: number; readonly channels: Channels };
  readonly range: PixelRange;
}

/** Most pixels a rendering may have: what a PNG of 4 channels fits into memory with room to spare. */
const mostPixels = 2 ** 28;

/**
 * Renders an image model to a PNG, also beyond the resolution it was trained at.
 * @throws InputError when the model is not an image model written by this package.
 */
export async function renderModel(
  options: RenderOptions,
): Promise<{ file: string; width: number; height: number; seconds: number }> {
  const start = performance.now();
  const model = await readImageModel(options.model);
  const { width, height } = renderSize(options, model.size);
  await prepareFolder(path.dirname(options.out));
  const { channels } = model.size;
  const runner = createModelRunner(model.bytes, { inputDim: 2, outputDim: channels });
  try {
    const values = await runner.run(coordinateGrid(width, height));
    await writeWhole(
      options.out,
      await encodePng(toDisplay(values, { width, height, channels }, model.range)),
    );
  } finally {
    await runner.dispose();
  }
  return { file: options.out, width, height, seconds: (performance.now() - start) / 1000 };
}

function renderSize(
  options: RenderOptions,
  trained: { readonly width: number; readonly height: number },
): { width: number; height: number } {
  const { scale } = options;
  if (scale !== undefined && (options.width !== undefined || options.height !== undefined)) {
    throw new ArgumentError('got both a scale and a size, expected one of them');
  }
  const aspect = trained.width / trained.height;
  const factor = scale ?? 1;
  const width =
    options.width ?? (options.height === undefined ? trained.width * factor : options.height * aspect);
  const height =
    options.height ?? (options.width === undefined ? trained.height * factor : options.width / aspect);
  const size = { width: Math.round(width), height: Math.round(height) };
  if (!(size.width >= 2 && size.height >= 2 && size.width * size.height <= mostPixels)) {
    throw new ArgumentError(
      `got a picture of ${size.width}×${size.height}, expected at least 2×2 and at most ${mostPixels} pixels`,
    );
  }
  return size;
}

/** A run's folder stands for the model in it. */
export async function modelPath(given: string): Promise<string> {
  const isFolder = await stat(given).then(
    (found) => found.isDirectory(),
    () => false,
  );
  return isFolder ? path.join(given, runFiles.model) : given;
}

/** The error for a model of another kind than was asked for. */
export function otherKind(file: string, kind: string | undefined, expected: string): InputError {
  const found = kind === undefined ? 'not a model written by evos' : `a model of kind "${kind}"`;
  return new InputError(`${file} is ${found}, expected ${expected}`);
}

/** What a model or a run's folder holds: `image`, `mesh`, or `unknown`. @throws InputError when it is no model. */
export async function modelKind(given: string): Promise<string> {
  const file = await modelPath(given);
  return describeModel(await readBytes(file), file).metadata['kind'] ?? 'unknown';
}

async function readImageModel(given: string): Promise<ImageModel> {
  const file = await modelPath(given);
  const bytes = await readBytes(file);
  const { metadata } = describeModel(bytes, file);
  if (metadata['kind'] !== 'image') {
    throw otherKind(
      file,
      metadata['kind'],
      'an image model such as a run of `evos fit photo.png` leaves behind',
    );
  }
  try {
    const size = JSON.parse(metadata['size'] ?? '') as ImageModel['size'];
    const range = JSON.parse(metadata['range'] ?? '') as PixelRange;
    return { bytes, size, range };
  } catch (cause) {
    throw new InputError(
      `${file} has damaged metadata: expected size and range as JSON; fit the image again`,
      {
        cause,
      },
    );
  }
}

/** What `inspectModel` tells. */
export interface Inspection {
  readonly path: string;
  /** `image`, `mesh`, or `unknown` for a model written elsewhere. */
  readonly kind: string;
  readonly model: Omit<ModelDescription, 'metadata'> & { readonly macsPerSample?: number };
  /** Metadata of the file, JSON values parsed. */
  readonly metadata: Readonly<Record<string, unknown>>;
  /** The figures of the run, when a run's folder was given. */
  readonly run?: ImageMetrics | MeshMetrics;
}

/** Says what a model or a run is. @throws InputError when it is neither. */
export async function inspectModel(given: string): Promise<Inspection> {
  const file = await modelPath(given);
  const { metadata, ...model } = describeModel(await readBytes(file), file);
  const macs = Number(metadata['macs_per_sample']);
  const inspection: Inspection = {
    path: file,
    kind: metadata['kind'] ?? 'unknown',
    model: macs > 0 ? { ...model, macsPerSample: macs } : model,
    metadata: Object.fromEntries(Object.entries(metadata).map(([key, value]) => [key, parsed(value)])),
  };
  if (file === given) return inspection;
  return {
    ...inspection,
    run: (await readJson(path.join(given, runFiles.metrics))) as ImageMetrics | MeshMetrics,
  };
}

function parsed(value: string): unknown {
  try {
    return JSON.parse(value) as unknown;
  } catch {
    return value;
  }
}
