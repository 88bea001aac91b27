// Shape rules of the matrix product and the convolutions: the operators where the arithmetic is.
import {
  addDims,
  broadcastShapes,
  floorDivideDim,
  multiplyDims,
  subtractDims,
  type Dim,
  type Shape,
} from './dims.js';
import { dimAt, operator, type GraphNode, type Operator, type TensorInfo } from './node.js';

/** The window of a convolution, one entry per spatial axis. */
export interface Window {
  /** Symbolic where a gradient convolves an image with an image. */
  readonly kernel: Shape;
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  /** Before the first element. */
  readonly before: readonly number[];
  /** After the last element. */
  readonly after: readonly number[];
  readonly outputPadding: readonly number[];
  readonly group: number;
}

/** Reads the window of a Conv or ConvTranspose node and checks it. */
export function windowOf(node: GraphNode): Window {
  const x = node.operand(0);
  const w = node.operand(1);
  node.requireSameType();
  if (x.shape.length < 3 || w.shape.length !== x.shape.length) {
    throw node.shapeError(
      'do not convolve: expected [batch, channels, …] and [channels, channels, …] of one rank',
    );
  }
  const spatial = x.shape.length - 2;
  const kernel = w.shape.slice(2);
  const mode = node.text('auto_pad', 'NOTSET');
  if (mode !== 'NOTSET' && mode !== 'VALID') throw node.error(`auto_pad ${mode} is not supported; give pads`);
  const entries = (name: string, fallback: number, count = spatial): readonly number[] => {
    const list = node.list(name) ?? Array<number>(count).fill(fallback);
    if (list.length !== count) throw node.error(`${name} must have ${count} entries, got ${list.length}`);
    return list;
  };
  const declared = node.list('kernel_shape');
  if (declared && declared.join() !== kernel.join()) {
    throw node.error(
      `kernel_shape [${declared.join(', ')}] is not that of the kernel, [${kernel.join(', ')}]`,
    );
  }
  if (node.list('output_shape'))
    throw node.error('output_shape is not supported; give pads and output_padding');
  const pads = mode === 'VALID' ? Array<number>(2 * spatial).fill(0) : entries('pads', 0, 2 * spatial);
  return {
    kernel,
    strides: entries('strides', 1),
    dilations: entries('dilations', 1),
    before: pads.slice(0, spatial),
    after: pads.slice(spatial),
    outputPadding: entries('output_padding', 0),
    group: node.number('group', 1),
  };
}

const at = (list: readonly number[], axis: number): number => list[axis] as number;

/** How many elements of the image a window spans along one spatial axis. */
function reachOf(window: Window, axis: number): Dim {
  return addDims(multiplyDims(at(window.dilations, axis), subtractDims(dimAt(window.kernel, axis), 1)), 1);
}

/** The size a Conv gives along one spatial axis. */
export function convolvedDim(size: Dim, window: Window, axis: number): Dim {
  const padded = addDims(size, at(window.before, axis) + at(window.after, axis));
  const room = subtractDims(padded, reachOf(window, axis));
  return addDims(floorDivideDim(room, at(window.strides, axis)), 1);
}

/** The size a ConvTranspose gives along one spatial axis. */
export function deconvolvedDim(size: Dim, window: Window, axis: number): Dim {
  const spread = multiplyDims(at(window.strides, axis), subtractDims(size, 1));
  const margin = at(window.outputPadding, axis) - at(window.before, axis) - at(window.after, axis);
  return addDims(addDims(spread, reachOf(window, axis)), margin);
}

function convolution(node: GraphNode): TensorInfo {
  const window = windowOf(node);
  const x = node.operand(0);
  const w = node.operand(1);
  const transposed = node.op === 'ConvTranspose';
  const perGroup = dimAt(w.shape, 1);
  const expected = transposed ? dimAt(w.shape, 0) : multiplyDims(perGroup, window.group);
  if (dimAt(x.shape, 1) !== expected) {
    throw node.shapeError(
      `do not convolve with group ${window.group}: the input must have ${expected} channels`,
    );
  }
  const channels = transposed ? multiplyDims(perGroup, window.group) : dimAt(w.shape, 0);
  if (node.has(2) && (node.operand(2).shape.length !== 1 || node.operand(2).shape[0] !== channels)) {
    throw node.shapeError(`do not go together: the bias must have shape [${channels}]`, 1, 2);
  }
  const spatial = x.shape
    .slice(2)
    .map((size, axis) => (transposed ? deconvolvedDim : convolvedDim)(size, window, axis));
  if (spatial.some((size) => typeof size === 'number' && size < 1)) {
    throw node.shapeError('do not convolve: the window is larger than the padded image');
  }
  return { type: x.type, shape: [dimAt(x.shape, 0), channels, ...spatial] };
}

const WINDOW_ATTRIBUTES = {
  auto_pad: 'string',
  dilations: 'ints',
  group: 'int',
  kernel_shape: 'ints',
  pads: 'ints',
  strides: 'ints',
} as const;

/** Matrix products and convolutions. */
export const linearOperators: Readonly<Record<string, Operator>> = {
  Conv: { inputs: [2, 3], attributes: WINDOW_ATTRIBUTES, infer: convolution },
  ConvTranspose: {
    inputs: [2, 3],
    attributes: { ...WINDOW_ATTRIBUTES, output_padding: 'ints', output_shape: 'ints' },
    infer: convolution,
  },
  Gemm: operator([2, 3], { alpha: 'float', beta: 'float', transA: 'int', transB: 'int' }, (node, a) => {
    const b = node.operand(1);
    node.requireSameType();
    if (a.shape.length !== 2 || b.shape.length !== 2)
      throw node.shapeError('do not multiply: both must be matrices');
    const transA = node.number('transA', 0) !== 0;
    const transB = node.number('transB', 0) !== 0;
    if (dimAt(a.shape, transA ? 0 : 1) !== dimAt(b.shape, transB ? 1 : 0)) {
      throw node.shapeError(
        `do not multiply (transA ${Number(transA)}, transB ${Number(transB)}): the inner sizes differ`,
      );
    }
    const shape = [dimAt(a.shape, transA ? 1 : 0), dimAt(b.shape, transB ? 0 : 1)];
    if (node.has(2)) {
      node.requireSameType(0, 2);
      const together = broadcastShapes(shape, node.operand(2).shape);
      if (
        together === undefined ||
        together.length !== 2 ||
        together.some((dim, axis) => dim !== shape[axis])
      ) {
        throw node.shapeError(`do not go together: the addend must broadcast to [${shape.join(', ')}]`, 0, 2);
      }
    }
    return { type: a.type, shape };
  }),
  MatMul: operator([2, 2], {}, (node, a) => {
    const b = node.operand(1);
    node.requireSameType();
    const left = a.shape.length === 1 ? [1, ...a.shape] : a.shape;
    const right = b.shape.length === 1 ? [...b.shape, 1] : b.shape;
    const batch = broadcastShapes(left.slice(0, -2), right.slice(0, -2));
    if (left.length < 2 || right.length < 2 || batch === undefined || left.at(-1) !== right.at(-2)) {
      throw node.shapeError(
        'do not multiply: the inner sizes must be equal and the outer axes must broadcast',
      );
    }
    const rows = a.shape.length === 1 ? [] : [dimAt(left, -2)];
    const columns = b.shape.length === 1 ? [] : [dimAt(right, -1)];
    return { type: a.type, shape: [...batch, ...rows, ...columns] };
  }),
};
