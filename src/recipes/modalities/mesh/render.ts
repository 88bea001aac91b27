// A mesh out of a trained model, at any resolution.
import path from 'node:path';
import { z } from 'zod';
import { ArgumentError, InputError, type JsonValue } from '../../../core/index.js';
import { present } from '../../../core/present.js';
import {
  createModelRunner,
  createTrainer,
  decodeModel,
  decodeTensor,
  rebuildModel,
  type ModelDefinition,
} from '../../../engine/index.js';
import type { ExtractOptions, TriangleMesh } from '../../../sdf/index.js';
import type { MeshFormat } from '../../../sdf/files/index.js';
import { prepareOutput, writeWhole } from '../../runs/files.js';
import { modelPath, readModel } from '../../runs/model-file.js';
import type { Rendered, Request, Waiting } from '../../runs/modality.js';
import { meshModality } from './modality.js';

/** What `renderMeshModel` takes. */
export interface RenderMeshOptions extends Waiting {
  /** A run's folder or a model.onnx. */
  readonly model: string;
  /** Cells along the cube's side, 4–1024. Default: 256. */
  readonly resolution?: number;
  /** Where the mesh goes; the extension says the format. Default: `mesh-<resolution>` beside the model. */
  readonly out?: string;
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
  const file = await modelPath(options.model);
  const target = await meshTarget(path.dirname(file), resolution, options);
  const { bytes, fields } = await readModel(file, meshModality, meshModel);
  await prepareOutput(target.file);
  const network = evaluatorOf(file, bytes, fields.model);
  try {
    const { mesh } = await extractSurface({
      evaluate: network.evaluate,
      resolution,
      ...present({ signal }),
      onProgress: ({ share }) => onProgress?.(share),
    });
    const near = nearFrame(fields.frame);
    const size = await target.write(toMeshFrame(mesh, near.frame, near.origin));
    return { ...size, resolution, seconds: (performance.now() - start) / 1000 };
  } finally {
    await network.dispose();
  }
}

/**
 * Where a mesh goes, and how it is written.
 * @param folder where it goes unless `out` says otherwise
 * @throws ArgumentError where `out` and `format` disagree
 */
export async function meshTarget(
  folder: string,
  resolution: number,
  { out, format }: Pick<RenderMeshOptions, 'out' | 'format'>,
) {
  // Loaded where it is needed: it brings three with it.
  const { encodeMesh, exportNotes, meshFormatOf } = await import('../../../sdf/files/index.js');
  const file = out ?? path.join(folder, `mesh-${resolution}.${format ?? 'glb'}`);
  const written = meshFormatOf(file);
  if (format !== undefined && format !== written) {
    throw new ArgumentError(
      `got the format ${format} for ${file}, which says ${written}; expected them to agree; give one of them`,
    );
  }
  return {
    file,
    async write(mesh: TriangleMesh, options?: Parameters<typeof encodeMesh>[2]) {
      await writeWhole(file, await encodeMesh(mesh, written, options));
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
  frame: z.object({ center: z.tuple([z.number(), z.number(), z.number()]), scale: z.number().gt(0) }),
  /** Kind and settings of the network. */
  model: z.object({ kind: z.string(), inputDim: z.literal(3), outputDim: z.literal(1) }).catchall(z.json()),
};

type NetworkRecord = z.output<typeof meshModel.model>;

/** Asks the network; its threads end with `dispose`. */
interface Network {
  readonly evaluate: ExtractOptions['evaluate'];
  dispose(): Promise<void>;
}

/**
 * By the trainer's threads where the network is one that can be trained: its kernels look a grid up many times faster
 * than the exported graph does.
 */
function evaluatorOf(file: string, bytes: Uint8Array, { kind, ...settings }: NetworkRecord): Network {
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
export async function meshOptions({ options, out, signal, onProgress }: Omit<Request, 'path'>) {
  const { meshFormats } = await import('../../../sdf/files/index.js');
  const { resolution, format } = options;
  const known = meshFormats.find((each) => each === format);
  const cells = typeof resolution === 'number' ? { resolution } : {};
  return { ...present({ out, format: known, signal, onProgress }), ...cells };
}

/** The size of an extracted mesh in words. */
export const meshSize = ({ triangles, resolution }: Pick<RenderedMesh, 'triangles' | 'resolution'>): string =>
  `${triangles.toLocaleString('en-GB')} triangles at ${resolution} cells`;

/** `renderMeshModel` by the options of the command line. */
export async function renderForCommand({ path: model, ...request }: Request): Promise<Rendered> {
  const done = await renderMeshModel({ model, ...(await meshOptions(request)) });
  const { file, seconds, ...data } = done;
  return { file, seconds, words: [meshSize(done), ...done.notes].join('; '), data };
}
