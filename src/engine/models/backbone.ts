// What a backbone is: a network that can be chosen by name. Its file says everything there is to know of it; registry.ts lists
// them all.
import { checkSetting } from '../../core/resolve-settings.js';
import type { LearningRateSchedule } from '../../core/selectors/schedules.js';
import { integer, type SettingsOf, type SettingsShape } from '../../core/settings.js';
import type { AdamOptions } from './adam.js';
import type { ModelDefinition } from './definition.js';
import type { FieldSpace, RadianceField } from './fields/types.js';

/** How many numbers a network takes and gives. */
export interface ModelPorts {
  readonly inputDim: number;
  readonly outputDim: number;
  /** Points along each axis, outermost first, where the samples are all the points of a regular grid. */
  readonly shape?: readonly number[];
}

/**
 * What a backbone needs: two or three axes of coordinates (`grid`), samples that are all the points of a regular grid
 * (`lattice`), samples that are rays, or the file of a network (`file`).
 */
export type BackboneNeed = 'grid' | 'lattice' | 'rays' | 'file';

/** A network by name. */
export interface Backbone<Shape extends SettingsShape = SettingsShape> {
  readonly name: string;
  /** One sentence for help and tables. */
  readonly summary: string;
  readonly settings: Shape;
  readonly needs: readonly BackboneNeed[];
  /** Whether its size follows from the shape of samples that are all the points of a grid: `create` then gets it. */
  readonly sized?: boolean;
  /** The one of its settings that it cannot do without: to name that one is to choose this backbone. */
  readonly namedBy?: string;
  /** The learning rate that suits it. */
  readonly learningRate: number;
  /** How the learning rate falls in its paper: the default where a modality's preset is not made for it. */
  readonly schedule?: {
    readonly learningRateSchedule: LearningRateSchedule;
    /** Where it ends, as a share of the first rate. */
    readonly learningRateFinal: number;
  };
  /** Adam's other settings, where they are not PyTorch's. */
  adam(settings: SettingsOf<Shape>): Omit<AdamOptions, 'learningRate'>;
  /** The network from coordinates to values. Missing where it needs rays or a file. */
  create?(ports: ModelPorts, settings: SettingsOf<Shape>): ModelDefinition;
  /** Defaults that differ where it is a scene's field. */
  readonly fieldDefaults?: Partial<SettingsOf<Shape>>;
  /** Its radiance field. Default: its network gives the density, and a small network behind it the colour. */
  field?(space: FieldSpace, settings: SettingsOf<Shape>): RadianceField;
}

/**
 * A backbone as it is, its settings typed.
 * @throws never
 * @example
 * const narrow = defineBackbone({
 *   ...{ name: 'narrow', summary: 'a SIREN of 32 units', settings: {}, needs: [], learningRate: 1e-4 },
 *   adam: () => ({}),
 *   create: (ports) => siren({ ...ports, width: 32 }),
 * });
 */
export function defineBackbone<const Shape extends SettingsShape>(
  backbone: Backbone<Shape>,
): Backbone<Shape> {
  return backbone;
}

/** @throws ArgumentError unless a network can take and give so many numbers */
export function checkPorts({ inputDim, outputDim }: ModelPorts): void {
  const atLeastOne = integer({ min: 1, default: undefined });
  checkSetting('inputDim', atLeastOne, inputDim);
  checkSetting('outputDim', atLeastOne, outputDim);
}
