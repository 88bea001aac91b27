// Training samples of a mesh: points on the surface, near it and anywhere, each with its signed distance, in network units.
// A split says how many there are of each kind; two published splits have names.
import { checkInteger } from '../core/check.js';
import { ArgumentError } from '../core/errors.js';
import { createRandom, type Random } from '../core/numeric/random.js';
import type { DistanceField } from './distance/distance.js';
import { meshBounds, type Bounds, type Frame, type TriangleMesh } from './mesh.js';
import { createSurfaceSampler, type SurfaceSampler } from './surface.js';

/** A kind of samples and its share of all. */
export type SamplePart =
  /** On the surface, evenly by area: distance 0. */
  | { readonly kind: 'surface'; readonly share: number }
  /**
   * On the surface, then moved along each axis by noise. Logistic noise has the standard deviation `sigma` times the
   * mesh's radius, half the diagonal of its box; Laplace noise the scale `sigma` in network units.
   */
  | {
      readonly kind: 'offset';
      readonly share: number;
      readonly noise: 'logistic' | 'laplace';
      readonly sigma: number;
    }
  /** Anywhere in the box. */
  | { readonly kind: 'volume'; readonly share: number };

/** Splits by name. */
export const sampleSplits = Object.freeze({
  /** T. Müller et al., "Instant Neural Graphics Primitives" (2022), signed distance task: the default. */
  'instant-ngp': [
    { kind: 'surface', share: 4 / 8 },
    { kind: 'offset', share: 3 / 8, noise: 'logistic', sigma: 1 / 1024 },
    { kind: 'volume', share: 1 / 8 },
  ],
  /** C. Zhang et al., "Nonparametric Teaching of Implicit Neural Representations" (INT, 2024): coarse and fine. */
  int: [
    { kind: 'offset', share: 1 / 2, noise: 'laplace', sigma: 1e-1 },
    { kind: 'offset', share: 1 / 2, noise: 'laplace', sigma: 1e-3 },
  ],
}) satisfies Readonly<Record<string, readonly SamplePart[]>>;

/** A split by name, or one's own; shares add up to 1. */
export type SampleSplit = keyof typeof sampleSplits | readonly SamplePart[];

/** What {@link sampleMesh} takes. */
export interface SampleOptions {
  readonly mesh: TriangleMesh;
  /** The mesh's distance field. */
  readonly field: DistanceField;
  /** Where the mesh lies in the network's cube. */
  readonly frame: Frame;
  /** How many samples, N. */
  readonly count: number;
  /** Default: `instant-ngp`. */
  readonly split?: SampleSplit;
  /** Where samples may lie, in network units; default: the cube [−1, 1]³. Noise that leads out is drawn again. */
  readonly box?: Bounds;
  /** An integer from 0. The same seed gives the same samples. */
  readonly seed: number;
}

/** Points and their distances, part after part in the order of the split. The arrays are the caller's. */
export interface SdfSamples {
  /** `[N, 3]`, network units. */
  readonly points: Float32Array;
  /** `[N]`, network units, negative inside. */
  readonly distances: Float32Array;
}

/** The network's cube. */
export const cube: Bounds = { min: [-1, -1, -1], max: [1, 1, 1] };

/**
 * Draws samples of a mesh.
 * @throws ArgumentError for a count, a split, a box or a seed that cannot be
 * @example
 * const samples = await sampleMesh({ mesh, field, frame: frameOf(meshBounds(mesh)), count: 4096, seed: 1 });
 */
export async function sampleMesh(options: SampleOptions): Promise<SdfSamples> {
  const { count } = options;
  checkInteger('count', count, 1, 2 ** 29, 'samples to draw');
  const samples = { points: new Float32Array(3 * count), distances: new Float32Array(count) };
  await drawSamples(options, createSurfaceSampler(options.mesh), samples);
  return samples;
}

