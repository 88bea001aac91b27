// Where training looked: how often the pixels of each photograph were drawn, as a sheet of small heat maps. Counts are
// kept per cell of the small pictures and not per ray, of which there may be hundreds of millions. Where cells were drawn
// seldom they are shown together, by tiles: single draws are chance, and would show as noise.
import { ArgumentError } from '../../../core/errors.js';
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
  /** Draws that a tile has on average: chance then moves it by a quarter. */
  drawsPerTile: 16,
  /** Of the cells, those drawn darkest and those drawn brightest, per cent. */
  percentile: 1,
  /** The scale reaches this many times as far as chance does, at least: an even choice must not look like a pattern. */
  chance: 2,
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
  /** Draws per pixel that are drawn darkest, and what is below. */
  readonly low: number;
  /** Draws per pixel that are drawn brightest, and what is above. */
  readonly high: number;
  /** Cells along the side of a tile. */
  readonly tile: number;
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
  const { most, gap, paper, side, drawsPerTile } = selectionDefaults;
  const shown = Array.from({ length: Math.min(most, all.length) }, (_, i) =>
    Math.floor((i * all.length) / Math.min(most, all.length)),
  );
  const cells = shown.map((view) => all[view]!);
  const pixels = all.reduce((sum, { size }) => sum + size.width * size.height, 0);
  const drawn = counts.reduce((sum, count) => sum + count, 0);
  const mean = drawn / pixels;
  const perCell = drawn / counts.length;
  const tile = drawn === 0 ? 1 : Math.min(side, Math.ceil(Math.sqrt(drawsPerTile / perCell)));
  const rates = cells.map((view) => drawsPerPixel(view, counts, tile));
  // One scale for all of them, so that a colour means the same everywhere.
  const { low, high } = scaleOf(rates, mean, perCell * tile ** 2);
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
      heat(high > low ? (rate - low) / (high - low) : 0, data, 3 * place);
    });
  });
  return { width, height, data, low, high, tile, mean, views: shown };
}

/** The ends of the colours. @param expected draws of a tile */
function scaleOf(
  rates: readonly Float32Array[],
  mean: number,
  expected: number,
): { readonly low: number; readonly high: number } {
  if (mean === 0) return { low: 0, high: 0 };
  const { percentile, chance } = selectionDefaults;
  const sorted = Float32Array.from(rates.flatMap((rate) => [...rate])).sort();
  const at = (share: number): number =>
    sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]!;
  const spread = chance / Math.sqrt(expected);
  return {
    low: Math.min(at(percentile / 100), mean * Math.max(0, 1 - spread)),
    high: Math.max(at(1 - percentile / 100), mean * (1 + spread)),
  };
}

/** Where the parts of a length begin and end: as many as there is room for, of about one size. */
function partsOf(length: number, size: number): number[] {
  const parts = Math.max(1, Math.round(length / size));
  return Array.from({ length: parts + 1 }, (_, i) => Math.floor((i * length) / parts));
}

/** Of each cell, those of its tile. Cells of a picture that does not divide evenly hold different numbers of pixels. */
function drawsPerPixel(
  { first, width, height, size }: Cells,
  counts: Uint32Array,
  tile: number,
): Float32Array {
  const rates = new Float32Array(width * height);
  const pixelAt = (cell: number, cells: number, pixels: number): number => Math.ceil((cell * pixels) / cells);
  const [rows, columns] = [partsOf(height, tile), partsOf(width, tile)];
  for (let r = 0; r + 1 < rows.length; r++) {
    const [top, bottom] = [rows[r]!, rows[r + 1]!];
    const high = pixelAt(bottom, height, size.height) - pixelAt(top, height, size.height);
    for (let c = 0; c + 1 < columns.length; c++) {
      const [left, right] = [columns[c]!, columns[c + 1]!];
      const wide = pixelAt(right, width, size.width) - pixelAt(left, width, size.width);
      let drawn = 0;
      for (let row = top; row < bottom; row++)
        for (let column = left; column < right; column++) drawn += counts[first + row * width + column]!;
      for (let row = top; row < bottom; row++)
        rates.fill(drawn / (high * wide), row * width + left, row * width + right);
    }
  }
  return rates;
}
