// Where training looked: how often the pixels of each photograph were drawn, as a sheet of small heat maps. Counts are
// kept per cell of the small pictures and not per ray, of which there may be hundreds of millions.
import { ArgumentError } from '../../../core/index.js';
import { imageDefaults } from '../../../image/index.js';
import type { GridSize } from '../../../core/index.js';
import type { RayBuffers } from '../../../nerf/index.js';
import { heat, type Pixels } from './pictures.js';

/** What the sheet looks like unless told otherwise. */
export const selectionDefaults = {
  /** Longest side of a photograph's picture, pixels. */
  side: 96,
  /** Photographs shown: of more, as many, evenly chosen. */
  most: 100,
  /** Between the pictures, pixels, in a grey that is none of the heat map's colours. */
  gap: 4,
  paper: 128,
} as const;

/** Counts how often pixels were drawn. */
export interface DrawCounter {
  /** How often rays of each cell were drawn, view by view, row by row; the counter's own, to save. */
  readonly counts: Uint32Array;
  /** Counts a batch. */
  add(batch: Pick<RayBuffers, 'views' | 'rows' | 'columns'>): void;
  /** Takes up counts that were saved. @throws ArgumentError for another number of them */
  restore(counts: Uint32Array): void;
  /** The counts as a picture. */
  picture(): SelectionSheet;
}

/** Small heat maps of the photographs, row by row in their order. */
export interface SelectionSheet extends Pixels {
  /** Draws per pixel that are drawn brightest; the darkest is none. */
  readonly high: number;
  /** The most draws per pixel, of a cell. */
  readonly max: number;
  /** Draws per pixel, over all photographs. */
  readonly mean: number;
  /** Which photographs are shown, by their place. */
  readonly views: readonly number[];
}

/** A view's part of the counts. */
interface Cells {
  readonly first: number;
  readonly width: number;
  readonly height: number;
  /** Of the photograph. */
  readonly size: GridSize;
}

/** Makes a counter for photographs of these sizes. Memory: four bytes per cell, 36 kB for a square photograph. */
export function createDrawCounter(sizes: readonly GridSize[]): DrawCounter {
  const views: Cells[] = [];
  let total = 0;
  for (const size of sizes) {
    const shrunk = Math.min(1, selectionDefaults.side / Math.max(size.width, size.height));
    const width = Math.max(1, Math.round(size.width * shrunk));
    const height = Math.max(1, Math.round(size.height * shrunk));
    views.push({ first: total, width, height, size });
    total += width * height;
  }
  const counts = new Uint32Array(total);
  return {
    counts,
    add({ views: ofView, rows, columns }) {
      for (let i = 0; i < ofView.length; i++) {
        const { first, width, height, size } = views[ofView[i]!]!;
        const row = Math.floor((rows[i]! * height) / size.height);
        const column = Math.floor((columns[i]! * width) / size.width);
        counts[first + row * width + column]!++;
      }
    },
    restore(saved) {
      if (saved.length !== counts.length) {
        throw new ArgumentError(
          `got ${saved.length} counts of draws; expected ${counts.length}, of the same photographs`,
        );
      }
      counts.set(saved);
    },
    picture: () => drawSheet(views, counts),
  };
}

function drawSheet(all: readonly Cells[], counts: Uint32Array): SelectionSheet {
  const { most, gap, paper } = selectionDefaults;
  const shown = Array.from({ length: Math.min(most, all.length) }, (_, i) =>
    Math.floor((i * all.length) / Math.min(most, all.length)),
  );
  const cells = shown.map((view) => all[view]!);
  const rates = cells.map((view) => drawsPerPixel(view, counts));
  // One scale for all of them, so that a colour means the same everywhere.
  const sorted = Float32Array.from(rates.flatMap((rate) => [...rate])).sort();
  const max = sorted.at(-1)!;
  const high = sorted[Math.ceil((imageDefaults.heatmapPercentile / 100) * sorted.length) - 1]! || max;
  const [tileWidth, tileHeight] = [
    Math.max(...cells.map(({ width }) => width)) + gap,
    Math.max(...cells.map(({ height }) => height)) + gap,
  ];
  // Wider than high, as screens and pages are.
  const columns = Math.min(
    cells.length,
    Math.max(1, Math.round(Math.sqrt((1.5 * cells.length * tileHeight) / tileWidth))),
  );
  const [width, height] = [columns * tileWidth + gap, Math.ceil(cells.length / columns) * tileHeight + gap];
  const data = new Uint8Array(3 * width * height).fill(paper);
  cells.forEach((cell, i) => {
    const left = gap + (i % columns) * tileWidth;
    const top = gap + Math.floor(i / columns) * tileHeight;
    rates[i]!.forEach((rate, at) => {
      const place = (top + Math.floor(at / cell.width)) * width + left + (at % cell.width);
      heat(high > 0 ? rate / high : 0, data, 3 * place);
    });
  });
  const pixels = all.reduce((sum, { size }) => sum + size.width * size.height, 0);
  const drawn = counts.reduce((sum, count) => sum + count, 0);
  return { width, height, data, high, max, mean: drawn / pixels, views: shown };
}

/** Cells of a picture that does not divide evenly hold different numbers of pixels. */
function drawsPerPixel({ first, width, height, size }: Cells, counts: Uint32Array): Float32Array {
  const held = (i: number, cells: number, pixels: number): number =>
    Math.ceil(((i + 1) * pixels) / cells) - Math.ceil((i * pixels) / cells);
  return Float32Array.from({ length: width * height }, (_, i) => {
    const [row, column] = [Math.floor(i / width), i % width];
    return counts[first + i]! / (held(row, height, size.height) * held(column, width, size.width));
  });
}
