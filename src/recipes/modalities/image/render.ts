// Renders an image model at any resolution.
import path from 'node:path';
import { z } from 'zod';
import { ArgumentError } from '../../../core/errors.js';
import { present } from '../../../core/present.js';
import { coordinateStretch, createImage, createPixelPool, toSamples } from '../../../image/index.js';
import { encodePng, loadImage } from '../../../image/files/index.js';
import { backbones, createModelRunner, exportModel } from '../../../engine/index.js';
import { modelPath, readModel } from '../../runs/models/model-file.js';
import type { Rendered, Request, Waiting } from '../../runs/modality.js';
import { networkOf } from '../../runs/models/network.js';
import { plainNetwork } from '../../runs/models/network-file.js';
import { outputFile, type OutputPlace } from '../output-file.js';
import { readStopped, stepWords, storedParameters, type OpenedModel } from '../stopped.js';
import { imageModality } from './modality.js';
import { imageFiles } from './artifacts.js';
import { gridBackbones } from './presets.js';

/** What `renderModel` takes. */
export interface RenderOptions extends OutputPlace, Waiting {
  /** A run's folder or a model.onnx; of a run that was stopped, what its last checkpoint has. */
  readonly model: string;
  /** Size of the picture; one side alone keeps the proportions. Default: the size it was trained at. */
  readonly width?: number;
  readonly height?: number;
  /** Or a factor on the size it was trained at. */
  readonly scale?: number;
  /** Where the PNG goes. Default: `render-<width>x<height>.png` beside the model, with a number if that is there already. */
  readonly out?: string;
  /** Write over a file that is there already; otherwise that is an error where `out` names it. */
  readonly overwrite?: boolean;
}

/** What it leaves. */
export interface RenderedImage {
  readonly file: string;
  readonly width: number;
  readonly height: number;
  readonly seconds: number;
  /** Of a run that was stopped: the step it is at, and how many it is to have. */
  readonly step?: number;
  readonly steps?: number;
  /** What is not as it was trained, a sentence each. */
  readonly notes: readonly string[];
}

/** What an image model's metadata says, as far as rendering needs it. */
const imageModel = {
  size: z.object({
    width: z.int().min(1),
    height: z.int().min(1),
    channels: z.union([z.literal(1), z.literal(3), z.literal(4)]),
  }),
  range: z.object({ min: z.number(), max: z.number() }),
  /** Kind and settings of the network. */
  model: z.looseObject({ kind: z.string() }),
};

type ImageModel = z.output<z.ZodObject<typeof imageModel>>;

/** Coordinates asked for at a time: enough for all cores, few enough to show progress and to stop soon. */
const pixelsPerChunk = 2 ** 17;

/** Most pixels a rendering may have: what a PNG of 4 channels fits into memory with room to spare. */
const mostPixels = 2 ** 28;

/**
 * Renders an image model to a PNG, also beyond the resolution it was trained at.
 * @throws InputError when the model is not an image model written by this package.
 */
export async function renderModel(options: RenderOptions): Promise<RenderedImage> {
  const start = performance.now();
  const { signal, onProgress } = options;
  const model = await openModel(options.model);
  const { width, height } = renderSize(options, model.size);
  checkPlaces(model, { width, height });
  const target = await outputFile(path.join(model.folder, `render-${width}x${height}.png`), options);
  const { channels } = model.size;
  const runner = createModelRunner(model.bytes, { inputDim: 2, outputDim: channels, name: model.name });
  try {
    const data = new Uint8Array(width * height * channels);
    for (let from = 0; from < width * height; from += pixelsPerChunk) {
      signal?.throwIfAborted();
      const to = Math.min(width * height, from + pixelsPerChunk);
      const values = await runner.run(coordinateStretch(width, height, from, to));
      toSamples(values, model.range, data.subarray(channels * from, channels * to));
      onProgress?.(to / (width * height));
    }
    const file = await target.write(await encodePng(createImage({ width, height, channels }, data)));
    const seconds = (performance.now() - start) / 1000;
    const notes = [...shapeNotes({ width, height }, model.size), ...betweenNotes(model, { width, height })];
    return { file, width, height, seconds, ...model.at, notes };
  } finally {
    await runner.dispose();
  }
}

