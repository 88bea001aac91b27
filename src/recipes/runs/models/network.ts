// From settings to a network and to Adam's settings, by the backbone's name.
import {
  createModel,
  findBackbone,
  type AdamOptions,
  type EngineTrainer,
  type ModelDefinition,
  type ModelPorts,
} from '../../../engine/index.js';
import { resolveSettings } from '../../../core/resolve-settings.js';
import { modelOfFile, type NetworkFile } from './network-file.js';
import { pick } from '../selectors.js';

interface NetworkSettings {
  readonly backbone: string;
  readonly learningRate: number;
}

/**
 * The network that settings name.
 * @param file the run's network, where it is of a file: `plan.network`
 * @throws InputError for a file's network of other sizes
 */
export function networkOf(settings: NetworkSettings, ports: ModelPorts, file?: NetworkFile): ModelDefinition {
  if (file !== undefined) return modelOfFile(file, ports);
  return createModel(settings.backbone, ports, backboneSettings(settings));
}

/** Adam's settings, those of the backbone. */
export function adamOf(settings: NetworkSettings): AdamOptions {
  const backbone = findBackbone(settings.backbone);
  const own = resolveSettings(`backbone ${backbone.name}`, backbone.settings, backboneSettings(settings));
  return { ...backbone.adam(own), learningRate: settings.learningRate };
}

/** The settings that the backbone declares. */
export const backboneSettings = (settings: NetworkSettings): Record<string, unknown> =>
  pick(settings, findBackbone(settings.backbone).settings);

/** Samples that are predicted at a time: inputs and answers of a large pool do not all lie in memory at once. */
const atOnce = 2 ** 20;

/**
 * The network's answers at all samples of a pool, part after part in their order: in one, where that is cheaper.
 * @param inputs gives those of the samples from one to another
 */
export async function* predictAll(
  trainer: Pick<EngineTrainer, 'predict' | 'predictGrid'>,
  { shape, size }: { readonly shape: readonly number[]; readonly size: number },
  inputs: (from: number, to: number) => Float32Array,
): AsyncGenerator<Float32Array, void, undefined> {
  if (trainer.predictGrid !== undefined) {
    yield await trainer.predictGrid(shape);
    return;
  }
  for (let from = 0; from < size; from += atOnce) {
    yield await trainer.predict(inputs(from, Math.min(size, from + atOnce)));
  }
}
