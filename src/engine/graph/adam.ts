// Adam as graph nodes, so that the update runs where the gradient is and weights need not travel.
import { ArgumentError } from '../../core/errors.js';
import type { GraphBuilder } from './builder.js';
import { formatShape, sameShape } from './dims.js';
import type { Value } from './node.js';

/** What one parameter's update reads. All of `param`'s shape but the two scalars. */
export interface AdamInputs {
  readonly param: Value;
  readonly gradient: Value;
  /** Running mean of the gradient. */
  readonly m: Value;
  /** Running mean of its square. */
  readonly v: Value;
  /** Learning rate / (1 − β₁ᵗ) at step t, counted from 1. */
  readonly stepSize: Value;
  /** √(1 − β₂ᵗ). */
  readonly sqrtBiasCorrection2: Value;
  /** In [0, 1). */
  readonly beta1: number;
  /** In [0, 1). */
  readonly beta2: number;
  readonly eps: number;
}

/**
 * One update as PyTorch's `torch.optim.Adam` makes it (Kingma & Ba, ICLR 2015, Algorithm 1, with ε added after the
 * bias correction of the root): m ← β₁m + (1−β₁)g, v ← β₂v + (1−β₂)g², p ← p − stepSize · m / (√v / √(1−β₂ᵗ) + ε).
 * @throws ArgumentError when the shapes differ or a decay rate is out of range.
 */
export function adamUpdate(builder: GraphBuilder, inputs: AdamInputs): { param: Value; m: Value; v: Value } {
  const { param, gradient: g, stepSize, sqrtBiasCorrection2, beta1, beta2, eps } = inputs;
  for (const [name, value] of Object.entries({ gradient: g, m: inputs.m, v: inputs.v })) {
    if (!sameShape(value.shape, param.shape)) {
      throw new ArgumentError(
        `Adam for "${param.name}" of shape ${formatShape(param.shape)}: ${name} "${value.name}" has shape ` +
          `${formatShape(value.shape)}; they must be equal`,
      );
    }
  }
  for (const [name, value] of Object.entries({ stepSize, sqrtBiasCorrection2 })) {
    if (value.shape.length > 0) {
      throw new ArgumentError(
        `Adam: ${name} "${value.name}" must be a scalar, got shape ${formatShape(value.shape)}`,
      );
    }
  }
  for (const [name, beta] of Object.entries({ beta1, beta2 })) {
    if (!(beta >= 0 && beta < 1)) throw new ArgumentError(`Adam: ${name} must be in [0, 1), got ${beta}`);
  }
  const b = builder;
  const m = b.add(b.mul(inputs.m, beta1), b.mul(g, 1 - beta1));
  const v = b.add(b.mul(inputs.v, beta2), b.mul(b.mul(g, g), 1 - beta2));
  const denominator = b.add(b.div(b.sqrt(v), sqrtBiasCorrection2), eps);
  return { param: b.sub(param, b.div(b.mul(m, stepSize), denominator)), m, v };
}
