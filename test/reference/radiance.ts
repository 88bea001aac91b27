// Volume rendering and the networks of radiance fields written from the papers, ray by ray and sample by sample, in double
// precision: what a ray sees (Mildenhall et al., NeRF, ECCV 2020, Eq. 3), where space is drawn together (Barron et al.,
// Mip-NeRF 360, CVPR 2022, Eq. 10, with the maximum norm), real spherical harmonics by the recurrence of the Legendre
// functions. Nothing is shared with what it checks.
import { referenceEncode, type ReferenceGrid } from './hash-grid.js';

/** One sample of a ray. */
export interface ReferenceSample {
  readonly density: number;
  readonly length: number;
  readonly distance: number;
  readonly colour: readonly number[];
}

/** What one ray sees, its samples from near to far. */
export function referenceRender(samples: readonly ReferenceSample[], background: readonly number[]) {
  const colour = [0, 0, 0];
  let left = 1;
  let depth = 0;
  for (const sample of samples) {
    const weight = left * (1 - Math.exp(-sample.density * sample.length));
    sample.colour.forEach((value, c) => (colour[c]! += weight * value));
    depth += weight * sample.distance;
    left *= Math.exp(-sample.density * sample.length);
  }
  background.forEach((value, c) => (colour[c]! += left * value));
  return { colour, opacity: 1 - left, depth };
}

/** A point of the world in a field's coordinates. */
export function referenceCoordinates(
  space: { readonly centre: readonly number[]; readonly half: number; readonly contracted: boolean },
  point: readonly number[],
): number[] {
  const x = point.map((value, axis) => (value - space.centre[axis]!) / space.half);
  if (!space.contracted) return x;
  const norm = Math.max(...x.map(Math.abs));
  // Eq. 10 ends in a cube of half side 2; the field's has 1.
  return x.map((value) => (norm <= 1 ? value : (2 - 1 / norm) * (value / norm)) / 2);
}

/** Real spherical harmonics below degree 4, by degree and then by order from −l to l. */
export function referenceHarmonics([x = 0, y = 0, z = 0]: readonly number[]): number[] {
  const values: number[] = [];
  const azimuth = Math.atan2(y, x);
  for (let degree = 0; degree < 4; degree++) {
    for (let order = -degree; order <= degree; order++) {
      const m = Math.abs(order);
      const norm = Math.sqrt(
        (((2 * degree + 1) / (4 * Math.PI)) * factorial(degree - m)) / factorial(degree + m),
      );
      const turn = order === 0 ? 1 : Math.SQRT2 * (order > 0 ? Math.cos : Math.sin)(m * azimuth);
      values.push(norm * turn * legendre(degree, m, z));
    }
  }
  return values;
}

/** The associated Legendre function with the phase of Condon and Shortley. */
function legendre(degree: number, order: number, z: number): number {
  let current = 1;
  for (let i = 1; i <= order; i++) current *= -(2 * i - 1) * Math.sqrt(Math.max(0, 1 - z * z));
  let previous = 0;
  for (let l = order; l < degree; l++) {
    [previous, current] = [current, ((2 * l + 1) * z * current - (l + order) * previous) / (l - order + 1)];
  }
  return current;
}

const factorial = (n: number): number => (n <= 1 ? 1 : n * factorial(n - 1));

/** A field at a point of its own coordinates: density per half side of the cube, and colour. */
export type ReferenceField = (
  parameters: readonly ArrayLike<number>[],
  coordinates: readonly number[],
  direction: readonly number[],
) => { density: number; colour: number[] };

/** What the colour's weights are kept divided by. */
const colourRate = 0.3;

/** The hash-grid field: a layer with ReLU before the density, `depth` before the colour, no biases. */
export function referenceGridField(
  grid: ReferenceGrid,
  { width, depth }: { readonly width: number; readonly depth: number },
): ReferenceField {
  return ([table = [], first = [], second = [], ...colours], coordinates, direction) => {
    const encoded = [...referenceEncode(grid, table, coordinates)];
    const features = dense(dense(encoded, first, width).map(relu), second, 16);
    let y = [...features.slice(1), ...referenceHarmonics(direction)];
    colours.forEach((weight, i) => {
      const scaled = Array.from(weight, (value) => colourRate * value);
      y = dense(y, scaled, i < depth ? width : 3).map(i < depth ? relu : sigmoid);
    });
    return { density: Math.exp(features[0]!), colour: y };
  };
}

/** NeRF's network, its shortcut before layer ⌊depth / 2⌋. */
export function referencePositionalField(settings: {
  readonly frequencies: number;
  readonly directionFrequencies: number;
  readonly width: number;
  readonly depth: number;
}): ReferenceField {
  const { frequencies, directionFrequencies, width, depth } = settings;
  return (parameters, coordinates, direction) => {
    const layer = (x: readonly number[], index: number, out: number): number[] =>
      dense(x, parameters[2 * index]!, out).map((value, i) => value + parameters[2 * index + 1]![i]!);
    const encoded = octaves(coordinates, frequencies);
    let y = encoded;
    for (let i = 0; i < depth; i++) {
      y = layer(i > 0 && i === Math.floor(depth / 2) ? [...y, ...encoded] : y, i, width).map(relu);
    }
    const density = Math.log1p(Math.exp(layer(y, depth, 1)[0]!));
    const seen = [...layer(y, depth + 1, width), ...octaves(direction, directionFrequencies)];
    const last = layer(seen, depth + 2, Math.floor(width / 2)).map(relu);
    return { density, colour: layer(last, depth + 3, 3).map(sigmoid) };
  };
}

/** x, then sin 2ᵏπx and cos 2ᵏπx of all axes, octave by octave. */
function octaves(x: readonly number[], count: number): number[] {
  const all = [...x];
  for (let k = 0; k < count; k++) {
    all.push(...x.map((value) => Math.sin(Math.PI * 2 ** k * value)));
    all.push(...x.map((value) => Math.cos(Math.PI * 2 ** k * value)));
  }
  return all;
}

/** Weights `[out, in]` times x. */
function dense(x: readonly number[], weights: ArrayLike<number>, out: number): number[] {
  return Array.from({ length: out }, (_, row) =>
    x.reduce((sum, value, i) => sum + weights[row * x.length + i]! * value, 0),
  );
}

const relu = (x: number): number => Math.max(0, x);
const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
