// Where along a ray a field is looked at. First the ray goes through the density grid in steps of half a cell and takes
// down the stretches that are not known to be empty, with the light that the grid's densities would send from there. Then
// samples are drawn, stratified, mostly where that light comes from and some evenly over all stretches (the coarse-to-fine
// sampling of Mildenhall et al., NeRF, 2020, Sec. 5.2, with the grid for its coarse network). Empty space costs no more than
// a look at the grid, and what lies behind a surface next to nothing.
import { blockSide, cellState, densityGridDefaults, type DensityGrid } from './density-grid.js';
import { mix } from './hash.js';
import type { FieldSpace } from '../../models/index.js';

/** How rays are sampled. */
export const marchDefaults = {
  /** Most samples of a ray in a step: of as many points a step learns more where they are along more rays. */
  samplesPerRay: 16,
  /** Most samples of a ray that is rendered, at least: more of them come closer to its integral. */
  rendered: 32,
  /** Samples per stretch of half a cell that is not empty, where they do not come to more than `samplesPerRay`. */
  perStretch: 1,
  /** Share of the samples that go evenly over all stretches. */
  evenShare: 0.25,
  /** Stretches taken down at most; a ray through nothing known crosses some 450. */
  mostStretches: 1024,
  /**
   * A stretch takes no more of the light than this optical depth does, however dense its cell: the cell may be dense in
   * another part of it than the ray passes.
   */
  mostThickness: 1,
  /** Where the grid lets less light through than this, the ray ends. */
  leastLight: 1e-4,
} as const;

/** The light that is left behind a stretch that takes as much as one may. */
const throughMost = Math.exp(-marchDefaults.mostThickness);

/** By how much, in half sides of the cube, the place where a ray leaves a block may be off. */
const roundingSlack = 1e-9;

/** Most samples of a ray that is rendered, by a field whose steps have so many. */
export const renderedSamples = (samplesPerRay: number): number =>
  Math.max(samplesPerRay, marchDefaults.rendered);

/** Samples of rays, one after the other. */
export interface SampleBuffers {
  readonly capacity: number;
  /** `[n, 3]` in the field's coordinates. */
  readonly positions: Float32Array;
  /** `[n]`, half sides of the cube. */
  readonly lengths: Float32Array;
  /** `[n]`: distance along the ray, in the world's units. */
  readonly distances: Float32Array;
  /** `[n]`: the cell of the density grid. */
  readonly cells: Int32Array;
}

/** Room for so many samples. */
export function allocateSamples(capacity: number): SampleBuffers {
  return {
    capacity,
    positions: new Float32Array(3 * capacity),
    lengths: new Float32Array(capacity),
    distances: new Float32Array(capacity),
    cells: new Int32Array(capacity),
  };
}

/** Draws samples along rays; keeps nothing from ray to ray. */
export class RayMarcher {
  readonly #space: FieldSpace;
  readonly #grid: DensityGrid;
  readonly #slots: number;
  readonly #renderedSlots: number;
  /** Origin and direction of the ray under way, and between which distances it is looked along: in half sides of the cube. */
  readonly #ray = new Float64Array(8);
  readonly #starts = new Float64Array(marchDefaults.mostStretches);
  readonly #spans = new Float64Array(marchDefaults.mostStretches);
  readonly #light = new Float64Array(marchDefaults.mostStretches);
  readonly #shares = new Float64Array(marchDefaults.mostStretches);

  constructor(space: FieldSpace, grid: DensityGrid, samplesPerRay: number) {
    this.#space = space;
    this.#grid = grid;
    this.#slots = samplesPerRay;
    this.#renderedSlots = renderedSamples(samplesPerRay);
  }

