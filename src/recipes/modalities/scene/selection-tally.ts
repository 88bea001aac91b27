// The counts of a scene's selection map as a run keeps them: a step names its rays by index, the map counts pixels.
import type { RayPool } from '../../../nerf/index.js';
import type { Tally } from '../../runs/state.js';
import { createDrawCounter, type DrawCounter } from './selection.js';

/** A tally, and the counter behind it. */
export interface DrawTally extends Tally {
  readonly counter: DrawCounter;
}

/** Counts rays of a pool by the cells of their photographs' small pictures. */
export function drawTally(pool: Pick<RayPool, 'views' | 'pixelsOf'>): DrawTally {
  const counter = createDrawCounter(pool.views);
  let views = new Uint32Array(0);
  let rows = new Uint32Array(0);
  let columns = new Uint32Array(0);
  return {
    counter,
    counts: counter.counts,
    add(samples) {
      if (views.length !== samples.length) {
        [views, rows, columns] = [0, 1, 2].map(() => new Uint32Array(samples.length)) as [
          typeof views,
          typeof views,
          typeof views,
        ];
      }
      pool.pixelsOf(samples, views, rows, columns);
      counter.add({ views, rows, columns });
    },
  };
}
