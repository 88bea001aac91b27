// What is left of a model when a kernel looks its inputs up: a model of what the kernel finds.
import { countAll } from '../../models/dense.js';
import type { ModelDefinition } from '../../models/index.js';

/** A model that begins after its encoding, without the table; undefined for a model that has no such part. */
export function withoutTable(model: ModelDefinition): ModelDefinition | undefined {
  const { encoding, ...shared } = model;
  if (encoding === undefined) return undefined;
  const rest = model.parameters.slice(1);
  return {
    ...shared,
    inputDim: encoding.width,
    parameters: rest,
    parameterCount: countAll(rest),
    initialise: (random) => model.initialise(random).slice(1),
    build: (builder, encoded, values) => encoding.build(builder, encoded, values),
  };
}
