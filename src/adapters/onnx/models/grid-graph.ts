// A hash grid's lookup as graph nodes: what any ONNX runtime can run, and what the gradient is taken of where no
// kernel does the work. All levels of a kind at once; only whole numbers, no loop.
import type { GraphBuilder, Value } from '../graph/index.js';
import { hashPrimes, type GridLayout, type GridLevel } from './grid-layout.js';

/**
 * Looks points up on every level and interpolates between the corners of their cells.
 * @param x `[n, dims]` in [−1, 1]; what lies outside is moved to the border
 * @param table `[rows, features]`
 * @returns `[n, levels·features]`, coarsest level first
 */
export function gridLookup(b: GraphBuilder, layout: GridLayout, x: Value, table: Value): Value {
  const unit = b.clip(b.mul(b.add(x, 1), 0.5), 0, 1);
  const kinds = [false, true].map((hashed) => layout.levels.filter((level) => level.hashed === hashed));
  const parts = kinds.flatMap((levels) =>
    levels.length === 0 ? [] : [lookupLevels(b, layout, levels, unit, table)],
  );
  // Corners grow from level to level, so the hashed levels are the last ones.
  const all = parts.length === 1 ? (parts[0] as Value) : b.concat(parts, 1);
  return b.reshape(all, [dimOf(x), layout.levels.length * layout.features]);
}

const dimOf = (x: Value): number | string => x.shape[0] ?? 0;

/** Levels that are all hashed or all not: `[n, levels, features]`. */
function lookupLevels(
  b: GraphBuilder,
  { dims, features }: GridLayout,
  levels: readonly GridLevel[],
  unit: Value,
  table: Value,
): Value {
  const count = levels.length;
  const hashed = levels[0]?.hashed === true;
  const kind = hashed ? 'hashed' : 'dense';
  const constant = (name: string, data: readonly number[], shape: readonly number[], whole: boolean): Value =>
    b.initializer(`grid.${kind}.${name}`, data, shape, whole ? 'int64' : unit.type);

  const scale = constant(
    'scale',
    levels.map((level) => level.scale),
    [count, 1],
    false,
  );
  const place = b.add(b.mul(b.unsqueeze(unit, [1]), scale), 0.5);
  const corner = b.floor(place);
  const fraction = b.sub(place, corner);
  const factors = levels.flatMap(({ side }) =>
    Array.from({ length: dims }, (_, axis) => (hashed ? (hashPrimes[axis] ?? 1) : side ** axis)),
  );
  const factor = constant('factor', factors, [count, dims], true);
  const lower = b.mul(b.cast(corner, 'int64'), factor);
  const upper = b.add(lower, factor);
  const rest = b.sub(1, fraction);

  // Axis a's two ends lie along an axis of their own, the first spatial axis last: [n, levels, 2, 2(, 2)].
  const ends = (low: Value, high: Value, axis: number): Value => {
    const pair = b.concat([pick(b, low, axis), pick(b, high, axis)], 2);
    const shape = Array.from({ length: dims }, (_, i) => (i === dims - 1 - axis ? 2 : 1));
    return b.reshape(pair, [dimOf(unit), count, ...shape]);
  };
  const axes = Array.from({ length: dims }, (_, axis) => axis);
  const combine = (a: Value, c: Value): Value => (hashed ? b.bitwiseXor(a, c) : b.add(a, c));
  const weights = axes.map((axis) => ends(rest, fraction, axis)).reduce((a, c) => b.mul(a, c));
  let rows = axes.map((axis) => ends(lower, upper, axis)).reduce(combine);
  if (hashed) rows = b.bitwiseAnd(rows, b.scalar((levels[0]?.rows ?? 1) - 1, 'int64'));
  const first = constant(
    'first',
    levels.map((level) => level.first),
    [count, ...axes.map(() => 1)],
    true,
  );
  const flat = b.reshape(b.add(rows, first), [dimOf(unit), count, 2 ** dims]);
  const corners = b.gather(table, flat);
  const flatWeights = b.reshape(weights, [dimOf(unit), count, 2 ** dims, 1]);
  return b.reshape(b.reduceSum(b.mul(corners, flatWeights), [2], false), [dimOf(unit), count, features]);
}

/** One axis' numbers, [n, levels, 1]. */
function pick(b: GraphBuilder, values: Value, axis: number): Value {
  return b.slice(values, [axis], [axis + 1], [2]);
}
