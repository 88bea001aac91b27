// Gradients of the operators that move elements: each undoes the move, and sums where one element went to
// several places.
import { addDims, subtractDims, type Dim } from './dims.js';
import { dimAt, type GraphNode, type Value } from './node.js';
import { asScalar, expandTo, isUniform, type BackwardStep, type GradientRule } from './rule.js';
import { permutation, sliceRanges, squeezedAxes } from './shapes-layout.js';

/** A rule for moves that keep every element: a gradient that is one number for all needs no moving. */
function move(back: (step: BackwardStep) => Value): GradientRule {
  return (step) => step.give(0, () => (isUniform(step.g) ? asScalar(step.builder, step.g) : back(step)));
}

/** Puts the elements of one axis back to every `stride`-th place of an axis of zeros. */
function scatterAlong(
  step: BackwardStep,
  gradient: Value,
  axis: number,
  start: Dim,
  stride: number,
  count: Dim,
): Value {
  const { builder } = step;
  const rank = gradient.shape.length;
  if (typeof start !== 'number' || typeof count !== 'number') {
    throw step.node.error(
      `a step of ${stride} along an axis whose size is not a number has no gradient; give the size`,
    );
  }
  const places = builder.integers(Array.from({ length: count }, (_, i) => start + i * stride));
  const column = builder.unsqueeze(
    places,
    [...Array(rank - 1 - axis).keys()].map((i) => i + 1),
  );
  const indices = builder.expand(column, gradient.shape);
  const whole = gradient.shape.with(axis, dimAt(step.x(0).shape, axis));
  const zeros = builder.filled(whole, 0, gradient.type);
  return builder.op('ScatterElements', [zeros, indices, gradient], { axis });
}

const nothing: GradientRule = () => undefined;

/** The attribute that operators on elements have, and those on whole rows do not. */
const axisOf = (node: GraphNode): { axis?: number } =>
  node.op.endsWith('Elements') ? { axis: node.number('axis', 0) } : {};

/** What was gathered from one place to several adds up there. */
function gathered(scatter: string): GradientRule {
  return (step) =>
    step.give(0, () => {
      const zeros = step.builder.filled(step.x(0).shape, 0, step.y.type);
      const attributes = { ...axisOf(step.node), reduction: 'add' };
      return step.builder.op(scatter, [zeros, step.x(1), step.expanded()], attributes);
    });
}

/** What is written over passes nothing to the data; with `add`, everything passes to both. */
function scattered(gather: string): GradientRule {
  return (step) => {
    const { builder, node } = step;
    const reduction = node.text('reduction', 'none');
    if (reduction !== 'none' && reduction !== 'add')
      throw node.error(`reduction "${reduction}" has no gradient`);
    step.give(0, () => {
      if (reduction === 'add') return step.g;
      const zeros = builder.expand(builder.scalar(0, step.y.type), step.x(2).shape);
      return builder.op(node.op, [step.expanded(), step.x(1), zeros], axisOf(node));
    });
    step.give(2, () => builder.op(gather, [step.expanded(), step.x(1)], axisOf(node)));
  };
}

/** Rules by operator name. */
export const layoutGradients: Readonly<Record<string, GradientRule>> = {
  Concat: (step) => {
    const { builder, node, y } = step;
    const axis = node.axis(node.number('axis', 0), y.shape.length);
    let start: Dim = 0;
    node.operands.forEach((_, index) => {
      const from = start;
      start = addDims(from, dimAt(step.x(index).shape, axis));
      const to = start;
      step.give(index, () => {
        if (isUniform(step.g)) return asScalar(builder, step.g);
        return builder.slice(step.expanded(), [from], [to], [axis]);
      });
    });
  },
  ConstantOfShape: nothing,
  Expand: (step) => step.giveBroadcast(0, () => step.g),
  /** Adds up, for every row of the data, the gradients of the places it was gathered to. */
  Gather: (step) => {
    step.give(0, () => {
      const { builder, node } = step;
      const data = step.x(0);
      const indices = step.x(1);
      const rank = data.shape.length;
      const axis = node.axis(node.number('axis', 0), rank);
      const depth = indices.shape.length;
      const rows = builder.unsqueeze(builder.cast(indices, 'int64'), [depth]);
      if (axis === 0) {
        return builder.scatterND(builder.filled(data.shape, 0, data.type), rows, step.expanded(), 'add');
      }
      // ScatterND walks down the front axes, so the gathered axis goes to the front and back again.
      const before = [...Array(axis).keys()];
      const after = [...Array(rank - axis - 1).keys()];
      const gathered = [...Array(depth).keys()].map((i) => i + axis);
      const front = builder.transpose(step.expanded(), [
        ...gathered,
        ...before,
        ...after.map((i) => i + axis + depth),
      ]);
      const moved = [axis, ...before, ...after.map((i) => i + axis + 1)];
      const zeros = builder.filled(
        moved.map((i) => dimAt(data.shape, i)),
        0,
        data.type,
      );
      const sums = builder.scatterND(zeros, rows, front, 'add');
      return builder.transpose(
        sums,
        [...data.shape.keys()].map((i) => moved.indexOf(i)),
      );
    });
  },
  GatherElements: gathered('ScatterElements'),
  GatherND: gathered('ScatterND'),
  Identity: (step) => step.give(0, () => step.g),
  Pad: (step) => {
    const { node, builder } = step;
    if (node.text('mode', 'constant') !== 'constant')
      throw node.error('only the mode "constant" has a gradient');
    step.refuse(2, 'the border is taken as a constant');
    step.give(0, () => {
      const { shape } = step.x(0);
      const pads = node.content(1);
      const axes = (node.has(3) ? node.integers(3) : [...shape.keys()]).map((axis) =>
        node.axis(axis, shape.length),
      );
      if (pads.some((p) => typeof p === 'number' && p < 0))
        throw node.error('negative pads have no gradient; use Slice');
      const starts = axes.map((_, i) => dimAt(pads, i));
      const ends = axes.map((axis, i) => addDims(dimAt(starts, i), dimAt(shape, axis)));
      return builder.slice(step.expanded(), starts, ends, axes);
    });
  },
  Reshape: move((step) => step.builder.reshape(step.expanded(), step.x(0).shape)),
  ScatterElements: scattered('GatherElements'),
  ScatterND: scattered('GatherND'),
  Shape: nothing,
  Size: nothing,
  Slice: (step) => {
    step.give(0, () => {
      const { node } = step;
      const { shape } = step.x(0);
      let gradient = step.expanded();
      const before: Dim[] = shape.map(() => 0);
      const after: Dim[] = shape.map(() => 0);
      for (const { axis, start, step: stride, count } of sliceRanges(node)) {
        if (stride !== 1) {
          gradient = scatterAlong(step, gradient, axis, start, stride, count);
        } else {
          before[axis] = start;
          after[axis] = subtractDims(dimAt(shape, axis), addDims(start, count));
        }
      }
      return [...before, ...after].every((dim) => dim === 0) ? gradient : { part: gradient, before, after };
    });
  },
  Squeeze: move((step) => step.builder.unsqueeze(step.expanded(), squeezedAxes(step.node))),
  Transpose: move((step) => {
    const order = permutation(step.node);
    return step.builder.transpose(
      expandTo(step.builder, step.g, step.y.shape),
      [...order.keys()].map((i) => order.indexOf(i)),
    );
  }),
  Unsqueeze: move((step) => {
    const axes = step.node.sortedAxes(step.node.axes() ?? [], step.y.shape.length);
    return step.builder.squeeze(step.expanded(), axes);
  }),
};
