// Gradients of the matrix product and the convolutions: where the time of a training step goes. Products are
// written with the transposition flags of Gemm, so that no Transpose node copies a matrix.
import type { ConvOptions } from './builder.js';
import { countOf, divideDims, multiplyDims, subtractDims, type Dim, type Shape } from './dims.js';
import { dimAt, type Value } from './node.js';
import type { BackwardStep, GradientRule } from './rule.js';
import { deconvolvedDim, windowOf, type Window } from './shapes-linear.js';

/** A value with its last two axes swapped. */
function swapped(step: BackwardStep, x: Value): Value {
  const rank = x.shape.length;
  const axes = [...Array(rank).keys()];
  return step.builder.transpose(x, [...axes.slice(0, -2), rank - 1, rank - 2]);
}

/** Sums over the outer axes along which an operand of a batched product was repeated. */
function sumBatch(step: BackwardStep, product: Value, shape: Shape): Value {
  const lead = product.shape.length - shape.length;
  const axes = product.shape.flatMap((dim, axis) =>
    axis < lead || shape[axis - lead] !== dim ? [axis] : [],
  );
  if (axes.length === 0) return product;
  const sum = step.builder.reduceSum(product, axes);
  return lead === 0 ? sum : step.builder.squeeze(sum, [...Array(lead).keys()]);
}

function options(window: Window, outputPadding?: readonly number[]): ConvOptions {
  const { strides, dilations, before, after, group } = window;
  return { strides, dilations, group, pads: [...before, ...after], ...(outputPadding && { outputPadding }) };
}

function channelSum(step: BackwardStep): Value {
  const spatial = [...Array(step.y.shape.length - 2).keys()].map((axis) => axis + 2);
  return step.builder.reduceSum(step.expanded(), [0, ...spatial], false);
}

/**
 * How the kernel of y = Conv(x, w) moves the loss: the correlation of `x` with the gradient `g` of `y`, which is
 * itself a convolution with batch and channels exchanged, and stride and dilation exchanged.
 */
function kernelGradient(step: BackwardStep, x: Value, g: Value, window: Window, kernel: Shape): Value {
  const { builder } = step;
  const { group, strides, dilations, before, after } = window;
  const spatial = [...Array(kernel.length - 2).keys()];
  const swap = (value: Value): Value => builder.transpose(value, [1, 0, ...spatial.map((axis) => axis + 2)]);
  let images = swap(x);
  if (group > 1) {
    // [n, group·c, …] → [c, group·n, …]: each group's samples become the channels of its own convolution.
    const [batch, channels, ...sizes] = x.shape as [Dim, Dim, ...Dim[]];
    const perGroup = divideDims(channels, group);
    if (perGroup === undefined)
      throw step.node.error(`${channels} channels do not divide into ${group} groups`);
    const split = builder.reshape(x, [batch, group, perGroup, ...sizes]);
    const turned = builder.transpose(split, [2, 1, 0, ...spatial.map((axis) => axis + 3)]);
    images = builder.reshape(turned, [perGroup, multiplyDims(group, batch), ...sizes]);
  }
  const correlation = builder.conv(images, swap(g), undefined, {
    strides: dilations,
    dilations: strides,
    pads: [...before, ...after],
    group,
  });
  const whole = swap(correlation);
  // A stride that does not end at the border leaves room for shifts that the kernel does not have.
  const cut = spatial.map((axis) => axis + 2).filter((axis) => whole.shape[axis] !== kernel[axis]);
  if (cut.length === 0) return whole;
  return builder.slice(
    whole,
    cut.map(() => 0),
    cut.map((axis) => dimAt(kernel, axis)),
    cut,
  );
}

