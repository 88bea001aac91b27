// `evos render`: evaluates a trained model again: an image's on a pixel grid of any size, a mesh's on a grid as fine as
// one likes, a scene's from the cameras of a path.
import { existsSync, statSync } from 'node:fs';
import path from 'node:path';
import { choice, integer, number, text, toggle } from '../../core/settings.js';
import { InputError } from '../../core/index.js';
import { defineCommand, type Context, type Typed } from '../command.js';
import { duration, shownPath } from '../format.js';
import { jsonLine } from '../json.js';
import { kindOfRun, type RunKind } from '../../recipes/runs/folder.js';
import { kindNames, kinds } from '../kinds.js';
import { shareLine } from '../progress.js';
import { watchSignals } from '../stopping.js';
import { UsageError } from '../usage-error.js';

/** The formats meshes are written in. */
export const meshFormats = ['glb', 'ply', 'obj', 'stl'] as const;

const controls = {
  /**
   * File to write (default: beside the model render.png, render.webp of a scene, or mesh-RESOLUTION.glb); of a scene also
   * a .png, or a folder for a PNG per frame.
   */
  out: text({ default: undefined }),
  /** Image, scene: width and height in pixels, WxH. */
  size: text({
    form: { pattern: /^[1-9]\d{0,4}x[1-9]\d{0,4}$/, expected: 'WxH in pixels, e.g. 1920x1080' },
    default: undefined,
  }),
  /** Image: width in pixels; the height follows unless given. */
  width: integer({ min: 1, max: 65_535, default: undefined }),
  /** Image: height in pixels; the width follows unless given. */
  height: integer({ min: 1, max: 65_535, default: undefined }),
  /** Image: size as a multiple of the size it was trained at. */
  scale: number({ above: 0, max: 64, default: undefined }),
  /** Mesh, scene with --mesh: cells along the cube's side (default: 256). */
  resolution: integer({ min: 4, max: 1024, default: undefined }),
  /** Mesh, scene with --mesh: format (default: what --out ends in, else glb). */
  format: choice(meshFormats, undefined),
  /**
   * Scene: the camera path, nerfstudio's camera_path.json or frames as in transforms.json, in the world of the scene's
   * files (default: once round the scene).
   */
  camera: text({ default: undefined }),
  /** Scene: the surface of its density as a coloured mesh. */
  mesh: toggle(false),
};

type Controls = Typed<typeof controls>;

/** The command `render`. */
export const renderCommand = defineCommand({
  name: 'render',
  description:
    'Render a trained model: to an image of any size, a mesh as fine as you like, a flight through a scene',
  positional: { name: 'model', description: 'the folder of a run, or a model.onnx', required: true },
  controls,
  examples: [
    ['evos render runs/photo --scale 2', 'twice the size, to runs/photo/render.png'],
    ['evos render model.onnx --size 1920x1080', 'an exact size'],
    ['evos render runs/photo -o big.png', 'to a file of your choice'],
    ['evos render runs/bunny --resolution 512 --format ply', 'a finer mesh, to runs/bunny/mesh-512.ply'],
    ['evos render runs/fox --size 540x960', 'round a scene, to runs/fox/render.webp'],
    ['evos render runs/fox --camera path.json -o frames', 'a PNG for each camera of a path, to frames/'],
    ['evos render runs/fox --mesh', 'the surface of its density, to runs/fox/mesh-256.glb'],
  ],
  async run({ input, controls: given }, context) {
    const { cwd } = context.env;
    checkTogether(given);
    const model = path.resolve(cwd, input ?? '');
    if (!existsSync(model)) throw new InputError(`${input}: there is no such file or folder.`);
    const kind = await kindOf(model, context);
    checkKind(given, kind, input ?? '');
    if (kind === 'scene') return renderScene(model, given, context);
    return kind === 'mesh' ? renderMesh(model, given, context) : renderImage(model, given, context);
  },
});

/** Of a scene a run that has no model yet can be rendered, from its checkpoint. */
async function kindOf(model: string, { env }: Context): Promise<RunKind> {
  if (kindOfRun(model) === 'scene') return 'scene';
  const { modelKind } = await env.recipes();
  const kind = await modelKind(model);
  return kind === 'mesh' || kind === 'scene' ? kind : 'image';
}

/** Options that not every kind of model takes. */
const options = {
  image: ['size', 'width', 'height', 'scale'],
  mesh: ['resolution', 'format'],
  scene: ['size', 'camera', 'mesh', 'resolution', 'format'],
} as const satisfies Record<RunKind, readonly (keyof Controls)[]>;

