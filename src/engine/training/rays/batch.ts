// The rays of a batch that one thread looks along: where their samples lie, which of them meet anything at all, and what the
// others see. Samples of rays follow one another; passes over a network are cut between rays.
import type { FieldSpace } from '../../models/index.js';
import { drawBackground, shownBackground, type RayBackground } from './background.js';
import type { DensityGrid } from './density-grid.js';
import { mix } from './hash.js';
import { allocateSamples, RayMarcher, renderedSamples, type SampleBuffers } from './march.js';

/** Numbers in a ray's row, by array. */
export const rayWidths = {
  /** Rays; or points, `[≤ 2·rays, 3]`. */
  rays: 6,
  /** What the rays should see; or directions of points. */
  targets: 3,
  /** What their errors count for. */
  weights: 1,
  /** What the rays show; before they are rendered, their backgrounds. */
  colours: 3,
  /** How wrong they are, see the core's `Want`. */
  errors: 1,
  absolute: 1,
  opacities: 1,
  depths: 1,
} as const;

export type RayArray = keyof typeof rayWidths;
export const rayArrays = Object.keys(rayWidths) as RayArray[];

/** A batch's arrays, a row for each ray. */
export type RayRows = Readonly<Record<RayArray, Float32Array>>;

/** What rays are looked along in. */
export interface RayScene {
  readonly space: FieldSpace;
  readonly grid: DensityGrid;
  readonly samplesPerRay: number;
  readonly seed: number;
  readonly background: RayBackground;
}

/** A thread's part of a batch: every `parts`-th of `count` rays from the `index`-th on. */
export interface RayShare {
  readonly count: number;
  readonly index: number;
  readonly parts: number;
  /** Counted from 0; with the seed, where samples lie. Undefined: as rays are rendered. */
  readonly step: number | undefined;
}

/** One pass: rays `[first, last)` of those that meet something, samples `[start, end)`. */
export interface RayPass {
  readonly first: number;
  readonly last: number;
  readonly start: number;
  readonly end: number;
}

/**
 * What rays see that meet nothing: the background lies where colours come. Rendering takes it from there, and writes what the
 * others see over it.
 */
export function fillBackground(
  { background, seed, space }: Pick<RayScene, 'background' | 'seed' | 'space'>,
  { opacities, depths, colours }: RayRows,
  { count, index, parts, step }: RayShare,
): void {
  const random = background === 'random' && step !== undefined;
  const shown = shownBackground(background);
  for (let ray = index; ray < count; ray += parts) {
    opacities[ray] = 0;
    depths[ray] = space.far;
    if (random) drawBackground(mix(seed, step, ray), colours, ray);
    else for (let axis = 0; axis < 3; axis++) colours[3 * ray + axis] = shown[axis] as number;
  }
}

/** One thread's rays; the memory stays from batch to batch. */
export class RayBatch {
  /** Where the samples lie. */
  samples: SampleBuffers = allocateSamples(0);
  /** The rays that meet something, and where their samples end. */
  met = new Int32Array();
  ends = new Int32Array();
  /** How many rays meet something. */
  rays = 0;
  readonly #scene: RayScene;
  readonly #marcher: RayMarcher;

  constructor(scene: RayScene) {
    this.#scene = scene;
    this.#marcher = new RayMarcher(scene.space, scene.grid, scene.samplesPerRay);
  }

  /** Makes room for so many rays. */
  reserve(rays: number): void {
    if (rays <= this.met.length) return;
    this.samples = allocateSamples(rays * renderedSamples(this.#scene.samplesPerRay));
    this.met = new Int32Array(rays);
    this.ends = new Int32Array(rays);
  }

  /** Samples of all rays together. */
  get found(): number {
    return this.rays === 0 ? 0 : (this.ends[this.rays - 1] as number);
  }

  /** Draws the samples of all rays; in a step not of those without weight. There must be room. */
  march({ rays: origins, weights }: RayRows, { count, index, parts, step }: RayShare): void {
    const { seed } = this.#scene;
    let rays = 0;
    let at = 0;
    for (let ray = index; ray < count; ray += parts) {
      if (step !== undefined && weights[ray] === 0) continue;
      const word = step === undefined ? undefined : mix(seed, step, ray);
      const found = this.#marcher.march(origins, ray, word, this.samples, at);
      if (found === 0) continue;
      at += found;
      this.met[rays] = ray;
      this.ends[rays] = at;
      rays++;
    }
    this.rays = rays;
  }

  /** Cuts what was found into passes of at most about so many samples. */
  *passes(size: number): Generator<RayPass> {
    let first = 0;
    let start = 0;
    for (let ray = 0; ray < this.rays; ray++) {
      const end = this.ends[ray] as number;
      const next = ray + 1 < this.rays ? (this.ends[ray + 1] as number) : Infinity;
      if (next - start <= size) continue;
      yield { first, last: ray + 1, start, end };
      first = ray + 1;
      start = end;
    }
  }

  /** A pass over a sample of no length: a graph that updates must run, even where no ray meets anything. */
  nothing(): RayPass {
    this.samples.positions.fill(0, 0, 3);
    this.samples.lengths[0] = 0;
    this.samples.distances[0] = 0;
    this.met[0] = 0;
    this.ends[0] = 1;
    return { first: 0, last: 1, start: 0, end: 1 };
  }

  /**
   * How wrong the rays are that meet nothing, and so show their backgrounds; of rays without weight nothing is read.
   * @returns the sum of their weighed squared errors
   */
  emptyLoss({ colours, targets, weights, errors, absolute }: RayRows, share: RayShare): number {
    const { count, index, parts } = share;
    let sum = 0;
    let next = 0;
    for (let ray = index; ray < count; ray += parts) {
      if (next < this.rays && this.met[next] === ray) {
        next++;
        continue;
      }
      const weight = weights[ray] as number;
      let squares = 0;
      let magnitudes = 0;
      for (let i = 3 * ray; i < 3 * ray + 3 && weight > 0; i++) {
        const difference = (colours[i] as number) - (targets[i] as number);
        sum += weight * difference * difference;
        squares += difference * difference;
        magnitudes += Math.abs(difference);
      }
      errors[ray] = squares / 3;
      absolute[ray] = magnitudes;
    }
    return sum;
  }

  /** Writes what a pass found of its rays, so many numbers a ray, to the rays' rows. */
  scatter(found: Float32Array, { first, last }: RayPass, width: number, rows: Float32Array): void {
    for (let i = first; i < last; i++) {
      const from = width * (i - first);
      const to = width * (this.met[i] as number);
      for (let k = 0; k < width; k++) rows[to + k] = found[from + k] as number;
    }
  }
}
