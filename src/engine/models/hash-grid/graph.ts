// A hash grid's lookup as graph nodes: what any ONNX runtime can run, and what the gradient is taken of where no
// kernel does the work. All levels of a kind at once. A cell's 2ᵈ corners lie along the last axis of every tensor,
// and each of a corner's numbers has a tensor of its own: runtimes are slow where the last axis is short.
import type { GraphBuilder, Value } from '../../graph/index.js';
import { hashPrimes, type GridLayout, type GridLevel } from './layout.js';

/**
 * Looks points up on every level and interpolates between the corners of their cells.
 * @param x `[n, dims]` in [−1, 1]; what lies outside is moved to the border
 * @param table `[rows, features]`
 * @returns `[n, levels·features]`, coarsest level first
 */
export function gridLookup(b: GraphBuilder, layout: GridLayout, x: Value, table: Value): Value {
  const [n = 0] = x.shape;
  const { levels, features } = layout;
  const unit = b.unsqueeze(b.clip(b.mul(b.add(x, 1), 0.5), 0, 1), [1]);
  const columns = Array.from({ length: features }, (_, f) =>
    b.reshape(b.slice(table, [f], [f + 1], [1]), [layout.rows]),
  );
  // Corners grow from level to level, so the hashed levels are the last ones.
  const parts = [false, true].flatMap((hashed) => {
    const own = levels.filter((level) => level.hashed === hashed);
    return own.length === 0 ? [] : [lookupLevels(b, layout.dims, own, unit, columns)];
  });
  const all = parts.length === 1 ? (parts[0] as Value) : b.concat(parts, 1);
  return b.reshape(all, [n, levels.length * features]);
}

/**
 * Levels that are all hashed or all not: `[n, levels, features]`.
 * @param unit `[n, 1, dims]` in [0, 1]
 * @param columns the table, `[rows]` per feature
 */
function lookupLevels(
  b: GraphBuilder,
  dims: number,
  levels: readonly GridLevel[],
  unit: Value,
  columns: readonly Value[],
): Value {
  const hashed = levels[0]?.hashed === true;
  const count = levels.length;
  const corners = Array.from({ length: 2 ** dims }, (_, corner) => corner);
  const constant = (name: string, data: readonly number[], shape: readonly number[], whole = false): Value =>
    b.initializer(`grid.${hashed ? 'hashed' : 'dense'}.${name}`, data, shape, whole ? 'int64' : unit.type);

  const scales = levels.map(({ scale }) => scale);
  const place = b.add(b.mul(unit, constant('scale', scales, [count, 1])), 0.5);
  const lower = b.floor(place);
  const fraction = b.sub(place, lower);
  const cell = b.cast(lower, 'int64');
  const axes = Array.from({ length: dims }, (_, axis) => {
    const isUpper = corners.map((corner) => (corner >> axis) & 1);
    // 1 − fraction at lower ends, fraction at upper ones.
    const sign = constant(
      `sign.${axis}`,
      isUpper.map((bit) => 2 * bit - 1),
      [corners.length],
    );
    const offset = constant(
      `offset.${axis}`,
      isUpper.map((bit) => 1 - bit),
      [corners.length],
    );
    const weight = b.add(b.mul(pick(b, fraction, axis), sign), offset);
    const factors = levels.map(({ side }) => (hashed ? (hashPrimes[axis] ?? 1) : side ** axis));
    const factor = constant(`factor.${axis}`, factors, [count, 1], true);
    const steps = factors.flatMap((f) => isUpper.map((bit) => bit * f));
    const step = constant(`step.${axis}`, steps, [count, corners.length], true);
    return { weight, row: b.add(b.mul(pick(b, cell, axis), factor), step) };
  });
  const weights = axes.map(({ weight }) => weight).reduce((a, c) => b.mul(a, c));
  let rows = axes.map(({ row }) => row).reduce((a, c) => (hashed ? b.bitwiseXor(a, c) : b.add(a, c)));
  if (hashed) rows = b.bitwiseAnd(rows, (levels[0]?.rows ?? 1) - 1);
  const starts = levels.map(({ first }) => first);
  rows = b.add(rows, constant('first', starts, [count, 1], true));
  const values = columns.map((column) => b.reduceSum(b.mul(b.gather(column, rows), weights), [2]));
  return values.length === 1 ? (values[0] as Value) : b.concat(values, 2);
}

/** One axis' numbers, `[n, levels, 1]`. */
function pick(b: GraphBuilder, values: Value, axis: number): Value {
  return b.slice(values, [axis], [axis + 1], [2]);
}
