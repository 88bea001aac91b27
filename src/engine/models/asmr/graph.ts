// ASMR's forward pass, in its two forms: point by point, as it is trained, and over a whole grid, where points that share
// their coarse digits share the layers that see nothing else.
import type { GraphBuilder, Value } from '../../graph/index.js';
import { productOf, type Bases } from './bases.js';

/** What a graph is made from. */
export interface AsmrShape {
  /** Points along each axis. */
  readonly shape: readonly number[];
  readonly bases: Bases;
  readonly omega: number;
}

/** Parameters of a layer. The last one has no modulation. */
export interface AsmrLayer {
  readonly weight: Value;
  readonly bias: Value;
  readonly modulation: Value | undefined;
}

/** Bases of one level, by axis. */
const basesAt = (bases: Bases, level: number): number[] => bases.map((own) => own[level] ?? 1);

/** A digit in [0, 1]; 0 where there is but one. */
const inUnit = (digit: number, base: number): number => (base === 1 ? 0 : digit / (base - 1));

/**
 * Point by point.
 * @param x `[n, axes]` in [−1, 1], the centres of the grid's points at both ends; places between take the nearest point
 * @returns `[n, outputDim]`
 */
export function pointByPoint(
  b: GraphBuilder,
  x: Value,
  { shape, bases, omega }: AsmrShape,
  layers: readonly AsmrLayer[],
): Value {
  const digits = digitsOf(b, x, shape, bases);
  const axes = shape.length;
  const at = (level: number): Value => b.slice(digits, [level * axes], [(level + 1) * axes], [1]);
  return layers.reduce((h, { weight, bias, modulation }, i) => {
    if (modulation === undefined) return b.gemm(h, weight, bias, { transB: true });
    const sum = b.gemm(h, weight, bias, { alpha: omega, beta: omega, transB: true });
    // Two sums, as over a whole grid, and not one product onto another: arguments go to thousands, where the last bit counts.
    return b.sin(b.add(sum, b.gemm(at(i + 1), modulation, undefined, { alpha: omega ** 2, transB: true })));
  }, at(0));
}

/** The digits of coordinates, `[n, levels · axes]`, coarsest level first. All numbers are whole and small: exact. */
function digitsOf(b: GraphBuilder, x: Value, shape: readonly number[], bases: Bases): Value {
  const levels = bases[0]?.length ?? 0;
  const row = (name: string, of: (axis: number, level: number) => number): Value => {
    const values = Array.from({ length: levels }, (_, level) => shape.map((_, axis) => of(axis, level)));
    return b.initializer(`digits.${name}`, values.flat(), [1, levels * shape.length], x.type);
  };
  const half = b.initializer(
    'digits.half',
    shape.map((points) => (points - 1) / 2),
    [1, shape.length],
    x.type,
  );
  const last = b.initializer(
    'digits.last',
    shape.map((points) => points - 1),
    [1, shape.length],
    x.type,
  );
  const nearest = b.floor(b.add(b.mul(b.add(x, 1), half), 0.5));
  const place = b.max(b.min(nearest, last), 0);
  const all = b.concat(Array<Value>(levels).fill(place), 1);
  const base = row('base', (axis, level) => bases[axis]?.[level] ?? 1);
  const step = row('step', (axis, level) => productOf(bases[axis]?.slice(level + 1) ?? []));
  const scale = row('scale', (axis, level) => inUnit(1, bases[axis]?.[level] ?? 1));
  // Halves are added so that a quotient that should be whole cannot be rounded down below it.
  const coarse = b.floor(b.div(b.add(all, 0.5), step));
  const carried = b.mul(b.floor(b.div(b.add(coarse, 0.5), base)), base);
  return b.mul(b.sub(coarse, carried), scale);
}

/** Points worked out at a time: a layer of them takes some ten megabytes. */
const pointsAtOnce = 2 ** 15;
/** Most parts that a graph has. */
const mostParts = 256;

/**
 * The whole grid, which needs no coordinates. A layer is worked out once for all points with the same digits so far, then each
 * of these is added to the next digit's modulation. Rows are in the order of the digits, the coarsest level first, until the
 * end. From where they become many they go in parts, whose memory is free again after each.
 * @returns `[∏ shape, outputDim]`, row by row
 */
