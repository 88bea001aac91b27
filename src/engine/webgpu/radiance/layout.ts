// Where a field's numbers lie on the device: the layers of its two networks follow one another as those of one would, so that
// weights, Adam and snapshots know no difference.
import { fieldFeatures } from '../../models/fields/field.js';
import { harmonicsWidth } from '../../models/fields/spherical-harmonics.js';
import type { FieldSpace, RadianceField } from '../../models/index.js';
import { renderedSamples } from '../../training/rays/march.js';
import { layOutNetwork, tableNumbers, type NetworkLayout } from '../layout.js';
import { bindingBytes, microBatchOf } from '../plan.js';
import { gridFeatures } from '../wgsl/grid.js';

/** A field on the device. */
export interface FieldLayout {
  readonly network: NetworkLayout;
  /** How many of its layers are the density's; the others are the colour's. */
  readonly split: number;
  /** What every product of the colour's layers is multiplied with. */
  readonly colourRate: number;
  /** The density's logarithm is held to ± this. */
  readonly mostLogDensity: number;
  readonly space: FieldSpace;
  /** Samples of a pass at most; of a ray that alone may have more, those. */
  readonly passSamples: number;
}

/** A field's layout, where it is made of dense layers, or of a grid and dense layers, and its parameters are those. */
export function layOutField({ parts, parameters, space }: RadianceField): FieldLayout | undefined {
  const { chains, layout: grid } = parts;
  if (chains === undefined || (grid !== undefined && grid.features !== gridFeatures)) return undefined;
  const { density, colour, colourRate, mostLogDensity } = chains;
  const follows = (chain: FieldLayout['network']['layers'], first: number): boolean =>
    chain.every(({ fanIn }, i) => fanIn === (chain[i - 1]?.fanOut ?? first));
  const network = layOutNetwork([...density, ...colour], grid);
  const split = density.length;
  const [before, behind] = [network.layers.slice(0, split), network.layers.slice(split)];
  const entering = grid === undefined ? 3 : grid.levels.length * grid.features;
  const fits =
    network.count === parameters.reduce((sum, { count }) => sum + count, 0) &&
    follows(before, entering) &&
    follows(behind, fieldFeatures - 1 + harmonicsWidth) &&
    before.at(-1)?.fanOut === fieldFeatures &&
    behind.at(-1)?.fanOut === 3;
  if (!fits) return undefined;
  return { network, split, colourRate, mostLogDensity, space, passSamples: microBatchOf(network) };
}

/** Why these kernels cannot train a field; undefined: they can. */
export function whyNotField(field: RadianceField, samplesPerRay: number): string | undefined {
  const layout = layOutField(field);
  if (layout === undefined) {
    return `as a radiance field ${field.kind} is not made of dense layers, nor of a hash grid and dense layers`;
  }
  const { network, passSamples } = layout;
  const { layers, total, grid } = network;
  const widest = Math.max(...layers.flatMap(({ inner, outer }) => [inner, outer]));
  const bytes = 4 * Math.max(total, widest * Math.max(passSamples, renderedSamples(samplesPerRay)));
  if (passSamples === 0 || bytes > bindingBytes) return 'its layers are too wide';
  // Sums of gradients have two words a number.
  if (tableNumbers(grid) * 8 > bindingBytes) return 'its table has more rows than a GPU must be able to bind';
  return undefined;
}
