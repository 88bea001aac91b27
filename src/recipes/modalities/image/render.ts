// Renders an image model at any resolution.
import path from 'node:path';
import { ArgumentError } from '../../../core/index.js';
import { coordinateGrid, toDisplay, type Channels, type PixelRange } from '../../../image/index.js';
import { encodePng } from '../../../image/files/index.js';
import { backbones, createModelRunner } from '../../../engine/index.js';
import { prepareOutput, writeWhole } from '../../runs/files.js';
import { modelPath, readModel } from '../../runs/model-file.js';
import type { Rendered, Request } from '../../runs/modality.js';
import { imageModality } from './modality.js';

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
  readonly size: { readonly width: number; readonly height: number; readonly channels: Channels };
  readonly range: PixelRange;
  /** Kind and settings of the network. */
  readonly model: { readonly kind?: string };
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
  const model = await readModel<ImageModel>(await modelPath(options.model), imageModality, [
    ...(['size', 'range', 'model'] as const),
  ]);
  const { width, height } = renderSize(options, model.size);
  checkPlaces(model, { width, height });
  await prepareOutput(options.out);
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

/** @throws ArgumentError for another size, where a network knows the pixels that it was trained on and no place between */
function checkPlaces(
  { model: { kind }, size }: ImageModel,
  { width, height }: { readonly width: number; readonly height: number },
): void {
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
export async function renderForCommand({ path: model, options, out }: Request): Promise<Rendered> {
  const { size, width, height, scale } = options;
  const ways = { '--size': size, '--width/--height': width ?? height, '--scale': scale };
  const used = Object.entries(ways).flatMap(([way, value]) => (value === undefined ? [] : [way]));
  if (used.length > 1) throw new ArgumentError(`Give the size in one way; got ${used.join(' and ')}.`);
  const [sizeWidth, sizeHeight] = typeof size === 'string' ? size.split('x').map(Number) : [];
  const pixels = { width: width ?? sizeWidth, height: height ?? sizeHeight, scale };
  const known = Object.entries(pixels).filter(
    (entry): entry is [string, number] => typeof entry[1] === 'number',
  );
  const file = await modelPath(model);
  const done = await renderModel({
    model,
    out: out ?? path.join(path.dirname(file), 'render.png'),
    ...Object.fromEntries(known),
  });
  const { file: written, seconds, ...data } = done;
  return { file: written, seconds, words: `${done.width}x${done.height}`, data };
}
