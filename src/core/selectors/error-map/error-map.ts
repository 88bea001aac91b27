// instant-ngp's error map (Müller et al., 2022; `error_map` in its testbed), the baseline that comes with the field:
// every view has a coarse grid on which the errors of its rays are added up. At growing intervals the grids become
// cumulative distributions that views, rows and columns are drawn from, and begin anew. It is off by default there, and
// others saw no gain from it.
import type { GridSize, Selector, Snapshot } from '../../contracts.js';
import { ArgumentError } from '../../errors.js';
import { integer, number, type SettingsOf } from '../../settings.js';
import { fields, type Part, type State } from '../../state.js';
import { BaseSelector, type Plan } from '../base.js';
import type { Draw } from '../draw.js';
import type { Found } from '../feedback.js';
import { Rejections } from '../members.js';
import { countsAt } from '../schedules.js';
import { defineStrategy, makeSelector, type OptionsOf, type SelectorContext } from '../strategy.js';
import { firstOfView, viewOf } from '../views.js';
import { cellOf, cumulate, extentOf, grids, search, share, startOf, within, type Grid } from './grids.js';

const settings = {
  /** Share of the pool that a step trains on; a batch size goes before it. As for other strategies of small steps. */
  ratio: number({ above: 0, max: 1, default: 0.02 }),
  /** Steps before errors are first used. instant-ngp's. */
  interval: integer({ min: 1, max: 2 ** 32, default: 128 }),
  /** What each later interval is multiplied by. instant-ngp's. */
  growth: number({ min: 1, max: 1000, default: 1.5 }),
  /** Share of the draws that is uniform within its view. instant-ngp's. */
  uniformShare: number({ min: 0, max: 1, default: 0.5 }),
  /**
   * Importance correction: weights are (1/(N·q))^correction, with q a sample's likelihood. 1 keeps the weighted loss
   * unbiased and gives away most of what choosing gains. instant-ngp does not correct.
   */
  correction: number({ min: 0, max: 1, default: 0 }),
};

type Settings = SettingsOf<typeof settings>;

const wants = ['errors'] as const;
/** No row of a view, and no cell of a row, gets less than this share of an even one (instant-ngp's MIN_PMF). */
const cellFloor = 0.01;
/** No view gets less than this share of an even one. */
const viewFloor = 0.1;
/** Side of a grid over the fourth root of a view's samples in an interval. */
const sideFactor = 3.5;
/** What an empty cell counts, as there. */
const trace = 1e-10;

/**
 * A view is drawn by its share of the errors, a tenth of that even; then, for half of the draws, a cell of its grid by row
 * and column, a hundredth of either even, and a pixel in the cell; the other half is uniform in the view. An error is
 * divided by its sample's likelihood, and spread over the four nearest cells. Grids have
 * min(3.5·(samples per view)^¼, pixels) cells a side, for the samples of the interval ahead, as far as it can be foreseen.
 * Different from instant-ngp: views of different sizes count by their pixels; there they count alike.
 */
class ErrorMapSelector extends BaseSelector {
  readonly #settings: Settings;
  readonly #views: readonly GridSize[];
  readonly #rejections: Rejections;
  readonly #first: Float64Array;
  /** The grids that errors are added up on, and the errors. */
  #collecting: readonly Grid[] = [];
  #errors = new Float32Array(0);
  /** The grids drawn from, and cumulative shares: of views, of each view's rows, of each row's cells. */
  #drawing: readonly Grid[] = [];
  readonly #ofViews: Float64Array;
  #ofRows = new Float64Array(0);
  #ofCells = new Float64Array(0);
  /** The interval under way, and how many draws and samples it has seen. */
  readonly #now: { interval: number; steps: number; samples: number };

  constructor(context: SelectorContext, settings: Settings) {
    const { views = [], size } = context;
    const sizes = views.map(({ width, height }) => `${width}x${height}`).join(' ');
    const fingerprint = { ...settings, views: views.length, layout: checksum(sizes) };
    super('error-map', context, fingerprint, settings.correction > 0 ? ['errors', 'weights'] : ['errors']);
    this.#settings = settings;
    this.#views = views;
    this.#rejections = new Rejections(context);
    this.#first = firstOfView(views);
    if (this.#first.at(-1) !== size) {
      throw new ArgumentError(
        `The views have ${this.#first.at(-1)} pixels, expected ${size}, one for each sample of the pool.`,
      );
    }
    this.#ofViews = new Float64Array(views.length);
    this.#now = { interval: settings.interval, steps: 0, samples: 0 };
  }

