// The network of a file, where a run trains one in place of a backbone's: read and imported once, kept in the run's folder so that
// the run can go on when the original has moved or changed, and written back with its trained weights.
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { ConfigError, EvosError, InputError, ResumeError } from '../../../core/errors.js';
import { createRandom } from '../../../core/numeric/random.js';
import type { JsonValue } from '../../../core/index.js';
import { present } from '../../../core/present.js';
import { modelFromOnnx, type OnnxModel } from '../../../adapters/onnx-model/index.js';
import {
  exportModel,
  onnxFileBackbone,
  type ModelDefinition,
  type ModelPorts,
} from '../../../engine/index.js';
import { messageOf, readBytes, writeWhole } from '../files.js';

/** The name of its copy in a run's folder. */
export const networkFileName = 'network.onnx';

/** A network out of a file. */
export interface NetworkFile extends OnnxModel {
  /** The file, as errors call it. */
  readonly name: string;
  readonly bytes: Uint8Array;
  /** Of the bytes: a run that goes on knows the file by it. */
  readonly sha256: string;
}

/** The settings that it is imported by, where a run has them. */
interface Importing {
  readonly backbone: string;
  readonly model?: string | undefined;
  readonly freeze?: readonly string[] | undefined;
  readonly modelInput?: string | undefined;
  readonly modelOutput?: string | undefined;
}

/** Whether settings are those of a network out of a file. */
const isOfFile = (settings: Importing): settings is Importing & { readonly model: string } =>
  settings.backbone === onnxFileBackbone.name && typeof settings.model === 'string';

/**
 * Reads the network that settings name.
 * @returns undefined where they name none
 * @throws InputError for a file that cannot be read or trained; ConfigError for names that it does not have
 */
export async function readNetworkFile(settings: Importing): Promise<NetworkFile | undefined> {
  if (!isOfFile(settings)) return undefined;
  const file = path.resolve(settings.model);
  let bytes: Uint8Array;
  try {
    bytes = await readBytes(file);
  } catch (cause) {
    throw new InputError(`model: ${messageOf(cause)}; expected an ONNX file with the network to train`, {
      cause,
    });
  }
  return imported(bytes, settings, file);
}

/**
 * The network of a run that goes on, out of its folder.
 * @param stored what the checkpoint says of its input
 * @returns undefined where the run's network is no file's
 * @throws ResumeError when the copy is gone or another
 */
export async function reopenNetworkFile(
  folder: string,
  settings: Importing,
  stored: Readonly<Record<string, JsonValue>>,
): Promise<NetworkFile | undefined> {
  if (!isOfFile(settings)) return undefined;
  const file = path.join(folder, networkFileName);
  if (!existsSync(file)) {
    throw new ResumeError(
      `${file} is missing: the network that the run in ${folder} was started with; put it back, or start anew`,
    );
  }
  const bytes = await readBytes(file);
  if (digest(bytes) === stored['network']) return imported(bytes, settings, file);
  throw new ResumeError(
    `${file} is not the network that the run in ${folder} was started with; put that one back, or start anew`,
  );
}

const digest = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** Keeps a run's network in its folder, to the byte. */
export async function keepNetworkFile(folder: string, { bytes }: NetworkFile): Promise<void> {
  await writeWhole(path.join(folder, networkFileName), bytes);
}

function imported(bytes: Uint8Array, settings: Importing, name: string): NetworkFile {
  const { freeze = [], modelInput: input, modelOutput: output } = settings;
  try {
    const network = modelFromOnnx(bytes, { freeze, name, ...present({ input, output }) });
    return { ...network, name, bytes, sha256: digest(bytes) };
  } catch (error) {
    // A name that the file does not have.
    if (error instanceof InputError) throw error;
    throw new ConfigError(`${name}: ${messageOf(error)}`, { cause: error });
  }
}

/**
 * The model of a file, for samples of one kind.
 * @throws InputError where it takes or gives others
 */
export function modelOfFile(
  { model, name }: NetworkFile,
  { inputDim, outputDim }: ModelPorts,
): ModelDefinition {
  const port = (which: 'input' | 'output'): string => `its ${which} ${JSON.stringify(model.settings[which])}`;
  const wrong = [
    model.inputDim === inputDim
      ? undefined
      : `${port('input')} takes ${model.inputDim} numbers a sample, expected ${inputDim}: the shape [n, ${inputDim}]`,
    model.outputDim === outputDim
      ? undefined
      : `${port('output')} gives ${model.outputDim} numbers a sample, expected ${outputDim}: the shape [n, ${outputDim}]`,
  ].filter((each) => each !== undefined);
  if (wrong.length === 0) return model;
  throw new InputError(
    `${name} does not fit what is to be trained on: ${wrong.join('; ')}. Export a network of these sizes`,
  );
}

/** What is told of a file's network. */
export function networkNote({ name, trained, frozen }: NetworkFile): string {
  const tensors = `${trained.length} tensor${trained.length === 1 ? '' : 's'}`;
  const left = frozen.length === 0 ? '' : `; these stay as they are: ${frozen.join(', ')}`;
  return `the network is that of ${path.basename(name)}, from the weights in it: ${tensors} trained${left}`;
}

/**
 * A run's network as its model.onnx: the file that it came from with other weights, or one of this package's own.
 * @param parameters one array per parameter, in the model's order
 */
export const encodeNetwork = (
  model: ModelDefinition,
  parameters: readonly Float32Array[],
  metadata: Readonly<Record<string, string>>,
  network: NetworkFile | undefined,
): Uint8Array => network?.write(parameters, metadata) ?? exportModel(model, parameters, metadata);

/**
 * The bytes of a model that takes `[n, inputDim]` and gives `[n, outputDim]`: a file of others may have further axes, and more
 * inputs.
 * @param model what its metadata says of the network
 */
export function plainNetwork(
  bytes: Uint8Array,
  { kind, ...settings }: { readonly kind: string; readonly [setting: string]: unknown },
  name: string,
): Uint8Array {
  if (kind !== onnxFileBackbone.name) return bytes;
  const [input, output] = [settings['input'], settings['output']].map((port) =>
    typeof port === 'string' ? port : undefined,
  );
  try {
    const { model } = modelFromOnnx(bytes, { name, ...present({ input, output }) });
    return exportModel(model, model.initialise(createRandom(0)), {});
  } catch (error) {
    if (error instanceof InputError || !(error instanceof EvosError)) throw error;
    throw new InputError(`${name} has damaged metadata: ${error.message} Fit it again`, { cause: error });
  }
}
