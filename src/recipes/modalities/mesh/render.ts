// A mesh out of a trained model, at any resolution.
import path from 'node:path';
import { z } from 'zod';
import { ArgumentError, InputError } from '../../../core/errors.js';
import type { JsonValue } from '../../../core/index.js';
import { present } from '../../../core/present.js';
import {
  createModelRunner,
  createTrainer,
  decodeModel,
  decodeTensor,
  exportModel,
  rebuildModel,
  type ModelDefinition,
} from '../../../engine/index.js';
import type { ExtractOptions, TriangleMesh } from '../../../sdf/index.js';
import type { MeshFormat } from '../../../sdf/files/index.js';
import { modelPath, readModel } from '../../runs/models/model-file.js';
import type { Rendered, Request, Waiting } from '../../runs/modality.js';
import { networkOf } from '../../runs/models/network.js';
import { plainNetwork } from '../../runs/models/network-file.js';
import { outputFile, type OutputPlace } from '../output-file.js';
import { readStopped, stepWords, storedParameters, type OpenedModel } from '../stopped.js';
import { meshModality } from './modality.js';

/** What `renderMeshModel` takes. */
export interface RenderMeshOptions extends OutputPlace, Waiting {
  /** A run's folder or a model.onnx; of a run that was stopped, what its last checkpoint has. */
  readonly model: string;
  /** Cells along the cube's side, 4–1024. Default: 256. */
  readonly resolution?: number;
  /**
   * Where the mesh goes; the extension says the format. Default: `mesh-<resolution>` beside the model, with a number if that
   * is there already.
   */
  readonly out?: string;
  /** Write over a file that is there already; otherwise that is an error where `out` names it. */
  readonly overwrite?: boolean;
  /** `glb`, the default, `ply`, `obj` or `stl`; the one that `out` says, where both are given. */
  readonly format?: MeshFormat;
}

/** What it leaves. */
export interface RenderedMesh {
  readonly file: string;
  readonly vertices: number;
  readonly triangles: number;
  readonly resolution: number;
  readonly seconds: number;
  /** Of a run that was stopped: the step it is at, and how many it is to have. */
  readonly step?: number;
  readonly steps?: number;
  /** What the format cannot keep, a sentence each. */
  readonly notes: readonly string[];
}

/**
 * Extracts the mesh that a model holds, in the frame and units of the mesh it was fitted to.
 * @throws InputError when the model is not a mesh model written by this package; ArgumentError for options that cannot be
 */
export async function renderMeshModel(options: RenderMeshOptions): Promise<RenderedMesh> {
  const start = performance.now();
  // Loaded where it is needed: it brings three with it.
  const { extractDefaults, extractSurface, nearFrame, toMeshFrame } = await import('../../../sdf/index.js');
  const { resolution = extractDefaults.resolution, signal, onProgress } = options;
  const { bytes, frame, model, name, folder, at } = await openModel(options.model);
  const target = await meshTarget(folder, resolution, options);
  const network = evaluatorOf(name, bytes, model);
  try {
    const { mesh } = await extractSurface({
      evaluate: network.evaluate,
      resolution,
      ...present({ signal }),
      onProgress: ({ share }) => onProgress?.(share),
    });
    const near = nearFrame(frame);
    const size = await target.write(toMeshFrame(mesh, near.frame, near.origin));
    return { ...size, resolution, ...at, seconds: (performance.now() - start) / 1000 };
  } finally {
    await network.dispose();
  }
}

/** A model file, or what the last checkpoint of a run without one has. */
async function openModel(given: string): Promise<MeshModel & OpenedModel> {
  const stopped = await readStopped(meshModality, given);
  if (stopped === undefined) {
    const file = await modelPath(given);
    const { bytes, fields } = await readModel(file, meshModality, meshModel);
    const plain = plainNetwork(bytes, fields.model, file);
    return { ...fields, bytes: plain, name: file, folder: path.dirname(file) };
  }
  const { folder, settings, checkpoint, info, network: own, at } = stopped;
  const network = networkOf(settings, { inputDim: 3, outputDim: 1 }, own);
  const bytes = exportModel(network, storedParameters(checkpoint, network), {});
  const model = { kind: network.kind, ...network.settings, inputDim: 3, outputDim: 1 } as const;
  return { bytes, frame: info.frame, model, name: folder, folder, at };
}

/**
 * Where a mesh goes, and how it is written; its folder is made ready.
 * @param folder where it goes unless `out` says otherwise
 * @throws ArgumentError where `out` and `format` disagree; OutputError where `out` is there already
 */