  protected choose(draw: Draw, most: number): Plan {
    const n = most < Infinity ? most : countsAt(this.#settings.ratio, 0, this.size).total;
    draw.resize(n, true);
    if (this.#collecting.length === 0) this.#collect(n * this.#now.interval);
    if (this.#now.steps >= Math.floor(this.#now.interval)) this.#rebuild();
    this.#now.steps++;
    this.#now.samples += n;
    if (this.#drawing.length > 0) this.#drawByError(draw);
    else this.#drawEvenly(draw);
    draw.weigh(this.#settings.correction);
    return { wants };
  }

  protected override learn({ indices, individuals, inverse }: Draw, { errors }: Found): void {
    if (errors === undefined) return;
    for (let i = 0; i < errors.length; i++) {
      const weighted = (errors[i] as number) * (inverse[i] as number);
      if (weighted > 0) this.#deposit(indices[i] as number, individuals[i] as number, weighted);
    }
  }

  protected override state(): State {
    const drawnIn = ({ arrays }: Snapshot): { readonly cells: number; readonly rows: number } =>
      extentOf(this.#gridsFrom(arrays['drawing']) ?? []);
    return {
      collecting: this.#gridsPart(
        () => this.#collecting,
        (grids) => (this.#collecting = grids),
      ),
      drawing: this.#gridsPart(
        () => this.#drawing,
        (grids) => (this.#drawing = grids),
      ),
      errors: {
        read: () => this.#errors.slice(),
        check: (value, { arrays }) => {
          const { cells } = extentOf(this.#gridsFrom(arrays['collecting']) ?? []);
          if (!(value instanceof Float32Array) || value.length !== cells) return undefined;
          return value.every((error) => error >= 0) ? () => (this.#errors = value.slice()) : undefined;
        },
      },
      ofViews: doubles(
        () => this.#ofViews,
        (shares) => this.#ofViews.set(shares),
        () => this.#ofViews.length,
      ),
      ofRows: doubles(
        () => this.#ofRows,
        (shares) => (this.#ofRows = shares),
        (snapshot) => drawnIn(snapshot).rows,
      ),
      ofCells: doubles(
        () => this.#ofCells,
        (shares) => (this.#ofCells = shares),
        (snapshot) => drawnIn(snapshot).cells,
      ),
      ...fields(this.#now, (value) => value >= 0),
    };
  }

  #gridsPart(read: () => readonly Grid[], take: (grids: readonly Grid[]) => void): Part {
    return {
      expected: `grids of errors over ${this.#views.length} views`,
      read: () => Uint32Array.from(read().flatMap(({ across, down }) => [across, down])),
      check: (value) => {
        const found = this.#gridsFrom(value);
        return found && (() => take(found));
      },
    };
  }

  #drawEvenly({ indices, individuals, inverse, size }: Draw): void {
    for (let i = 0; i < size;) {
      const index = this.random.below(this.size);
      if (this.#rejections.rejects(index)) continue;
      individuals[i] = viewOf(this.#first, index);
      indices[i++] = index;
    }
    inverse.fill(1);
  }

  #drawByError({ indices, individuals, inverse, size: n }: Draw): void {
    const { uniformShare } = this.#settings;
    const [random, size, views] = [this.random, this.size, this.#views];
    const [first, ofViews, ofRows, ofCells] = [this.#first, this.#ofViews, this.#ofRows, this.#ofCells];
    for (let i = 0; i < n;) {
      const view = search(ofViews, 0, ofViews.length, random.float());
      const { width, height } = views[view] as GridSize;
      const { across, down, cells, rows } = this.#drawing[view] as Grid;
      let row: number;
      let column: number;
      if (random.float() < uniformShare) {
        row = random.below(height);
        column = random.below(width);
      } else {
        const y = search(ofRows, rows, down, random.float());
        const x = search(ofCells, cells + y * across, across, random.float());
        row = within(y, down, height, random.below(2 ** 24));
        column = within(x, across, width, random.below(2 ** 24));
      }
      // The likelihood of this pixel, however it was drawn.
      const y = cellOf(row, down, height);
      const x = cellOf(column, across, width);
      const ofRow = share(ofRows, rows, y) / (startOf(y + 1, down, height) - startOf(y, down, height));
      const inRow = share(ofCells, cells + y * across, x);
      const ofCell = inRow / (startOf(x + 1, across, width) - startOf(x, across, width));
      const inView = uniformShare / (width * height) + (1 - uniformShare) * ofRow * ofCell;
      const index = (first[view] as number) + row * width + column;
      if (this.#rejections.rejects(index)) continue;
      individuals[i] = view;
      indices[i] = index;
      inverse[i++] = 1 / (size * share(ofViews, 0, view) * inView);
    }
  }

  /** Adds an error to the cells around its pixel, by how near their centres are. */
  #deposit(index: number, view: number, error: number): void {
    const { width, height } = this.#views[view] as GridSize;
    const { across, down, cells } = this.#collecting[view] as Grid;
    const pixel = index - (this.#first[view] as number);
    const row = Math.floor(pixel / width);
    const x = Math.min(across - 1, Math.max(0, ((pixel - row * width + 0.5) / width) * across - 0.5));
    const y = Math.min(down - 1, Math.max(0, ((row + 0.5) / height) * down - 0.5));
    const left = Math.floor(x);
    const top = Math.floor(y);
    const right = Math.min(across - 1, left + 1);
    const bottom = Math.min(down - 1, top + 1);
    const toRight = x - left;
    const toBottom = y - top;
    const errors = this.#errors;
    errors[cells + top * across + left]! += error * (1 - toRight) * (1 - toBottom);
    errors[cells + top * across + right]! += error * toRight * (1 - toBottom);
    errors[cells + bottom * across + left]! += error * (1 - toRight) * toBottom;
    errors[cells + bottom * across + right]! += error * toRight * toBottom;
  }

  /** Turns what was collected into distributions, and begins anew for the interval ahead. */
  #rebuild(): void {
    const { growth } = this.#settings;
    const views = this.#views;
    const { cells, rows } = extentOf(this.#collecting);
    if (this.#ofCells.length !== cells) this.#ofCells = new Float64Array(cells);
    if (this.#ofRows.length !== rows) this.#ofRows = new Float64Array(rows);
    this.#collecting.forEach((grid, view) => (this.#ofViews[view] = this.#cumulate(grid)));
    // A grid holds sums over its view's rays: a view of more pixels has more of them, and should.
    const even = views.map(({ width, height }) => (width * height) / this.size);
    cumulate(this.#ofViews, 0, views.length, viewFloor, even);
    this.#drawing = this.#collecting;
    this.#now.interval *= growth;
    this.#collect((this.#now.samples / this.#now.steps) * this.#now.interval);
    this.#now.steps = 0;
    this.#now.samples = 0;
  }

  /** Writes one view's distributions. @returns the sum of its errors */
  #cumulate({ across, down, cells, rows }: Grid): number {
    const [errors, ofCells, ofRows] = [this.#errors, this.#ofCells, this.#ofRows];
    let total = 0;
    for (let y = 0; y < down; y++) {
      const start = cells + y * across;
      for (let x = start; x < start + across; x++) ofCells[x] = (errors[x] as number) + trace;
      const sum = cumulate(ofCells, start, across, cellFloor);
      ofRows[rows + y] = sum;
      total += sum;
    }
    cumulate(ofRows, rows, down, cellFloor);
    return total;
  }

  /** Makes grids for an interval of so many samples. */
  #collect(samples: number): void {
    const views = this.#views;
    const side = Math.max(1, Math.floor(sideFactor * Math.sqrt(Math.sqrt(samples / views.length))));
    const cut = views.flatMap(({ width, height }) => [Math.min(side, width), Math.min(side, height)]);
    this.#collecting = grids(cut);
    const { cells } = extentOf(this.#collecting);
    if (this.#errors.length === cells) this.#errors.fill(0);
    else this.#errors = new Float32Array(cells);
  }

  /** Grids of a snapshot, one for every view or none; undefined if they fit no views of these sizes. */
  #gridsFrom(cut: unknown): readonly Grid[] | undefined {
    const views = this.#views;
    if (!(cut instanceof Uint32Array) || (cut.length !== 0 && cut.length !== 2 * views.length))
      return undefined;
    const fits = cut.every((cells, i) => {
      const view = views[i >> 1] as GridSize;
      return cells >= 1 && cells <= (i % 2 === 0 ? view.width : view.height);
    });
    return fits ? grids([...cut]) : undefined;
  }
}

/** Numbers in double precision, as bytes: snapshots carry no arrays of them. @param lengthIn of those in a snapshot */
function doubles(
  read: () => Float64Array,
  take: (numbers: Float64Array<ArrayBuffer>) => void,
  lengthIn: (snapshot: Snapshot) => number,
): Part {
  return {
    read: () => new Uint8Array(read().slice().buffer),
    check: (value, snapshot) =>
      value instanceof Uint8Array && value.length === 8 * lengthIn(snapshot)
        ? () => take(new Float64Array(value.slice().buffer))
        : undefined,
  };
}

/** Tells texts apart (FNV-1a). */
function checksum(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}

/** instant-ngp's error map. */
export const errorMapStrategy = defineStrategy({
  name: 'error-map',
  summary: "pixels by a coarse map of each photograph's errors (instant-ngp)",
  settings,
  needs: ['errors', 'views'],
  create: (context, settings) => new ErrorMapSelector(context, settings),
});

/**
 * Makes a selector by instant-ngp's error map: needs the `views` that make up the pool.
 * @throws ArgumentError naming the setting that is unknown or out of range
 * @example
 * const selector = errorMap({ size: 2 * 640 * 480, batchSize: 4096, views: [{ width: 640, height: 480 }, { width: 640, height: 480 }] });
 * const selection = selector.next();
 * selector.report(selection, { errors: await mine.train(selection.indices) });
 */
export function errorMap(options: OptionsOf<typeof errorMapStrategy.settings>): Selector {
  return makeSelector(errorMapStrategy, options);
}
