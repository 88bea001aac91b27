// The backward pass of a finished graph.
import { GraphBuilder } from './builder.js';
import type { ImportOptions } from './core.js';
import { addGradient } from './gradient.js';
import type { GraphProto } from './proto.js';

/** What to differentiate. */
export interface GradientRequest {
  /** The name of the loss: a floating-point value with one element. */
  readonly of: string;
  /** The names of the values to differentiate it by: inputs, initializers or intermediate values. */
  readonly wrt: readonly string[];
}

/**
 * The graph with its backward pass: reverse-mode gradient of one scalar by any number of values.
 * The graph given is not changed. The gradients are values of the new graph, not outputs yet:
 * `GraphBuilder.from(result.graph)` goes on with them.
 * @param request.shapes shapes of graph inputs, for a graph that leaves them out
 * @throws ArgumentError as `addGradient` does, or when a shape cannot be inferred.
 */
export function gradient(
  graph: GraphProto,
  request: GradientRequest & ImportOptions,
): { graph: GraphProto; gradients: Record<string, string> } {
  const builder = GraphBuilder.from(graph, request);
  const wrt = request.wrt.map((name) => builder.value(name));
  const values = addGradient(builder, { of: builder.value(request.of), wrt });
  return {
    graph: builder.graph(),
    gradients: Object.fromEntries(wrt.map((value, i) => [value.name, values[i]?.name ?? value.name])),
  };
}