/** Rules by operator name. */
export const linearGradients: Readonly<Record<string, GradientRule>> = {
  Conv: (step) => {
    const { builder, node, y } = step;
    const window = windowOf(node);
    const x = step.x(0);
    const w = step.x(1);
    step.give(0, () => {
      const padding = x.shape.slice(2).map((size, axis) => {
        const reached = deconvolvedDim(dimAt(y.shape, axis + 2), window, axis);
        const missing = subtractDims(size, reached);
        if (typeof missing === 'number') return missing;
        throw node.error(`the size ${size} must be a number for the gradient at a stride of more than 1`);
      });
      const outputPadding = padding.some((p) => p !== 0) ? padding : undefined;
      return builder.convTranspose(step.expanded(), w, undefined, options(window, outputPadding));
    });
    step.give(1, () => kernelGradient(step, x, step.expanded(), window, w.shape));
    step.give(2, () => channelSum(step));
  },
  ConvTranspose: (step) => {
    const { builder, node } = step;
    const window = windowOf(node);
    const x = step.x(0);
    const w = step.x(1);
    step.give(0, () => builder.conv(step.expanded(), w, undefined, options(window)));
    // A transposed convolution is a convolution read backwards: input and output change places.
    step.give(1, () => kernelGradient(step, step.expanded(), x, window, w.shape));
    step.give(2, () => channelSum(step));
  },
  Gemm: (step) => {
    const { builder, node } = step;
    const a = step.x(0);
    const b = step.x(1);
    const alpha = node.number('alpha', 1);
    const beta = node.number('beta', 1);
    const transA = node.number('transA', 0) !== 0;
    const transB = node.number('transB', 0) !== 0;
    step.give(0, () =>
      transA
        ? builder.gemm(b, step.expanded(), undefined, { alpha, transA: transB, transB: true })
        : builder.gemm(step.expanded(), b, undefined, { alpha, transB: !transB }),
    );
    step.give(1, () =>
      transB
        ? builder.gemm(step.expanded(), a, undefined, { alpha, transA: true, transB: transA })
        : builder.gemm(a, step.expanded(), undefined, { alpha, transA: !transA }),
    );
    // Scaled after the sum, where it is small.
    step.give(2, () => {
      const sum = step.sumTo(step.g, step.x(2).shape);
      return beta === 1 ? sum : builder.mul(sum, beta);
    });
  },
  MatMul: (step) => {
    const { builder } = step;
    const a = step.x(0);
    const b = step.x(1);
    if (a.shape.length === 2 && b.shape.length === 2) {
      step.give(0, () => builder.gemm(step.expanded(), b, undefined, { transB: true }));
      step.give(1, () => builder.gemm(a, step.expanded(), undefined, { transA: true }));
      return;
    }
    // Vectors are matrices of one row or column; the gradient gets the axis that the product took away.
    const vectorA = a.shape.length === 1;
    const vectorB = b.shape.length === 1;
    const left = (): Value => (vectorA ? builder.unsqueeze(a, [0]) : a);
    const right = (): Value => (vectorB ? builder.unsqueeze(b, [1]) : b);
    const grown = (): Value => {
      const { shape } = step.y;
      let g = step.expanded();
      if (vectorB) g = builder.unsqueeze(g, [shape.length]);
      return vectorA ? builder.unsqueeze(g, [g.shape.length - 1]) : g;
    };
    step.give(0, () => {
      const product = builder.matmul(grown(), swapped(step, right()));
      const sum = sumBatch(step, product, left().shape);
      return vectorA ? builder.squeeze(sum, [0]) : sum;
    });
    step.give(1, () => {
      if (b.shape.length === 2 && a.shape.length > 2) {
        // One matrix for the whole batch: all rows in one product instead of a sum over products.
        const rows = (x: Value): Value =>
          builder.reshape(x, [countOf(x.shape.slice(0, -1)), dimAt(x.shape, -1)]);
        return builder.gemm(rows(a), rows(step.expanded()), undefined, { transA: true });
      }
      const product = builder.matmul(swapped(step, left()), grown());
      const sum = sumBatch(step, product, right().shape);
      return vectorB ? builder.squeeze(sum, [1]) : sum;
    });
  },
};