const flags = (given: Controls, keys: readonly (keyof Controls)[]): string[] =>
  keys.filter((key) => given[key] !== undefined && given[key] !== false).map((key) => `--${key}`);

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
  const ofPictures = flags(given, ['size', 'camera']);
  if (given.mesh && ofPictures.length > 0) {
    throw new UsageError(
      `${ofPictures.join(', ')} is for pictures of a scene, --mesh for its surface.`,
      'render',
    );
  }
}

const instead: Readonly<Record<RunKind, string>> = {
  image: '--scale or --size says how large the image is',
  mesh: "--resolution says how many cells lie along the cube's side",
  scene: '--size says how large its pictures are, --mesh makes a mesh of it',
};

/** Options of other kinds. */
function checkKind(given: Controls, kind: RunKind, input: string): void {
  const takes: readonly (keyof Controls)[] = options[kind];
  for (const other of kindNames) {
    const foreign = flags(
      given,
      options[other].filter((key) => !takes.includes(key)),
    );
    if (foreign.length === 0) continue;
    throw new UsageError(
      `${foreign.join(', ')} is for models of ${kinds[other].several}; ${input} holds one of ${kinds[kind].one}: ` +
        `${instead[kind]}.`,
      'render',
    );
  }
  const ofMeshes = flags(given, options.mesh);
  if (kind === 'scene' && !given.mesh && ofMeshes.length > 0) {
    throw new UsageError(`${ofMeshes.join(', ')} is for meshes; --mesh makes one of a scene.`, 'render');
  }
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

async function renderMesh(model: string, given: Controls, context: Context): Promise<number> {
  const { renderMeshModel } = await context.env.recipes();
  return untilStopped('extracting the mesh', context, async (waiting) => {
    const done = await renderMeshModel({ model, ...meshOptions(given, context), ...waiting });
    tell(done, `${meshSize(done)}  in ${duration(done.seconds)}`, context);
  });
}

async function renderScene(model: string, given: Controls, context: Context): Promise<number> {
  const { renderSceneModel, renderSceneMesh } = await context.env.recipes();
  if (given.mesh) {
    return untilStopped('extracting the mesh', context, async (waiting) => {
      const done = await renderSceneMesh({ model, ...meshOptions(given, context), ...waiting });
      const { level, pieces, specks } = done;
      const parts = `density ${level.toPrecision(3)}, ${pieces} piece${pieces === 1 ? '' : 's'}`;
      const left = specks === 0 ? '' : `, ${specks} speck${specks === 1 ? '' : 's'} left out`;
      tell(done, `${meshSize(done)}, ${parts}${left}  in ${duration(done.seconds)}`, context);
    });
  }
  const { cwd } = context.env;
  const [width, height] = given.size?.split('x').map(Number) ?? [];
  return untilStopped('rendering', context, async (waiting) => {
    const done = await renderSceneModel({
      model,
      ...(given.camera === undefined ? {} : { camera: path.resolve(cwd, given.camera) }),
      ...(width === undefined || height === undefined ? {} : { width, height }),
      ...(given.out === undefined ? {} : { out: path.resolve(cwd, given.out) }),
      ...waiting,
    });
    const frames = `${done.frames} frame${done.frames === 1 ? '' : 's'}`;
    tell(done, `${frames} of ${done.width}x${done.height}  in ${duration(done.seconds)}`, context);
  });
}

function meshOptions({ out, resolution, format }: Controls, { env }: Context) {
  return {
    ...(out === undefined ? {} : { out: path.resolve(env.cwd, out) }),
    ...(resolution === undefined ? {} : { resolution }),
    ...(format === undefined ? {} : { format }),
  };
}

const meshSize = ({ triangles, resolution }: { triangles: number; resolution: number }): string =>
  `${triangles.toLocaleString('en-GB')} triangles at ${resolution} cells`;

function tell(done: { readonly file: string }, said: string, { env, screen, json, quiet }: Context): void {
  if (json) screen.result(jsonLine({ type: 'rendered', ...done }));
  else if (!quiet) screen.result(`${shownPath(done.file, env.cwd)}  ${said}`);
}

/** What long work is given. */
interface Waiting {
  readonly signal: AbortSignal;
  readonly onProgress: (share: number) => void;
}

/** Long work with its share on the status line, which a signal ends. */
async function untilStopped(
  doing: string,
  { env, screen }: Context,
  work: (waiting: Waiting) => Promise<void>,
): Promise<number> {
  const stopping = watchSignals(env, screen, 'Stopping; nothing is written. Ctrl-C again stops at once.');
  const onProgress = (share: number): void => {
    if (screen.due) screen.status(shareLine('render', doing, share, screen.noteColumns));
  };
  try {
    await work({ signal: stopping.signal, onProgress });
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
