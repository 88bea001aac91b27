// Volume rendering as graph nodes (Kajiya and Von Herzen, 1984; Max, 1995; Mildenhall et al., NeRF, ECCV 2020, Eq. 3).
// Samples of all rays follow one another, as many to a ray as it needs; what is along a ray (transmittance, and the sum of
// its colours) happens in a table with a row to a ray and a column to a sample.
import type { GraphBuilder, Value } from '../graph/index.js';

/** What rays see. */
export interface RenderedValues {
  /** `[r, 3]`, over the background. */
  readonly colours: Value;
  /** `[r, 1]` */
  readonly opacities: Value;
  /** `[r, 1]`: Σ wᵢ·distanceᵢ, if distances were given. */
  readonly depths: Value | undefined;
}

/** What is put together. */
export interface VolumeInputs {
  /** `[n, 1]`, per unit of `lengths`. */
  readonly densities: Value;
  /** `[n, 3]` */
  readonly colours: Value;
  /** `[n, 1]`: how much of its ray each sample stands for. */
  readonly lengths: Value;
  /** `[n, 1]`: where along its ray it lies. */
  readonly distances?: Value;
  /** `[n, 2]` whole numbers: its ray, and its place in the order along the ray, from 0. */
  readonly places: Value;
  /** `[r, …]`: anything with a row for each ray. */
  readonly perRay: Value;
  /** Most samples of a ray. */
  readonly slots: number;
  /** `[3]`, or `[r, 3]`, each ray's own: what shows behind. */
  readonly background: Value;
}

/**
 * Colours of rays: Σ Tᵢ·(1 − e^(−σᵢδᵢ))·cᵢ, Tᵢ = e^(−Σ_{j<i} σⱼδⱼ), and the background where light is left.
 *
 * The sum over earlier samples is a product with a triangular matrix: exact where a running sum over all rays would lose
 * its digits, and no slower at some dozen samples.
 * @throws ArgumentError for values whose shapes do not fit
 * @example
 * const b = new GraphBuilder('rays');
 * const rendered = volumeRender(b, {
 *   ...{ densities: b.input('densities', ['n']), colours: b.input('colours', ['n', 3]), lengths: b.input('lengths', ['n']) },
 *   ...{ places: b.input('places', ['n', 2], 'int64'), perRay: b.input('perRay', ['rays']), slots: 32 },
 *   background: b.initializer('background', [1, 1, 1], [3]),
 * });
 */
export function volumeRender(b: GraphBuilder, inputs: VolumeInputs): RenderedValues {
  const { densities, colours, lengths, distances, places, perRay, slots, background } = inputs;
  const [rays = 0] = perRay.shape;
  const depths = b.mul(densities, lengths);
  const columns = [depths, colours, ...(distances === undefined ? [] : [distances])];
  const width = distances === undefined ? 4 : 5;
  const empty = b.filled([rays, slots, width], 0, densities.type);
  const table = b.scatterND(empty, places, b.concat(columns, 1));
  const part = (from: number, to: number): Value => b.slice(table, [from], [to], [2]);
  const thickness = b.squeeze(part(0, 1), [2]);
  const before = b.matmul(thickness, earlier(b, slots));
  const alpha = b.sub(1, b.exp(b.neg(thickness)));
  const weights = b.mul(b.exp(b.neg(before)), alpha);
  const spread = b.unsqueeze(weights, [2]);
  const light = b.reduceSum(b.mul(part(1, 4), spread), [1], false);
  const opacities = b.reduceSum(weights, [1]);
  const left = b.sub(1, opacities);
  return {
    colours: b.add(light, b.mul(left, background)),
    opacities,
    depths:
      distances === undefined ? undefined : b.reduceSum(b.mul(b.squeeze(part(4, 5), [2]), weights), [1]),
  };
}

/** Ones above the diagonal: row times this is the sum of all earlier columns. */
function earlier(b: GraphBuilder, slots: number): Value {
  const ones = Float32Array.from({ length: slots * slots }, (_, i) =>
    Math.floor(i / slots) < i % slots ? 1 : 0,
  );
  return b.initializer('volume.earlier', Array.from(ones), [slots, slots]);
}