export async function meshTarget(
  folder: string,
  resolution: number,
  { out, format, overwrite }: Pick<RenderMeshOptions, 'out' | 'format' | 'overwrite'>,
) {
  // Loaded where it is needed: it brings three with it.
  const { encodeMesh, exportNotes, meshFormatOf } = await import('../../../sdf/files/index.js');
  const usual = path.join(folder, `mesh-${resolution}.${format ?? 'glb'}`);
  const written = meshFormatOf(out ?? usual);
  if (format !== undefined && format !== written) {
    throw new ArgumentError(
      `got the format ${format} for ${out ?? usual}, which says ${written}; expected them to agree; give one of them`,
    );
  }
  const target = await outputFile(usual, { out, overwrite });
  return {
    async write(mesh: TriangleMesh, options?: Parameters<typeof encodeMesh>[2]) {
      const file = await target.write(await encodeMesh(mesh, written, options));
      return {
        file,
        vertices: mesh.positions.length / 3,
        triangles: mesh.triangles.length / 3,
        notes: exportNotes(mesh, written),
      };
    },
  };
}

/** What a mesh model's metadata says, as far as rendering needs it. */
const meshModel = {
  frame: z.object({
    center: z.tuple([z.number(), z.number(), z.number()]).readonly(),
    scale: z.number().gt(0),
  }),
  /** Kind and settings of the network. */
  model: z.object({ kind: z.string(), inputDim: z.literal(3), outputDim: z.literal(1) }).catchall(z.json()),
};

type MeshModel = z.output<z.ZodObject<typeof meshModel>>;

/** Asks the network; its threads end with `dispose`. */
interface Network {
  readonly evaluate: ExtractOptions['evaluate'];
  dispose(): Promise<void>;
}

/**
 * By the trainer's threads where the network is one that can be trained: its kernels look a grid up many times faster
 * than the exported graph does.
 */
function evaluatorOf(file: string, bytes: Uint8Array, { kind, ...settings }: MeshModel['model']): Network {
  const definition = definitionOf(kind, settings);
  if (definition === undefined) {
    const runner = createModelRunner(bytes, { inputDim: 3, outputDim: 1, name: file });
    return { evaluate: (points) => runner.run(points), dispose: () => runner.dispose() };
  }
  const parameters = weightsOf(file, bytes, definition);
  const trainer = createTrainer({
    model: { ...definition, initialise: () => parameters },
    adam: { learningRate: 0 },
    seed: 0,
    device: 'cpu',
  });
  return { evaluate: (points) => trainer.predict(points), dispose: () => trainer.dispose() };
}

/** The weights in a model file. @throws InputError when it has others than its network needs */
function weightsOf(file: string, bytes: Uint8Array, { parameters }: ModelDefinition): Float32Array[] {
  const tensors = new Map(
    (decodeModel(bytes).graph.initializer ?? []).map((tensor) => [tensor.name, tensor]),
  );
  return parameters.map(({ name, count }) => {
    const tensor = tensors.get(name);
    const data = tensor === undefined ? undefined : decodeTensor(tensor, `${file}: tensor "${name}"`).data;
    if (data instanceof Float32Array && data.length === count && data.every(Number.isFinite)) return data;
    throw new InputError(
      `${file} is damaged: expected ${count} finite numbers as the weights ${name}; fit the mesh again`,
    );
  });
}

/** The network that a file's metadata describes; undefined where no backbone of the registry makes it. */
function definitionOf(
  kind: string,
  settings: Readonly<Record<string, JsonValue>>,
): ModelDefinition | undefined {
  try {
    return rebuildModel(kind, settings);
  } catch (error) {
    if (error instanceof ArgumentError) return undefined;
    throw error;
  }
}

/** The options of the command line for whatever makes a mesh. @throws ArgumentError for a format there is not */
export async function meshOptions({ options, out, overwrite, signal, onProgress }: Omit<Request, 'path'>) {
  const { meshFormats } = await import('../../../sdf/files/index.js');
  const { resolution, format } = options;
  const known = meshFormats.find((each) => each === format);
  const cells = typeof resolution === 'number' ? { resolution } : {};
  return { ...present({ out, overwrite, format: known, signal, onProgress }), ...cells };
}

/** The size of an extracted mesh in words, and the step of a run that was stopped. */
export function meshSize({
  triangles,
  resolution,
  step,
  steps,
}: Pick<RenderedMesh, 'triangles' | 'resolution' | 'step' | 'steps'>): string {
  const size = `${triangles.toLocaleString('en-GB')} triangles at ${resolution} cells`;
  return step === undefined || steps === undefined ? size : `${size}, at ${stepWords({ step, steps })}`;
}

/** `renderMeshModel` by the options of the command line. */
export async function renderForCommand({ path: model, ...request }: Request): Promise<Rendered> {
  const done = await renderMeshModel({ model, ...(await meshOptions(request)) });
  const { file, seconds, ...data } = done;
  return { file, seconds, words: [meshSize(done), ...done.notes].join('; '), data };
}
