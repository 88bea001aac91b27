// From settings to a network and to Adam's settings, by the backbone's name.
import {
  createModel,
  findBackbone,
  type AdamOptions,
  type EngineTrainer,
  type ModelDefinition,
  type ModelPorts,
} from '../../engine/index.js';
import { resolveSettings } from '../../core/resolve-settings.js';
import { modelOfFile, type NetworkFile } from './network-file.js';
import { pick } from './selectors.js';

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

/** The network's answer at all samples of a pool: at once, where that is cheaper. */
export const predictAll = (
  trainer: Pick<EngineTrainer, 'predict' | 'predictGrid'>,
  { shape, inputs }: { readonly shape: readonly number[]; readonly inputs: Float32Array },
): Promise<Float32Array> => trainer.predictGrid?.(shape) ?? trainer.predict(inputs);