export function wholeGrid(
  b: GraphBuilder,
  { shape, bases, omega }: AsmrShape,
  layers: readonly AsmrLayer[],
  type: Value['type'] = b.elementType,
): Value {
  const levels = layers.length;
  const cells = layers.map((_, level) => productOf(basesAt(bases, level)));
  const table = (level: number): Value => {
    const own = basesAt(bases, level);
    const count = productOf(own);
    const digits = Array.from({ length: count }, (_, cell) => {
      let rest = cell;
      return own.map((_, axis) => {
        const inner = productOf(own.slice(axis + 1));
        const digit = Math.floor(rest / inner);
        rest -= digit * inner;
        return inUnit(digit, own[axis] ?? 1);
      });
    });
    return b.initializer(`grid.digits.${level}`, digits.flat(), [count, own.length], type);
  };
  const modulations = layers.map(({ modulation }, i) =>
    modulation === undefined
      ? undefined
      : b.gemm(table(i + 1), modulation, undefined, { alpha: omega ** 2, transB: true }),
  );
  const rowsAfter = (i: number): number => productOf(cells.slice(0, i + 1));
  const all = rowsAfter(levels);
  /** Layers `i` and on. @param rows of `h` */
  const from = (h: Value, i: number, rows: number): Value => {
    const { weight, bias } = layers[i] as AsmrLayer;
    const modulation = modulations[i];
    if (modulation === undefined) return b.gemm(h, weight, bias, { transB: true });
    const sum = b.gemm(h, weight, bias, { alpha: omega, beta: omega, transB: true });
    const width = weight.shape[0] ?? 1;
    const next = cells[i + 1] ?? 1;
    const every = b.add(b.reshape(sum, [rows, 1, width]), b.reshape(modulation, [1, next, width]));
    return inParts(b.reshape(b.sin(every), [rows * next, width]), i + 1, rows * next);
  };
  const inParts = (h: Value, i: number, rows: number): Value => {
    const each = all / rowsAfter(i);
    const most = Math.max(1, Math.floor(Math.max(pointsAtOnce, all / mostParts) / each));
    // Once is enough: a part is never cut again. Rows that become too many by themselves are cut a level later.
    const cut = i < levels - 1 && rows === rowsAfter(i) && rows > most && each <= pointsAtOnce;
    if (!cut) return from(h, i, rows);
    const parts = Array.from({ length: Math.ceil(rows / most) }, (_, part) => {
      const [start, end] = [part * most, Math.min(rows, (part + 1) * most)];
      return from(b.slice(h, [start], [end], [0]), i, end - start);
    });
    return b.concat(parts, 0);
  };
  return inRows(b, from(table(0), 0, cells[0] ?? 1), shape, bases);
}

/** Rows in the order of digits, brought into the order of the grid's points; what lies beyond its end is left out. */
function inRows(b: GraphBuilder, values: Value, shape: readonly number[], bases: Bases): Value {
  const width = values.shape[1] ?? 1;
  const axes = shape.map((_, axis) => axis);
  const levels = bases[0]?.length ?? 0;
  // Digits that can but be 0 are no axes.
  const places = Array.from({ length: levels }, (_, level) => axes.map((axis) => ({ axis, level })))
    .flat()
    .filter(({ axis, level }) => (bases[axis]?.[level] ?? 1) > 1);
  const sizes = places.map(({ axis, level }) => bases[axis]?.[level] ?? 1);
  const order = axes.flatMap((axis) => places.flatMap((place, i) => (place.axis === axis ? i : [])));
  const held = bases.map(productOf);
  let grid = b.reshape(values, [...sizes, width]);
  grid = b.transpose(grid, [...order, sizes.length]);
  grid = b.reshape(grid, [...held, width]);
  const beyond = axes.filter((axis) => held[axis] !== shape[axis]);
  if (beyond.length > 0) {
    grid = b.slice(
      grid,
      beyond.map(() => 0),
      beyond.map((axis) => shape[axis] ?? 0),
      beyond,
    );
  }
  return b.reshape(grid, [productOf(shape), width]);
}
