// The interpreter's matrix products and convolutions, straight from their sums.
import type { Call, Tensor } from './evaluate.js';
import {
  at,
  attribute,
  broadcastAt,
  broadcastShape,
  fill,
  forEachIndex,
  input,
  list,
} from './evaluate-tensor.js';

type Evaluate = (call: Call) => Tensor;

const gemm: Evaluate = (call) => {
  const a = input(call, 0);
  const b = input(call, 1);
  const c = call.inputs[2];
  const transA = attribute(call, 'transA', 0) !== 0;
  const transB = attribute(call, 'transB', 0) !== 0;
  const inner = a.shape[transA ? 0 : 1] ?? 0;
  const shape = [a.shape[transA ? 1 : 0] ?? 0, b.shape[transB ? 0 : 1] ?? 0];
  return fill('float', shape, ([i = 0, j = 0]) => {
    let sum = 0;
    for (let k = 0; k < inner; k++) sum += at(a, transA ? [k, i] : [i, k]) * at(b, transB ? [j, k] : [k, j]);
    const addend = c ? attribute(call, 'beta', 1) * broadcastAt(c, [i, j]) : 0;
    return attribute(call, 'alpha', 1) * sum + addend;
  });
};

const matMul: Evaluate = (call) => {
  const rowVector = input(call, 0).shape.length === 1;
  const columnVector = input(call, 1).shape.length === 1;
  const a = rowVector ? { ...input(call, 0), shape: [1, ...input(call, 0).shape] } : input(call, 0);
  const b = columnVector ? { ...input(call, 1), shape: [...input(call, 1).shape, 1] } : input(call, 1);
  const inner = a.shape.at(-1) ?? 0;
  if (b.shape.at(-2) !== inner)
    throw new Error(`[${a.shape.join()}] and [${b.shape.join()}] do not multiply`);
  const batch = broadcastShape(a.shape.slice(0, -2), b.shape.slice(0, -2));
  const result = fill('float', [...batch, a.shape.at(-2) ?? 0, b.shape.at(-1) ?? 0], (index) => {
    const outer = index.slice(0, -2);
    const [row = 0, column = 0] = index.slice(-2);
    let sum = 0;
    for (let k = 0; k < inner; k++) {
      sum += broadcastAt(a, fit([...outer, row, k], a)) * broadcastAt(b, fit([...outer, k, column], b));
    }
    return sum;
  });
  const { shape } = result;
  return {
    ...result,
    shape: shape.filter(
      (_, axis) => !(rowVector && axis === shape.length - 2) && !(columnVector && axis === shape.length - 1),
    ),
  };
};

/** The last axes of an index, as many as the tensor has. */
function fit(index: number[], tensor: Tensor): number[] {
  return index.slice(index.length - tensor.shape.length);
}

interface Geometry {
  readonly kernel: readonly number[];
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  readonly pads: readonly number[];
  readonly group: number;
}

function geometry(call: Call): Geometry {
  const kernel = input(call, 1).shape.slice(2);
  const ones = kernel.map(() => 1);
  return {
    kernel,
    strides: list(call, 'strides', ones),
    dilations: list(call, 'dilations', ones),
    pads: list(
      call,
      'pads',
      [...kernel, ...kernel].map(() => 0),
    ),
    group: attribute(call, 'group', 1),
  };
}

/** Where in the image tap `tap` of the window at place `place` lies. */
function position(
  place: readonly number[],
  tap: readonly number[],
  { strides, dilations, pads }: Geometry,
): number[] {
  return place.map(
    (p, axis) => p * (strides[axis] ?? 1) + (tap[axis] ?? 0) * (dilations[axis] ?? 1) - (pads[axis] ?? 0),
  );
}

const conv: Evaluate = (call) => {
  const x = input(call, 0);
  const w = input(call, 1);
  const g = geometry(call);
  const [batch = 0, , ...sizes] = x.shape;
  const [outputs = 0, perGroup = 0] = w.shape;
  const spatial = sizes.map((size, axis) => {
    const room = size + (g.pads[axis] ?? 0) + (g.pads[axis + sizes.length] ?? 0);
    const reach = (g.dilations[axis] ?? 1) * ((g.kernel[axis] ?? 1) - 1) + 1;
    return Math.floor((room - reach) / (g.strides[axis] ?? 1)) + 1;
  });
  return fill('float', [batch, outputs, ...spatial], ([n = 0, m = 0, ...place]) => {
    let sum = call.inputs[2]?.data[m] ?? 0;
    const first = Math.floor(m / (outputs / g.group)) * perGroup;
    forEachIndex([perGroup, ...g.kernel], ([c = 0, ...tap]) => {
      const p = position(place, tap, g);
      if (p.every((i, axis) => i >= 0 && i < (sizes[axis] ?? 0)))
        sum += at(x, [n, first + c, ...p]) * at(w, [m, c, ...tap]);
    });
    return sum;
  });
};

const convTranspose: Evaluate = (call) => {
  const x = input(call, 0);
  const w = input(call, 1);
  const g = geometry(call);
  const [batch = 0, channels = 0, ...sizes] = x.shape;
  const perGroup = w.shape[1] ?? 0;
  const extra = list(
    call,
    'output_padding',
    sizes.map(() => 0),
  );
  const spatial = sizes.map((size, axis) => {
    const reach = (g.dilations[axis] ?? 1) * ((g.kernel[axis] ?? 1) - 1) + 1;
    const pads = (g.pads[axis] ?? 0) + (g.pads[axis + sizes.length] ?? 0);
    return (g.strides[axis] ?? 1) * (size - 1) + reach + (extra[axis] ?? 0) - pads;
  });
  const shape = [batch, perGroup * g.group, ...spatial];
  const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((a, b) => a * b, 1));
  const result = fill('float', shape, ([, m = 0]) => call.inputs[2]?.data[m] ?? 0);
  forEachIndex([batch, channels, perGroup, ...sizes], ([n = 0, c = 0, m = 0, ...place]) => {
    const output = Math.floor(c / (channels / g.group)) * perGroup + m;
    forEachIndex(g.kernel, (tap) => {
      const p = position(place, tap, g);
      if (!p.every((i, axis) => i >= 0 && i < (spatial[axis] ?? 0))) return;
      const target = [n, output, ...p].reduce((sum, i, axis) => sum + i * (strides[axis] ?? 0), 0);
      result.data[target] = (result.data[target] ?? 0) + at(x, [n, c, ...place]) * at(w, [c, m, ...tap]);
    });
  });
  return result;
};

/** Matrix products and convolutions, by name. */
export const linearOperators: Readonly<Record<string, Evaluate>> = {
  Conv: conv,
  ConvTranspose: convTranspose,
  Gemm: gemm,
  MatMul: matMul,
};
