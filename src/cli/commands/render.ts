// `evos render`: evaluates a trained model again: an image's on a pixel grid of any size, a mesh's on a grid as fine as
// one likes.
import { existsSync, statSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { InputError } from '../../core/index.js';
import { defineCommand, type Context } from '../command.js';
import { duration, shownPath } from '../format.js';
import { jsonLine } from '../json.js';
import { kinds } from '../kinds.js';
import { shareLine } from '../progress.js';
import { watchSignals } from '../stopping.js';
import { UsageError } from '../usage-error.js';

const side = z.int().min(1).max(65_535).optional();

/** The formats meshes are written in. */
export const meshFormats = ['glb', 'ply', 'obj', 'stl'] as const;

const controls = {
  out: z
    .string()
    .min(1)
    .optional()
    .describe('file to write (default: beside the model render.png, or mesh-RESOLUTION.glb)'),
  size: z
    .string()
    .regex(/^[1-9]\d{0,4}x[1-9]\d{0,4}$/, 'expected WxH in pixels, e.g. 1920x1080')
    .optional()
    .describe('image: width and height in pixels, WxH'),
  width: side.describe('image: width in pixels; the height follows unless given'),
  height: side.describe('image: height in pixels; the width follows unless given'),
  scale: z
    .number()
    .gt(0)
    .max(64)
    .optional()
    .describe('image: size as a multiple of the size it was trained at'),
  resolution: z
    .int()
    .min(4)
    .max(1024)
    .optional()
    .describe("mesh: cells along the cube's side (default: 256)"),
  format: z.enum(meshFormats).optional().describe('mesh: format (default: what --out ends in, else glb)'),
};

type Controls = z.output<z.ZodObject<typeof controls>>;

/** The command `render`. */
export const renderCommand = defineCommand({
  name: 'render',
  description: 'Render a trained model to an image of any size, or to a mesh as fine as you like',
  positional: { name: 'model', description: 'the folder of a run, or a model.onnx', required: true },
  controls,
  examples: [
    ['evos render runs/photo --scale 2', 'twice the size, to runs/photo/render.png'],
    ['evos render model.onnx --size 1920x1080', 'an exact size'],
    ['evos render runs/photo -o big.png', 'to a file of your choice'],
    ['evos render runs/bunny --resolution 512 --format ply', 'a finer mesh, to runs/bunny/mesh-512.ply'],
  ],
  async run({ input, controls: given }, context) {
    const { cwd } = context.env;
    checkTogether(given);
    const model = path.resolve(cwd, input ?? '');
    if (!existsSync(model)) throw new InputError(`${input}: there is no such file or folder.`);
    const { modelKind } = await context.env.recipes();
    const kind = (await modelKind(model)) === 'mesh' ? 'mesh' : 'image';
    checkKind(given, kind, input ?? '');
    return kind === 'mesh' ? renderMesh(model, given, context) : renderImage(model, given, context);
  },
});

/** Options that only one kind of model takes. */
const options = {
  image: ['size', 'width', 'height', 'scale'],
  mesh: ['resolution', 'format'],
} as const;

const flags = (given: Controls, keys: readonly (keyof Controls)[]): string[] =>
  keys.filter((key) => given[key] !== undefined).map((key) => `--${key}`);

/** Options that contradict one another, whatever the model is. */
function checkTogether(given: Controls): void {
  const ways = [
    ['--size', given.size !== undefined],
    ['--width/--height', given.width !== undefined || given.height !== undefined],
    ['--scale', given.scale !== undefined],
  ] as const;
  const used = ways.filter(([, chosen]) => chosen).map(([way]) => way);
  if (used.length > 1) throw new UsageError(`Give the size in one way; got ${used.join(' and ')}.`, 'render');
  const [ofImages, ofMeshes] = [flags(given, options.image), flags(given, options.mesh)];
  if (ofImages.length > 0 && ofMeshes.length > 0) {
    throw new UsageError(
      `${ofImages.join(', ')} is for images, ${ofMeshes.join(', ')} for meshes; a model is one or the other.`,
      'render',
    );
  }
}

/** Options of the other kind. */
function checkKind(given: Controls, kind: 'image' | 'mesh', input: string): void {
  const other = kind === 'mesh' ? 'image' : 'mesh';
  const foreign = flags(given, options[other]);
  if (foreign.length === 0) return;
  const instead =
    kind === 'mesh'
      ? "--resolution says how many cells lie along the cube's side"
      : '--scale or --size says how large the image is';
  throw new UsageError(
    `${foreign.join(', ')} is for models of ${kinds[other].several}; ${input} holds one of ${kinds[kind].one}: ${instead}.`,
    'render',
  );
}

async function renderImage(
  model: string,
  given: Controls,
  { env, screen, json, quiet }: Context,
): Promise<number> {
  const beside = statSync(model).isDirectory() ? model : path.dirname(model);
  const out = given.out === undefined ? path.join(beside, 'render.png') : path.resolve(env.cwd, given.out);
  const [sizeWidth, sizeHeight] = given.size?.split('x').map(Number) ?? [];
  const pixels = defined({
    width: given.width ?? sizeWidth,
    height: given.height ?? sizeHeight,
    scale: given.scale,
  });
  const done = await (await env.recipes()).renderModel({ model, out, ...pixels });
  if (json) screen.result(jsonLine({ type: 'rendered', ...done }));
  else if (!quiet) {
    screen.result(
      `${shownPath(done.file, env.cwd)}  ${done.width}x${done.height}  in ${duration(done.seconds)}`,
    );
  }
  return 0;
}

async function renderMesh(
  model: string,
  { out, resolution, format }: Controls,
  { env, screen, json, quiet }: Context,
): Promise<number> {
  const { renderMeshModel } = await env.recipes();
  const stopping = watchSignals(env, screen, 'Stopping; nothing is written. Ctrl-C again stops at once.');
  const onProgress = (share: number): void => {
    if (screen.due) screen.status(shareLine('render', 'extracting the mesh', share, screen.noteColumns));
  };
  try {
    const done = await renderMeshModel({
      model,
      ...(out === undefined ? {} : { out: path.resolve(env.cwd, out) }),
      ...(resolution === undefined ? {} : { resolution }),
      ...(format === undefined ? {} : { format }),
      signal: stopping.signal,
      onProgress,
    });
    if (json) screen.result(jsonLine({ type: 'rendered', ...done }));
    else if (!quiet) {
      const size = `${done.triangles.toLocaleString('en-GB')} triangles at ${done.resolution} cells`;
      screen.result(`${shownPath(done.file, env.cwd)}  ${size}  in ${duration(done.seconds)}`);
    }
    return 0;
  } catch (error) {
    // What was under way ends with the signal; that is no fault.
    if (stopping.code === undefined) throw error;
    return stopping.code;
  } finally {
    stopping.release();
    screen.clear();
  }
}

/** The entries that have a value. */
function defined(values: Record<'width' | 'height' | 'scale', number | undefined>) {
  const { width, height, scale } = values;
  return {
    ...(width === undefined ? {} : { width }),
    ...(height === undefined ? {} : { height }),
    ...(scale === undefined ? {} : { scale }),
  };
}
