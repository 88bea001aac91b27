// The graphs of a radiance field: colours of rays, the gradient of their error, and the field alone. On the CPU positions
// come already looked up (the kernel's work) and the graphs begin behind that.
import { addUpdate } from '../onnx/training-graph.js';
import { addGradient, GraphBuilder, type Value } from '../graph/index.js';
import type { AdamOptions, Device } from '../onnx/options.js';
import { ports, prefixes } from '../onnx/protocol.js';
import { inOnePiece, type StagedModel } from '../onnx/stages.js';
import type { RadianceField } from './types.js';
import { volumeRender } from './volume.js';

/** Names of the graphs' own inputs and outputs, beside the common ones; `inputs` are positions or what was looked up. */
export const rayPorts = {
  /** `[r, 3]` */
  directions: 'directions',
  /** int32 `[n, 2]`: ray and place along it. */
  places: 'places',
  /** `[n, 1]` */
  lengths: 'lengths',
  /** `[n, 1]` */
  distances: 'distances',
  /** `[r, 3]`: what shows through behind each ray. */
  backgrounds: 'backgrounds',
  /** `[r, 1]`: what each ray's squared error is multiplied by. */
  weights: 'weights',
  /** `[n, 1]` */
  densities: 'densities',
  colours: 'colours',
  opacities: 'opacities',
  depths: 'depths',
} as const;

/** What the graphs are to be like. */
export interface RadianceGraphOptions {
  readonly device: Device;
  /** Most samples of a ray. */
  readonly slots: number;
}

/** The graphs of a field's trainer. */
export interface RadianceGraphs {
  /** Rays to colours, opacities, depths. */
  readonly forward: StagedModel;
  readonly gradient: StagedModel;
  readonly step?: StagedModel;
  /** Positions to densities. */
  readonly density: StagedModel;
  /** Positions and a direction for each to densities and colours. */
  readonly field: StagedModel;
}

/** All graphs of a field on a device. */
export function buildRadianceGraphs(
  field: RadianceField,
  adam: Required<AdamOptions>,
  options: RadianceGraphOptions,
): RadianceGraphs {
  const kernel = options.device === 'cpu' && field.parts.layout !== undefined;
  const make = (name: string, build: (parts: GraphParts) => void): StagedModel => {
    const b = new GraphBuilder(name, field.opset === undefined ? {} : { opset: field.opset });
    const inputs = b.input(ports.inputs, ['n', kernel ? field.parts.encodedWidth : 3]);
    const own = kernel ? field.parameters.slice(1) : field.parameters;
    const weights = own.map(({ name: weight, shape }) => b.input(weight, shape));
    const encoded = kernel ? inputs : field.parts.encode(b, inputs, weights);
    const network = !kernel && field.parts.layout !== undefined ? weights.slice(1) : weights;
    build({ b, inputs, own, weights, network, encoded });
    return inOnePiece(b.model());
  };
  const gradient = (update: boolean): StagedModel =>
    make(update ? 'step' : 'gradient', (parts) => {
      const { b, own, weights, inputs } = parts;
      const { colours, densities } = rays(parts, field, options, false);
      b.output(colours, ports.predictions);
      b.output(densities, rayPorts.densities);
      const targets = b.input(ports.targets, ['r', 3]);
      const difference = b.sub(colours, targets);
      const weighed = b.mul(b.mul(difference, difference), b.input(rayPorts.weights, ['r', 1]));
      const sum = b.reduceSum(weighed, undefined, false);
      const loss = b.mul(sum, b.input(ports.errorScale, []));
      b.output(loss, ports.loss);
      const gradients = addGradient(b, { of: loss, wrt: kernel ? [...weights, inputs] : weights });
      if (kernel) b.output(gradients.at(-1) as Value, prefixes.gradient + ports.inputs);
      const totals = own.map(({ name, shape }, i) =>
        b.add(b.input(prefixes.accumulated + name, shape), gradients[i] as Value),
      );
      if (update) addUpdate(b, own, adam, weights, totals);
      else own.forEach(({ name }, i) => b.output(totals[i] as Value, prefixes.gradient + name));
    });
  return {
    forward: make('rays', (parts) => {
      const { colours, opacities, depths } = rays(parts, field, options, true);
      parts.b.output(colours, rayPorts.colours);
      parts.b.output(opacities, rayPorts.opacities);
      parts.b.output(depths as Value, rayPorts.depths);
    }),
    gradient: gradient(false),
    ...(options.device === 'cpu' ? {} : { step: gradient(true) }),
    density: make('density', ({ b, encoded, network }) => {
      b.output(field.parts.density(b, encoded, network).density, rayPorts.densities);
    }),
    field: make('field', ({ b, encoded, network }) => {
      const directions = b.input(rayPorts.directions, ['n', 3]);
      const { density, features } = field.parts.density(b, encoded, network);
      const seen = field.parts.encodeDirections(b, directions);
      b.output(density, rayPorts.densities);
      b.output(field.parts.colour(b, features, seen, network), rayPorts.colours);
    }),
  };
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
  { parts }: RadianceField,
  { slots }: RadianceGraphOptions,
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