/** A model file, or what the last checkpoint of a run without one has. */
async function openModel(given: string): Promise<ImageModel & OpenedModel> {
  const stopped = await readStopped(imageModality, given);
  if (stopped === undefined) {
    const file = await modelPath(given);
    const { bytes, fields } = await readModel(file, imageModality, imageModel);
    const plain = plainNetwork(bytes, fields.model, file);
    return { ...fields, bytes: plain, name: file, folder: path.dirname(file) };
  }
  const { folder, settings, checkpoint, network: own, at } = stopped;
  const pool = createPixelPool(await loadImage(path.join(folder, imageFiles.target)));
  const { width, height, channels, shape } = pool;
  const network = networkOf(settings, { inputDim: pool.inputDim, outputDim: pool.targetDim, shape }, own);
  const bytes = exportModel(network, storedParameters(checkpoint, network), {});
  const size = { width, height, channels };
  const model = { kind: network.kind };
  return { bytes, size, range: pool.range, model, name: folder, folder, at };
}

/** What is said where a picture is not of the shape it was trained in; a pixel of rounding is none. */
function shapeNotes(size: ImageSize, trained: ImageSize): string[] {
  const aspect = trained.width / trained.height;
  const alike =
    Math.abs(size.width - size.height * aspect) <= 1 || Math.abs(size.height - size.width / aspect) <= 1;
  if (alike) return [];
  return [`stretched: the model was trained on ${trained.width}x${trained.height}`];
}

/** What is said of places between the pixels, where a network has learnt little of them. */
function betweenNotes({ model: { kind }, size }: ImageModel, { width, height }: ImageSize): string[] {
  if (!gridBackbones.includes(kind) || (width <= size.width && height <= size.height)) return [];
  return [
    'a grid knows little between the pixels that it was trained on: bicubic enlargement comes closer to the original ' +
      '(by 1.1 to 2.4 dB on three pictures at twice their size); --backbone siren comes as close as that',
  ];
}

type ImageSize = Pick<ImageModel['size'], 'width' | 'height'>;

/** @throws ArgumentError for another size, where a network knows the pixels that it was trained on and no place between */
function checkPlaces({ model: { kind }, size }: ImageModel, { width, height }: ImageSize): void {
  if (width === size.width && height === size.height) return;
  const backbone = backbones().find(({ name }) => name === kind);
  if (backbone?.needs.includes('lattice') !== true) return;
  throw new ArgumentError(
    `got a picture of ${width}×${height}, expected ${size.width}×${size.height}: the backbone ${backbone.name} knows the pixels ` +
      'that it was trained on and no place between them; render it at that size and resize the picture, or fit another backbone',
  );
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

/** `renderModel` by the options of the command line. */
export async function renderForCommand({ path: model, options, ...request }: Request): Promise<Rendered> {
  const { size, width, height, scale } = options;
  const ways = { '--size': size, '--width/--height': width ?? height, '--scale': scale };
  const used = Object.entries(ways).flatMap(([way, value]) => (value === undefined ? [] : [way]));
  if (used.length > 1) throw new ArgumentError(`Give the size in one way; got ${used.join(' and ')}.`);
  const [sizeWidth, sizeHeight] = typeof size === 'string' ? size.split('x').map(Number) : [];
  const pixels = { width: width ?? sizeWidth, height: height ?? sizeHeight, scale };
  const known = Object.entries(pixels).filter(
    (entry): entry is [string, number] => typeof entry[1] === 'number',
  );
  const { out, overwrite, signal, onProgress } = request;
  const done = await renderModel({
    model,
    ...present({ out, overwrite, signal, onProgress }),
    ...Object.fromEntries(known),
  });
  const { file, seconds, ...data } = done;
  const { step, steps, notes } = done;
  const at = step !== undefined && steps !== undefined ? [`at ${stepWords({ step, steps })}`] : [];
  return { file, seconds, words: [`${done.width}x${done.height}`, ...at, ...notes].join('; '), data };
}
