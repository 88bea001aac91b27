// A mesh out of a trained model, at any resolution.
import path from 'node:path';
import { ArgumentError, InputError, type JsonValue } from '../../../core/index.js';
import {
  createModelRunner,
  createTrainer,
  decodeModel,
  decodeTensor,
  rebuildModel,
  type Model,
  type ModelDefinition,
} from '../../../engine/index.js';
import type { ExtractOptions, Frame } from '../../../sdf/index.js';
import type { MeshFormat } from '../../../sdf/files/index.js';
import { prepareFolder, readBytes, writeWhole } from '../../runs/files.js';
import { modelPath, otherKind } from '../../runs/model-file.js';
import type { Rendered, Request } from '../../runs/modality.js';

/** What `renderMeshModel` takes. */
export interface RenderMeshOptions {
  /** A run's folder or a model.onnx. */
  readonly model: string;
  /** Cells along the cube's side, 4–1024. Default: 256. */
  readonly resolution?: number;
  /** Where the mesh goes; the extension says the format. Default: `mesh-<resolution>` beside the model. */
  readonly out?: string;
  /** `glb`, the default, `ply`, `obj` or `stl`; the one that `out` says, where both are given. */
  readonly format?: MeshFormat;
  /** Ends the extraction. */
  readonly signal?: AbortSignal;
  /** Told the share that is done, from 0 to 1. */
  readonly onProgress?: (share: number) => void;
}

/** What it leaves. */
export interface RenderedMesh {
  readonly file: string;
  readonly vertices: number;
  readonly triangles: number;
  readonly resolution: number;
  readonly seconds: number;
}

/**
 * Extracts the mesh that a model holds, in the frame and units of the mesh it was fitted to.
 * @throws InputError when the model is not a mesh model written by this package; ArgumentError for options that cannot be
 */
export async function renderMeshModel(options: RenderMeshOptions): Promise<RenderedMesh> {
  const start = performance.now();
  // Loaded where it is needed: it brings three with it.
  const { extractDefaults, extractSurface, toMeshFrame } = await import('../../../sdf/index.js');
  const { encodeMesh, meshFormatOf } = await import('../../../sdf/files/index.js');
  const { resolution = extractDefaults.resolution, format, signal, onProgress } = options;
  const file = await modelPath(options.model);
  const out = options.out ?? path.join(path.dirname(file), `mesh-${resolution}.${options.format ?? 'glb'}`);
  const written = meshFormatOf(out);
  if (format !== undefined && format !== written) {
    throw new ArgumentError(
      `got the format ${format} for ${out}, which says ${written}; expected them to agree; give one of them`,
    );
  }
  const model = await readMeshModel(file);
  await prepareFolder(path.dirname(out));
  const network = evaluatorOf(model);
  try {
    const { mesh } = await extractSurface({
      evaluate: network.evaluate,
      resolution,
      ...(signal === undefined ? {} : { signal }),
      ...(onProgress === undefined ? {} : { onProgress: ({ share }) => onProgress(share) }),
    });
    await writeWhole(out, await encodeMesh(toMeshFrame(mesh, model.frame), written));
    return {
      file: out,
      vertices: mesh.positions.length / 3,
      triangles: mesh.triangles.length / 3,
      resolution,
      seconds: (performance.now() - start) / 1000,
    };
  } finally {
    await network.dispose();
  }
}

interface MeshModel {
  readonly bytes: Uint8Array;
  readonly content: Model;
  readonly frame: Frame;
  /** Kind and settings of the network. */
  readonly network: Readonly<Record<string, JsonValue>>;
}

async function readMeshModel(file: string): Promise<MeshModel> {
  const bytes = await readBytes(file);
  let content: Model;
  try {
    content = decodeModel(bytes);
  } catch (cause) {
    const problem = cause instanceof Error ? cause.message : String(cause);
    throw new InputError(`${file}: ${problem}; expected a file such as a run's model.onnx`, { cause });
  }
  const { metadata } = content;
  if (metadata['kind'] !== 'mesh') {
    throw otherKind(
      file,
      metadata['kind'],
      'a mesh model such as a run of `evos fit bunny.obj` leaves behind',
    );
  }
  try {
    const frame = JSON.parse(metadata['frame'] ?? '') as Frame;
    const network = JSON.parse(metadata['model'] ?? '') as MeshModel['network'];
    return { bytes, content, frame, network };
  } catch (cause) {
    throw new InputError(
      `${file} has damaged metadata: expected frame and model as JSON; fit the mesh again`,
      {
        cause,
      },
    );
  }
}

/** Asks the network; its threads end with `dispose`. */
interface Network {
  readonly evaluate: ExtractOptions['evaluate'];
  dispose(): Promise<void>;
}

/**
 * By the trainer's threads where the network is one that can be trained: its kernels look a grid up many times faster
 * than the exported graph does.
 */
function evaluatorOf({ bytes, content, network }: MeshModel): Network {
  const definition = definitionOf(network);
  if (definition === undefined) {
    const runner = createModelRunner(bytes, { inputDim: 3, outputDim: 1 });
    return { evaluate: (points) => runner.run(points), dispose: () => runner.dispose() };
  }
  const weights = new Map((content.graph.initializer ?? []).map((tensor) => [tensor.name, tensor]));
  const parameters = definition.parameters.map(({ name, count }) => {
    const tensor = weights.get(name);
    const data = tensor === undefined ? undefined : decodeTensor(tensor).data;
    if (data instanceof Float32Array && data.length === count) return data;
    throw new InputError(
      `the model has ${data === undefined ? 'no weights' : `${data.length} numbers`} by the name of ${name}, expected ` +
        `${count}; fit the mesh again`,
    );
  });
  const trainer = createTrainer({
    model: { ...definition, initialise: () => parameters },
    adam: { learningRate: 0 },
    seed: 0,
    device: 'cpu',
  });
  return { evaluate: (points) => trainer.predict(points), dispose: () => trainer.dispose() };
}

/** The network that a file's metadata describes; undefined where no backbone of the registry makes it. */
function definitionOf({ kind, ...settings }: MeshModel['network']): ModelDefinition | undefined {
  try {
    return rebuildModel(String(kind), settings);
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
  return {
    ...(out === undefined ? {} : { out }),
    ...(typeof resolution === 'number' ? { resolution } : {}),
    ...(known === undefined ? {} : { format: known }),
    ...(signal === undefined ? {} : { signal }),
    ...(onProgress === undefined ? {} : { onProgress }),
  };
}

/** The size of an extracted mesh in words. */
export const meshSize = ({ triangles, resolution }: Pick<RenderedMesh, 'triangles' | 'resolution'>): string =>
  `${triangles.toLocaleString('en-GB')} triangles at ${resolution} cells`;

/** `renderMeshModel` by the options of the command line. */
export async function renderForCommand({ path: model, ...request }: Request): Promise<Rendered> {
  const done = await renderMeshModel({ model, ...(await meshOptions(request)) });
  const { file, seconds, ...data } = done;
  return { file, seconds, words: meshSize(done), data };
}