  /**
   * Samples of one ray.
   * @param rays `[n, 6]`, origins and unit directions in the world
   * @param index which of them
   * @param word what the places follow from; undefined: the middles, always the same
   * @param into where they are written, from `at` on; there must be room for `renderedSamples`
   * @returns how many there are; none where the ray meets nothing
   */
  march(
    rays: Float32Array,
    index: number,
    word: number | undefined,
    into: SampleBuffers,
    at: number,
  ): number {
    const { centre, half, contracted } = this.#space;
    const from = 6 * index;
    const scale = 1 / half;
    const ray = this.#ray;
    let near = this.#space.near * scale;
    let far = this.#space.far * scale;
    for (let axis = 0; axis < 3; axis++) {
      const o = ((rays[from + axis] as number) - (centre[axis] as number)) * scale;
      const d = rays[from + 3 + axis] as number;
      ray[axis] = o;
      ray[3 + axis] = d;
      if (contracted) continue;
      // The part inside the cube.
      if (d === 0) {
        if (o < -1 || o > 1) return 0;
        continue;
      }
      const a = (-1 - o) / d;
      const b = (1 - o) / d;
      near = Math.max(near, Math.min(a, b));
      far = Math.min(far, Math.max(a, b));
    }
    if (!(far > near)) return 0;
    ray[6] = near;
    ray[7] = far;
    const stretches = this.#findStretches(word);
    return stretches === 0 ? 0 : this.#draw(stretches, word, into, at);
  }

