// The graphs of a radiance field: colours of rays, the gradient of their error, and the field alone. On the CPU positions
// come already looked up (the kernel's work) and the graphs begin behind that.
import { GraphBuilder, type Value } from '../graph/index.js';
import type { AdamOptions, RadianceField } from '../models/index.js';
import { ports } from '../onnx/protocol.js';
import { addStep, parameterInputs } from '../onnx/training-graph.js';
import { renderedSamples } from '../training/rays/march.js';
import { rayPorts } from './protocol.js';
import { volumeRender } from './volume.js';

/** What a field's graphs are for: colours of rays, how wrong they are, and the field alone. */
export type RayGraph = 'rays' | 'score' | 'gradient' | 'update' | 'density' | 'field';

/** What a field's graphs have in common. */
export interface RayGraphOptions {
  readonly field: RadianceField;
  readonly adam: Required<AdamOptions>;
  /** A kernel has looked positions up, and wants the loss's gradient by what it found. */
  readonly encoded: boolean;
  /** Most samples of a ray in a step. */
  readonly slots: number;
}

/** Writes a graph. */
export function buildRayGraph(name: RayGraph, options: RayGraphOptions): Uint8Array {
  const { field, encoded: kernel } = options;
  const b = new GraphBuilder(name, field.opset === undefined ? {} : { opset: field.opset });
  const inputs = b.input('inputs', ['n', kernel ? field.parts.encodedWidth : 3]);
  const own = kernel ? field.parameters.slice(1) : field.parameters;
  const weights = parameterInputs(b, { parameters: own });
  const encoded = kernel ? inputs : field.parts.encode(b, inputs, weights);
  const network = !kernel && field.parts.layout !== undefined ? weights.slice(1) : weights;
  const parts = { b, inputs, own, weights, network, encoded };
  switch (name) {
    case 'rays': {
      const { colours, opacities, depths } = rays(
        parts,
        { ...options, slots: renderedSamples(options.slots) },
        true,
      );
      b.output(colours, rayPorts.colours);
      b.output(opacities, rayPorts.opacities);
      b.output(depths as Value, rayPorts.depths);
      break;
    }
    case 'density':
      b.output(field.parts.density(b, encoded, network).density, rayPorts.densities);
      break;
    case 'field': {
      const directions = b.input(rayPorts.directions, ['n', 3]);
      const { density, features } = field.parts.density(b, encoded, network);
      const seen = field.parts.encodeDirections(b, directions);
      b.output(density, rayPorts.densities);
      b.output(field.parts.colour(b, features, seen, network), rayPorts.colours);
      break;
    }
    default:
      addLoss(name, parts, options);
  }
  return b.model();
}

/** How wrong rays' colours are, and what follows from that. */
function addLoss(name: 'score' | 'gradient' | 'update', parts: GraphParts, options: RayGraphOptions): void {
  const { b, own, weights, inputs } = parts;
  const { colours, densities } = rays(parts, options, false);
  b.output(colours, 'predictions');
  b.output(densities, rayPorts.densities);
  const difference = b.sub(colours, b.input('targets', ['r', 3]));
  const squares = b.mul(difference, difference);
  b.output(b.reduceMean(squares, [1]), 'errors');
  b.output(b.reduceSum(b.abs(difference), [1]), 'absolute');
  const weighed = b.mul(squares, b.input('weights', ['r', 1]));
  const loss = b.mul(b.reduceSum(weighed, undefined, false), b.input(ports.errorScale, []));
  b.output(loss, ports.loss);
  if (name === 'score') return;
  const { adam, encoded } = options;
  addStep(b, loss, {
    ...{ own, parameters: weights, adam, update: name === 'update' },
    ...(encoded && { x: inputs }),
  });
}

interface GraphParts {
  readonly b: GraphBuilder;
  readonly inputs: Value;
  readonly own: RadianceField['parameters'];
  readonly weights: readonly Value[];
  /** Those of them that come behind the lookup. */
  readonly network: readonly Value[];
  readonly encoded: Value;
}

function rays(
  { b, encoded, network }: GraphParts,
  { field: { parts }, slots }: RayGraphOptions,
  withDepths: boolean,
) {
  const directions = b.input(rayPorts.directions, ['r', 3]);
  const places = b.input(rayPorts.places, ['n', 2], 'int32');
  const lengths = b.input(rayPorts.lengths, ['n', 1]);
  const { density, features } = parts.density(b, encoded, network);
  const seen = parts.encodeDirections(b, directions);
  const ray = b.squeeze(b.slice(places, [0], [1], [1]), [1]);
  const colours = parts.colour(b, features, b.gather(seen, ray), network);
  const rendered = volumeRender(b, {
    densities: density,
    colours,
    lengths,
    ...(withDepths ? { distances: b.input(rayPorts.distances, ['n', 1]) } : {}),
    places: b.cast(places, 'int64'),
    perRay: directions,
    slots,
    background: b.input(rayPorts.backgrounds, ['r', 3]),
  });
  return { ...rendered, densities: density };
}