/** Draws into arrays that are there; `options.count` is theirs. */
export async function drawSamples(
  { mesh, field, frame, split = 'instant-ngp', box = cube, seed }: Omit<SampleOptions, 'count'>,
  sampler: SurfaceSampler,
  { points, distances }: SdfSamples,
): Promise<void> {
  const parts = typeof split === 'string' ? sampleSplits[split] : split;
  const ends = partEnds(parts, distances.length);
  checkBox(box);
  const random = createRandom(seed);
  const { min, max } = meshBounds(mesh);
  const radius = (Math.hypot(max[0] - min[0], max[1] - min[1], max[2] - min[2]) / 2) * frame.scale;
  let from = 0;
  for (const [index, part] of parts.entries()) {
    const stretch = points.subarray(3 * from, 3 * ends[index]!);
    if (part.kind === 'volume') fillUniform(stretch, box, random);
    else {
      sampler.draw(stretch, random);
      toNetwork(stretch, frame);
      if (part.kind === 'offset') addNoise(stretch, part, radius, box, random);
    }
    await measure(stretch, part.kind, field, frame, distances.subarray(from, ends[index]));
    from = ends[index]!;
  }
}

/** Where each part ends. Sums are rounded, so that the parts have `count` samples together. */
function partEnds(parts: readonly SamplePart[], count: number): number[] {
  let sum = 0;
  const ends = parts.map((part) => {
    if (!(part.share >= 0 && part.share <= 1)) {
      throw new ArgumentError(`A share of a split must be from 0 to 1, got ${part.share} for ${part.kind}.`);
    }
    if (part.kind === 'offset' && !(part.sigma > 0 && part.sigma < Infinity)) {
      throw new ArgumentError(`The sigma of offset samples must be above 0, got ${part.sigma}.`);
    }
    sum += part.share;
    return Math.round(sum * count);
  });
  if (!(Math.abs(sum - 1) < 1e-6)) {
    throw new ArgumentError(`The shares of a split must add up to 1, got ${sum}: ${parts.length} parts.`);
  }
  ends[ends.length - 1] = count;
  return ends;
}

function checkBox({ min, max }: Bounds): void {
  if ([0, 1, 2].every((axis) => min[axis]! < max[axis]!)) return;
  throw new ArgumentError(
    `box must have min below max on every axis, got ${min.join(', ')} and ${max.join(', ')}.`,
  );
}

function fillUniform(points: Float32Array, { min, max }: Bounds, random: Random): void {
  for (let i = 0; i < points.length; i++) {
    const axis = i % 3;
    points[i] = min[axis]! + (max[axis]! - min[axis]!) * random.float();
  }
}

function toNetwork(points: Float32Array, { center, scale }: Frame): void {
  for (let i = 0; i < points.length; i++) points[i] = (points[i]! - center[i % 3]!) * scale;
}

/** Draws of noise that leads out of the box, before the point is put on the box's face. */
const attempts = 16;

function addNoise(
  points: Float32Array,
  { noise, sigma }: Extract<SamplePart, { kind: 'offset' }>,
  radius: number,
  { min, max }: Bounds,
  random: Random,
): void {
  const draw =
    noise === 'laplace'
      ? () => laplace(random, sigma)
      : // A logistic distribution of scale s has the standard deviation sπ/√3.
        () => logistic(random, (sigma * radius * Math.sqrt(3)) / Math.PI);
  for (let i = 0; i < points.length; i++) {
    const axis = i % 3;
    let value = points[i]! + draw();
    for (let again = 1; again < attempts && !(value >= min[axis]! && value <= max[axis]!); again++) {
      value = points[i]! + draw();
    }
    points[i] = Math.min(max[axis]!, Math.max(min[axis]!, value));
  }
}

/** Uniform in the open interval (0, 1): logarithms of both ends are infinite. */
const open = (random: Random): number => random.float() + 2 ** -25;

function logistic(random: Random, scale: number): number {
  const u = open(random);
  return scale * Math.log(u / (1 - u));
}

function laplace(random: Random, scale: number): number {
  const u = open(random) - 0.5;
  return -scale * Math.sign(u) * Math.log(1 - 2 * Math.abs(u));
}

/** Points of one query of the field. */
const block = 2 ** 20;

async function measure(
  points: Float32Array,
  kind: SamplePart['kind'],
  field: DistanceField,
  { center, scale }: Frame,
  distances: Float32Array,
): Promise<void> {
  if (kind === 'surface') {
    distances.fill(0);
    return;
  }
  for (let from = 0; from < distances.length; from += block) {
    const to = Math.min(distances.length, from + block);
    const asked = points.slice(3 * from, 3 * to);
    for (let i = 0; i < asked.length; i++) asked[i] = asked[i]! / scale + center[i % 3]!;
    const part = await field.distances(asked, distances.subarray(from, to));
    for (let i = 0; i < part.length; i++) part[i]! *= scale;
  }
}