  /** Takes the stretches down that are not empty. @returns how many */
  #findStretches(word: number | undefined): number {
    const ray = this.#ray;
    const ox = ray[0] as number;
    const oy = ray[1] as number;
    const oz = ray[2] as number;
    const dx = ray[3] as number;
    const dy = ray[4] as number;
    const dz = ray[5] as number;
    const near = ray[6] as number;
    const far = ray[7] as number;
    const { cells, states, bounds, blocks, resolution, threshold } = this.#grid;
    const { contracted } = this.#space;
    // Half a cell; in drawn-together space a cell of the inner cube is two wide.
    const step = (contracted ? 2 : 1) / resolution;
    const size = resolution / 2;
    const last = resolution - 1;
    const starts = this.#starts;
    const spans = this.#spans;
    const light = this.#light;
    const most = starts.length;
    const { unknown } = densityGridDefaults;
    const { mostThickness } = marchDefaults;
    const mostDensity = mostThickness / step;
    const unknownThickness = Math.min(unknown, mostDensity) * step;
    const throughUnknown = Math.exp(-unknownThickness);
    // The ray in cells, from the grid's corner, as far as space is not drawn together.
    const perUnit = contracted ? size / 2 : size;
    const cx = ox * perUnit + size;
    const cy = oy * perUnit + size;
    const cz = oz * perUnit + size;
    const perX = 1 / (dx * perUnit);
    const perY = 1 / (dy * perUnit);
    const perZ = 1 / (dz * perUnit);
    // The first step is cut short at random, so that steps do not line up from ray to ray.
    let t = near - (word === undefined ? 0.5 : (word & 0xffff) / 65536) * step;
    let left = 1;
    let count = 0;
    while (t < far && count < most) {
      let span = step;
      if (contracted) {
        const norm = Math.max(Math.abs(ox + t * dx), Math.abs(oy + t * dy), Math.abs(oz + t * dz));
        if (norm > 1) span = step * norm;
      }
      const end = t + span;
      const start = t < near ? near : t;
      const stop = end > far ? far : end;
      t = end;
      if (stop <= start) continue;
      const middle = (start + stop) / 2;
      let x = ox + middle * dx;
      let y = oy + middle * dy;
      let z = oz + middle * dz;
      let straight = true;
      if (contracted) {
        const norm = Math.max(Math.abs(x), Math.abs(y), Math.abs(z));
        straight = norm <= 1;
        const factor = straight ? 0.5 : (1 - 0.5 / norm) / norm;
        x *= factor;
        y *= factor;
        z *= factor;
      }
      let i = ((x + 1) * size) | 0;
      let j = ((y + 1) * size) | 0;
      let k = ((z + 1) * size) | 0;
      i = i < 0 ? 0 : i > last ? last : i;
      j = j < 0 ? 0 : j > last ? last : j;
      k = k < 0 ? 0 : k > last ? last : k;
      const bx = (i / blockSide) | 0;
      const by = (j / blockSide) | 0;
      const bz = (k / blockSide) | 0;
      if ((bounds[(bz * blocks + by) * blocks + bx] as number) <= threshold) {
        if (!straight) continue;
        // Nothing in the whole block: on by steps, the same ones, as long as their middles lie in it.
        const toX = dx === 0 ? Infinity : ((bx + Number(dx > 0)) * blockSide - cx) * perX;
        const toY = dy === 0 ? Infinity : ((by + Number(dy > 0)) * blockSide - cy) * perY;
        const toZ = dz === 0 ? Infinity : ((bz + Number(dz > 0)) * blockSide - cz) * perZ;
        const until = Math.min(toX, toY, toZ, far) - step / 2 - roundingSlack;
        while (t < until) t += step;
        continue;
      }
      const cell = (k * resolution + j) * resolution + i;
      const state = ((states[cell >> 2] as number) >> ((cell & 3) << 1)) & 3;
      if (state === cellState.empty) continue;
      const density = state === cellState.unknown ? unknown : (cells[cell] as number);
      const thickness = Math.min(density, mostDensity) * (stop - start);
      // Of most stretches nothing is known, at first, or they are as dense as can be, later.
      const through =
        thickness === unknownThickness
          ? throughUnknown
          : thickness === mostThickness
            ? throughMost
            : Math.exp(-thickness);
      starts[count] = start;
      spans[count] = stop - start;
      light[count] = left * (1 - through);
      count++;
      left *= through;
      if (left < marchDefaults.leastLight) break;
    }
    return count;
  }

  /** Draws samples from the stretches that were taken down. */
  #draw(stretches: number, word: number | undefined, into: SampleBuffers, at: number): number {
    const ray = this.#ray;
    const { half, contracted } = this.#space;
    const { resolution } = this.#grid;
    const { evenShare, perStretch } = marchDefaults;
    const starts = this.#starts;
    const spans = this.#spans;
    const light = this.#light;
    const shares = this.#shares;
    const slots = word === undefined ? this.#renderedSlots : this.#slots;
    const n = Math.min(slots, Math.max(1, Math.ceil(stretches * perStretch)));
    // Light may come from next to where the grid has it: a cell's mean knows no better.
    let total = 0;
    let length = 0;
    for (let i = 0; i < stretches; i++) {
      const before = i > 0 ? (light[i - 1] as number) : 0;
      const after = i < stretches - 1 ? (light[i + 1] as number) : 0;
      const share = Math.max(light[i] as number, before, after);
      shares[i] = share;
      total += share;
      length += spans[i] as number;
    }
    const guided = total > 0 ? (1 - evenShare) / total : 0;
    // Each stretch counts alike: in drawn-together space those far away are long.
    const even = (total > 0 ? evenShare : 1) / stretches;
    const size = resolution / 2;
    const last = resolution - 1;
    let stretch = 0;
    // Sum of the shares before this stretch, and of the lengths.
    let sum = 0;
    let passed = 0;
    let share = guided * (shares[0] as number) + even;
    let previous = 0;
    for (let k = 0; k < n; k++) {
      const jitter = word === undefined ? 0.5 : mix(word, k, 77) / 2 ** 32;
      const wanted = (k + jitter) / n;
      while (stretch < stretches - 1 && sum + share < wanted) {
        sum += share;
        passed += spans[stretch] as number;
        stretch++;
        share = guided * (shares[stretch] as number) + even;
      }
      const inside = Math.min(1, Math.max(0, (wanted - sum) / share)) * (spans[stretch] as number);
      const t = (starts[stretch] as number) + inside;
      // In the length of all stretches together: what lies between two samples is halved between them.
      const place = passed + inside;
      const index = at + k;
      if (k > 0) {
        const border = (previous + place) / 2;
        into.lengths[index - 1] = border - (into.lengths[index - 1] as number);
        into.lengths[index] = border;
      } else into.lengths[index] = 0;
      previous = place;
      let x = (ray[0] as number) + t * (ray[3] as number);
      let y = (ray[1] as number) + t * (ray[4] as number);
      let z = (ray[2] as number) + t * (ray[5] as number);
      if (contracted) {
        const norm = Math.max(Math.abs(x), Math.abs(y), Math.abs(z));
        const factor = norm > 1 ? (1 - 0.5 / norm) / norm : 0.5;
        x *= factor;
        y *= factor;
        z *= factor;
      }
      into.positions[3 * index] = x;
      into.positions[3 * index + 1] = y;
      into.positions[3 * index + 2] = z;
      into.distances[index] = t * half;
      let i = ((x + 1) * size) | 0;
      let j = ((y + 1) * size) | 0;
      let m = ((z + 1) * size) | 0;
      i = i < 0 ? 0 : i > last ? last : i;
      j = j < 0 ? 0 : j > last ? last : j;
      m = m < 0 ? 0 : m > last ? last : m;
      into.cells[index] = (m * resolution + j) * resolution + i;
    }
    const final = at + n - 1;
    into.lengths[final] = length - (into.lengths[final] as number);
    return n;
  }
}
