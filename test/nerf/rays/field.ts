// A source of rays without photographs whose every ray has a known error, and a trainer that never learns.
import type { GridSize } from '../../../src/core/index.js';
import { pixelSource, type RayBatch, type RaySource } from '../../../src/nerf/rays/source.js';
import { createRaySampler, type RaySampler } from '../../../src/adapters/rays/sampler.js';
import type { RaySamplerOptions } from '../../../src/adapters/rays/options.js';

/** Of different sizes, none a multiple of a tile. */
export const views: readonly GridSize[] = [
  { width: 100, height: 60 },
  { width: 50, height: 70 },
  { width: 33, height: 90 },
];
export const size = 100 * 60 + 50 * 70 + 33 * 90;

/** Whether a ray is in the part of the scene that is badly rendered: a corner of the second view. */
export function isHot(view: number, row: number, column: number): boolean {
  return view === 1 && row < 30 && column < 24;
}

/** Squared error of a ray: 1 there, 0.01 elsewhere. */
export const errorOf = (view: number, row: number, column: number): number =>
  isHot(view, row, column) ? 1 : 0.01;

/** A source of these views; targets are a grey that tells rays apart. */
export function fieldSource(more: Partial<RaySource> = {}): RaySource {
  const pixels = pixelSource(views);
  return {
    ...pixels,
    fill: (indices, n, out) => {
      pixels.fill(indices, n, out);
      for (let i = 0; i < n; i++) out.targets.fill((indices[i]! % 97) / 97, 3 * i, 3 * i + 3);
    },
    ...more,
  };
}

export function errorsOf({ size: n, views: ofView, rows, columns }: RayBatch): Float32Array {
  return Float32Array.from({ length: n }, (_, i) => errorOf(ofView[i]!, rows[i]!, columns[i]!));
}

/** Draws and reports some steps. @param see is shown each batch before its report */
export function train(sampler: RaySampler, steps: number, n: number, see?: (batch: RayBatch) => void): void {
  for (let step = 0; step < steps; step++) {
    const batch = sampler.next(n);
    see?.(batch);
    sampler.report(batch, errorsOf(batch));
  }
}

/** A sampler of settings that no type checks. */
export const samplerOf = (source: RaySource, options: { readonly strategy: string }): RaySampler =>
  createRaySampler<string>(source, { ...options });

/** Every strategy, with settings of its own. */
export const everyStrategy: readonly RaySamplerOptions[] = [
  { strategy: 'uniform' },
  { strategy: 'uniform', passes: false },
  { strategy: 'error-map', interval: 8 },
  { strategy: 'evos', interval: 8 },
  { strategy: 'evos-online' },
];

/** How often each ray came up, over how often a uniform draw would have taken it. */
export function densities(
  sampler: RaySampler,
  steps: number,
  n: number,
): { hot: number; cold: number; counts: Uint32Array } {
  const counts = new Uint32Array(size);
  const drawn = { hot: 0, cold: 0 };
  train(sampler, steps, n, ({ indices, views: ofView, rows, columns }) => {
    indices.forEach((index, i) => {
      counts[index]!++;
      drawn[isHot(ofView[i]!, rows[i]!, columns[i]!) ? 'hot' : 'cold']++;
    });
  });
  const hotShare = (30 * 24) / size;
  return {
    hot: drawn.hot / (steps * n * hotShare),
    cold: drawn.cold / (steps * n * (1 - hotShare)),
    counts,
  };
}
