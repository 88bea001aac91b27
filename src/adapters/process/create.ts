// A selector out of a request: what the client says of its pool and its run, checked, in the place of a pool object.
import { checkFloats, checkInteger, show } from '../../core/check.js';
import { ArgumentError } from '../../core/errors.js';
import { resolveSettings } from '../../core/resolve-settings.js';
import { imageTiles, runTiles } from '../../core/selectors/tile-layout.js';
import {
  createSelector,
  delayReports,
  findStrategy,
  type GridSize,
  type Prior,
  type Selector,
  type SelectorContext,
  type StateArray,
  type Strategy,
  type TileLayout,
} from '../../core/index.js';
import { present } from '../../core/present.js';
import type { Arrays, Header } from './frames.js';

/** The members of a request to create, beside those of every request. */
export const createMembers = [
  ...['strategy', 'size', 'steps', 'seed', 'count', 'lag', 'settings'],
  ...['shape', 'views', 'tile'],
];

const priors: readonly Prior[] = ['edges', 'luma'];
/** The arrays that it may come with. */
export const createArrays: readonly string[] = ['targets', 'excluded', ...priors];

/** Most selections that may wait behind the one a report is for: core keeps 64 open. */
const mostLag = 63;

/** A selector as a client asked for it. */
export interface Created {
  readonly selector: Selector;
  readonly lag: number;
}

/** The size that a request names, which limits go by. @throws ArgumentError */
export function sizeOf({ size }: Header): number {
  return checkInteger('size', size, 1, 2 ** 32 - 1, 'the number of samples in the pool');
}

/**
 * Makes the selector that a request asks for.
 * @throws ArgumentError naming what is missing, unknown or out of range
 */
export function createRequested(header: Header, arrays: Arrays): Created {
  const size = sizeOf(header);
  const { strategy, settings = {}, seed, steps, count, lag: asked = 0 } = header;
  if (typeof strategy !== 'string') {
    throw new ArgumentError(`strategy must be the name of a strategy, got ${show(strategy)}.`);
  }
  const found = findStrategy(strategy);
  if (found.needs.includes('nearest')) {
    throw new ArgumentError(
      `The '${strategy}' selector moves samples through the network's input and needs the pool itself to find the nearest: ` +
        'that is not supported from another process; choose another strategy.',
    );
  }
  const own = checkSettings(found, settings);
  const lag = checkInteger('lag', asked, 0, mostLag, 'how many selections later a report is applied');
  const known = present({ seed, steps, batchSize: count }) as Partial<SelectorContext>;
  checkSeed(seed);
  const pool = poolOf(header, arrays, size);
  const made = createSelector<string>({ ...own, ...known, ...pool, strategy, size, open: lag + 1 });
  return { selector: delayReports(made, lag), lag };
}

/** The settings of the strategy alone: what the pool and the run are has its own place. */
function checkSettings({ name, settings: shape }: Strategy, settings: unknown): object {
  if (typeof settings !== 'object' || settings === null || Array.isArray(settings)) {
    throw new ArgumentError(`settings must be an object of the strategy's settings, got ${show(settings)}.`);
  }
  resolveSettings(`The '${name}' strategy`, shape, settings);
  return settings;
}

function checkSeed(seed: unknown): void {
  if (seed !== undefined) checkInteger('seed', seed, 0, Number.MAX_SAFE_INTEGER, 'it makes draws repeat');
}

/** What a request says of its pool, in the form that selectors take. */
function poolOf(header: Header, arrays: Arrays, size: number): Partial<SelectorContext> {
  const shape = header['shape'] === undefined ? undefined : checkShape(header['shape'], size);
  const given = priors.filter((kind) => arrays[kind] !== undefined);
  for (const kind of given) checkFloats(kind, arrays[kind], size, 'one per sample of the pool, [N]');
  const { targets, excluded } = arrays;
  if (targets !== undefined && !(targets instanceof Float32Array)) throw wrongType('targets', targets, 'f32');
  return present({
    shape,
    views: header['views'] === undefined ? undefined : checkViews(header['views'], size),
    layout: header['tile'] === undefined ? undefined : layoutOf(header['tile'], shape, size),
    targets,
    excluded: excluded === undefined ? undefined : excludedBy(excluded, size),
    prior: given.length === 0 ? undefined : (kind: Prior) => priorOf(kind, arrays),
  });
}

function checkShape(shape: unknown, size: number): number[] {
  const extents = isCounts(shape) ? shape : undefined;
  if (extents !== undefined && extents.length > 0 && product(extents) === size) return extents;
  throw new ArgumentError(
    `shape must be a list of whole numbers, the extents of the grid of all ${size} samples, rows before columns; got ` +
      `${extents === undefined ? show(shape) : `[${extents.join(', ')}]`}.`,
  );
}

function checkViews(views: unknown, size: number): GridSize[] {
  const grids = Array.isArray(views) ? (views as readonly unknown[]) : [];
  const read = grids.map((grid) => {
    if (isCounts(grid) && grid.length === 2) return { height: grid[0] as number, width: grid[1] as number };
    throw new ArgumentError(`Each of views must be [rows, columns], got ${show(grid)}.`);
  });
  const total = read.reduce((sum, { width, height }) => sum + width * height, 0);
  if (read.length > 0 && total === size) return read;
  throw new ArgumentError(
    `views must be a list of [rows, columns] of photographs that have all ${size} samples between them; got ` +
      `${Array.isArray(views) ? `${read.length} with ${total}` : show(views)}.`,
  );
}

/** Squares of a picture, or runs of anything else. */
function layoutOf(tile: unknown, shape: readonly number[] | undefined, size: number): TileLayout {
  const length = checkInteger(
    'tile',
    tile,
    1,
    2 ** 16,
    'about so many columns and rows, or samples, of a tile',
  );
  const [height = 1, width = 1] = shape ?? [];
  return shape?.length === 2 ? imageTiles({ width, height, tile: length }) : runTiles(size, length);
}

function excludedBy(mask: StateArray, size: number): (index: number) => boolean {
  if (!(mask instanceof Uint8Array)) throw wrongType('excluded', mask, 'u8');
  if (mask.length === size) return (index) => mask[index] !== 0;
  throw new ArgumentError(
    `excluded has ${mask.length} numbers, expected ${size}, one per sample of the pool.`,
  );
}

function priorOf(kind: Prior, arrays: Arrays): Float32Array {
  const found = arrays[kind];
  if (found instanceof Float32Array) return found;
  throw new ArgumentError(
    `The strategy needs the prior '${kind}': send it as an array of that name, f32, [N].`,
  );
}

/** @throws ArgumentError */
export function wrongType(name: string, got: StateArray, expected: string): ArgumentError {
  return new ArgumentError(`The array ${name} must be of type ${expected}, got a ${got.constructor.name}.`);
}

const isCounts = (value: unknown): value is number[] =>
  Array.isArray(value) && value.every((entry) => Number.isSafeInteger(entry) && (entry as number) >= 1);

const product = (extents: readonly number[]): number => extents.reduce((all, extent) => all * extent, 1);
