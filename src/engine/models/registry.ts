// The backbones: those that come with the package, in the order of help and tables, and those that plugins bring.
import { ArgumentError } from '../../core/errors.js';
import type { JsonValue } from '../../core/index.js';
import { createRegistry } from '../../core/registry.js';
import { resolveSettings } from '../../core/resolve-settings.js';
import { asmrBackbone } from './asmr/model.js';
import type { Backbone, ModelPorts } from './backbone.js';
import type { ModelDefinition } from './definition.js';
import { fieldOver, fieldFeatures } from './fields/field.js';
import type { FieldSpace, RadianceField } from './fields/types.js';
import { finerBackbone } from './finer.js';
import { fourierBackbone } from './fourier.js';
import { gaussBackbone } from './gauss.js';
import { hashGridBackbone } from './hash-grid/backbone.js';
import { positionalBackbone } from './nerf.js';
import { onnxFileBackbone } from './onnx-file.js';
import { positionalEncodingBackbone } from './positional-encoding.js';
import { reluBackbone } from './relu.js';
import { sirenBackbone } from './siren.js';
import { wireBackbone } from './wire.js';

const builtIns = [
  sirenBackbone,
  hashGridBackbone,
  finerBackbone,
  wireBackbone,
  gaussBackbone,
  fourierBackbone,
  positionalEncodingBackbone,
  reluBackbone,
  asmrBackbone,
  positionalBackbone,
  onnxFileBackbone,
] as const;

/** The backbones that come with the package, as types. */
export type BuiltInBackbones = typeof builtIns;

const registry = createRegistry<Backbone>('backbone', builtIns);

/**
 * All backbones.
 * @throws never
 * @example
 * for (const { name, summary } of backbones()) console.log(name, summary);
 */
export const backbones = (): readonly Backbone[] => registry.all();

/**
 * A backbone by name.
 * @throws ArgumentError naming those there are
 * @example
 * console.log(findBackbone('siren').summary);
 */
export const findBackbone = (name: string): Backbone => registry.find(name);

/**
 * Adds a plugin's backbone.
 * @throws ArgumentError when another one has its name
 * @example
 * registerBackbone({ ...findBackbone('siren'), name: 'mine' });
 */
export const registerBackbone = (backbone: Backbone): void => registry.register(backbone);

type Given = Readonly<Record<string, unknown>>;

/**
 * Makes a backbone's network.
 * @param settings those that differ from the defaults
 * @throws ArgumentError for a name that there is not, a backbone that needs rays, a file or a grid where there is none, or a
 *   setting out of range
 * @example
 * const model = createModel('siren', { inputDim: 2, outputDim: 3 }, { width: 128 });
 */
export function createModel(
  name: string,
  { inputDim, outputDim, shape }: ModelPorts,
  settings: Given = {},
): ModelDefinition {
  const backbone = findBackbone(name);
  if (backbone.needs.includes('file')) {
    throw new ArgumentError(
      `backbone ${name} is the network of a file: modelFromOnnx of evos/onnx makes it from the file's bytes`,
    );
  }
  if (backbone.create === undefined) {
    throw new ArgumentError(
      `backbone ${name} needs rays: it is a scene's field, and maps no coordinates to values; choose another`,
    );
  }
  const ofGrid = backbone.needs.includes('lattice');
  if (shape === undefined && ofGrid) {
    throw new ArgumentError(
      `backbone ${name} needs samples that are all the points of a regular grid, and their shape: it knows nothing of the ` +
        'places between; choose another',
    );
  }
  const own = resolveSettings(`backbone ${name}`, backbone.settings, settings);
  const takes = (ofGrid || backbone.sized === true) && shape !== undefined;
  return backbone.create({ inputDim, outputDim, ...(takes && { shape }) }, own);
}

/**
 * Makes a backbone's radiance field.
 * @param settings those that differ from the field's defaults
 * @throws ArgumentError for a name that there is not, or a setting out of range
 * @example
 * const space = { centre: [0, 0, 0], half: 1, contracted: false, near: 0.1, far: 6 } as const;
 * const field = createField('hash-grid', space);
 */
export function createField(name: string, space: FieldSpace, settings: Given = {}): RadianceField {
  const backbone = findBackbone(name);
  const given = { ...backbone.fieldDefaults, ...settings };
  const own = resolveSettings(`backbone ${name}`, backbone.settings, given);
  if (backbone.field !== undefined) return backbone.field(space, own);
  const network = createModel(name, { inputDim: 3, outputDim: fieldFeatures }, own);
  return fieldOver(network, { space, settings: own });
}

/**
 * Makes a model again that was described by its `kind` and `settings`, as exported models do. A radiance field's settings have
 * a `space`.
 * @throws ArgumentError for a kind that is no backbone's, or settings that are no model's
 * @example
 * const model = siren({ inputDim: 2, outputDim: 3 });
 * const same = rebuildModel(model.kind, model.settings);
 */
export function rebuildModel(kind: string, settings: Readonly<Record<string, JsonValue>>): ModelDefinition {
  const { space, inputDim, outputDim, shape } = settings;
  const names = Object.keys(findBackbone(kind).settings);
  const own = Object.fromEntries(Object.entries(settings).filter(([name]) => names.includes(name)));
  let model: ModelDefinition | undefined;
  if (isSpace(space)) model = createField(kind, space, own);
  else if (typeof inputDim === 'number' && typeof outputDim === 'number') {
    model = createModel(kind, { inputDim, outputDim, ...(isShape(shape) && { shape }) }, own);
  }
  const differs = Object.entries(settings).find(
    ([name, value]) => JSON.stringify(model?.settings[name]) !== JSON.stringify(value),
  );
  if (model !== undefined && differs === undefined) return model;
  throw new ArgumentError(
    model === undefined
      ? `a model of kind ${kind}: got the settings ${Object.keys(settings).join(', ')}, expected inputDim and outputDim, or a space`
      : `a model of kind ${kind}: its ${differs?.[0]} is ${JSON.stringify(differs?.[1])}, which the backbone cannot be asked for`,
  );
}

function isSpace(value: unknown): value is FieldSpace {
  return typeof value === 'object' && value !== null && 'centre' in value && 'half' in value;
}

function isShape(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every((points) => typeof points === 'number');
}
