// Where each parameter of a model lies in one flat array: what workers, checkpoints and exports share.
import type { ParameterSpec } from '../../models/index.js';

/** One parameter's place in the flat array. */
export interface ParameterSlot {
  readonly name: string;
  readonly shape: readonly number[];
  /** First element. */
  readonly offset: number;
  /** Number of elements. */
  readonly count: number;
}

/** Lays parameters out one after the other, in the model's own order. */
export function layOut(parameters: readonly ParameterSpec[]): { slots: ParameterSlot[]; total: number } {
  let total = 0;
  const slots = parameters.map(({ name, shape }) => {
    const count = shape.reduce((product, extent) => product * extent, 1);
    const slot = { name, shape: [...shape], offset: total, count };
    total += count;
    return slot;
  });
  return { slots, total };
}
