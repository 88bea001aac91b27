// From settings to a network and to Adam's settings, by the backbone's name.
import { createModel, findBackbone, type AdamOptions, type ModelDefinition } from '../../engine/index.js';
import { resolveSettings } from '../../core/index.js';
import { pick } from './selectors.js';

interface NetworkSettings {
  readonly backbone: string;
  readonly learningRate: number;
}

/** The network that settings name. */
export function networkOf(
  settings: NetworkSettings,
  ports: { readonly inputDim: number; readonly outputDim: number },
): ModelDefinition {
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
