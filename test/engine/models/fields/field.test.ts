// The graphs of a radiance field, networks included: what rays see against the reference, and the gradient of every
// parameter against central differences, in double precision.
import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../../src/core/index.js';
import { decodeModel, type GraphProto } from '../../../../src/engine/graph/index.js';
import { positionalField, radianceField } from '../../../../src/engine/models/index.js';
import { buildRayGraph, type RayGraph } from '../../../../src/engine/radiance/graphs.js';
import { rayPorts } from '../../../../src/engine/radiance/protocol.js';
import type { FieldSpace, RadianceField } from '../../../../src/engine/models/index.js';
import { ports } from '../../../../src/engine/onnx/protocol.js';
import { evaluate, tensor, type Tensor } from '../../../reference/evaluate.js';
import { referenceEncode } from '../../../reference/hash-grid.js';
import {
  referenceGridField,
  referencePositionalField,
  referenceRender,
  type ReferenceField,
} from '../../../reference/radiance.js';
import { centralDifferences, relativeError, seeded } from '../../graph/support.js';

const SEED = 2022;
const slots = 4;
const space: FieldSpace = { centre: [0.5, 0, -1], half: 1.5, contracted: false, near: 0.5, far: 6 };
const adam = { learningRate: 0.01, beta1: 0.9, beta2: 0.99, epsilon: 1e-8 };

const grid = {
  levels: 2,
  log2TableSize: 5,
  baseResolution: 2,
  finestResolution: 4,
  width: 3,
  depth: 1,
};
const plain = { frequencies: 2, directionFrequencies: 1, width: 6, depth: 3 };

const fields: { what: string; field: RadianceField; reference: ReferenceField }[] = [
  {
    what: 'a hash grid',
    field: radianceField({ space, ...grid }),
    reference: referenceGridField({ dims: 3, features: 2, ...grid }, grid),
  },
  {
    what: 'sines and cosines',
    field: positionalField({ space, ...plain }),
    reference: referencePositionalField(plain),
  },
];

/** A field's graph. */
const graphOf = (field: RadianceField, name: RayGraph, encoded = false): GraphProto =>
  decodeModel(buildRayGraph(name, { field, adam, encoded, slots })).graph;

/** Rays with one to all samples, a background and a weight each, and weights large enough to matter. */
function someRays(field: RadianceField) {
  const random = seeded(SEED);
  const between = (low: number, high: number): number => low + (high - low) * random.float();
  const counts = [1, slots, 2];
  const n = counts.reduce((a, c) => a + c);
  const parameters = field
    .initialise(createRandom(SEED))
    .map((values) => Float64Array.from(values, () => between(-0.7, 0.7)));
  const positions = Float64Array.from({ length: 3 * n }, () => between(-1, 1));
  const directions = counts.map(() => {
    const z = between(-1, 1);
    const angle = between(0, 2 * Math.PI);
    return [Math.sqrt(1 - z * z) * Math.cos(angle), Math.sqrt(1 - z * z) * Math.sin(angle), z];
  });
  const lengths = Array.from({ length: n }, () => between(0.05, 0.5));
  const distances = Array.from({ length: n }, () => between(1, 5));
  const targets = Array.from({ length: 3 * counts.length }, () => random.float());
  const backgrounds = counts.map(() => [0, 1, 2].map(() => random.float()));
  const weights = counts.map(() => 2 * random.float());
  const feeds: Record<string, Tensor> = {
    inputs: tensor([n, 3], positions),
    [rayPorts.directions]: tensor([counts.length, 3], directions.flat()),
    [rayPorts.places]: tensor(
      [n, 2],
      counts.flatMap((count, ray) => Array.from({ length: count }, (_, slot) => [ray, slot]).flat()),
      'int',
    ),
    [rayPorts.lengths]: tensor([n, 1], lengths),
    [rayPorts.distances]: tensor([n, 1], distances),
    [rayPorts.backgrounds]: tensor([counts.length, 3], backgrounds.flat()),
    targets: tensor([counts.length, 3], targets),
    weights: tensor([counts.length, 1], weights),
    [ports.errorScale]: tensor([], [1 / (3 * counts.length)]),
  };
  field.parameters.forEach(({ name, shape, count }, i) => {
    feeds[name] = tensor(shape, parameters[i] ?? []);
    feeds[`accumulated/${name}`] = tensor(shape, new Float64Array(count));
  });
  return {
    counts,
    parameters,
    positions,
    directions,
    lengths,
    distances,
    backgrounds,
    targets,
    weights,
    feeds,
  };
}

type Rays = ReturnType<typeof someRays>;

/** What the reference sees along those rays, and the field at each sample. */
function expectedOf(reference: ReferenceField, rays: Rays) {
  const { counts, parameters, positions, directions, lengths, distances, backgrounds } = rays;
  let at = 0;
  const samples: ReturnType<ReferenceField>[] = [];
  const seen = counts.map((count, ray) => {
    const own = Array.from({ length: count }, () => {
      const i = at++;
      const found = reference(parameters, [...positions.subarray(3 * i, 3 * i + 3)], directions[ray] ?? []);
      samples.push(found);
      return { ...found, length: lengths[i] ?? 0, distance: distances[i] ?? 0 };
    });
    return referenceRender(own, backgrounds[ray] ?? []);
  });
  return { samples, seen };
}

/** Constants of the graphs are in single precision. */
const rounding = 1e-6;

describe.each(fields)(`a radiance field of $what (seed ${SEED})`, ({ field, reference }) => {
  const rays = someRays(field);
  const { samples, seen } = expectedOf(reference, rays);

  it('shows rays what the reference does', () => {
    const found = evaluate(graphOf(field, 'rays'), rays.feeds);
    for (const [name, wanted] of [
      [rayPorts.colours, seen.flatMap(({ colour }) => colour)],
      [rayPorts.opacities, seen.map(({ opacity }) => opacity)],
      [rayPorts.depths, seen.map(({ depth }) => depth)],
    ] as const) {
      expect(relativeError(found.get(name)?.data ?? [], wanted), name).toBeLessThan(rounding);
    }
  });

  it('has the densities and colours of the reference at points', () => {
    const densities = samples.map(({ density }) => density);
    const { counts, directions } = rays;
    const perSample = counts.flatMap((count, ray) => Array<number[]>(count).fill(directions[ray] ?? []));
    const feeds = { ...rays.feeds, [rayPorts.directions]: tensor([densities.length, 3], perSample.flat()) };
    const found = evaluate(graphOf(field, 'field'), feeds);
    expect(relativeError(found.get(rayPorts.densities)?.data ?? [], densities)).toBeLessThan(rounding);
    const colours = samples.flatMap(({ colour }) => colour);
    expect(relativeError(found.get(rayPorts.colours)?.data ?? [], colours)).toBeLessThan(rounding);
    const alone = evaluate(graphOf(field, 'density'), rays.feeds).get(rayPorts.densities)?.data ?? [];
    expect(relativeError(alone, densities)).toBeLessThan(rounding);
  });

  it('trains on the weighed mean squared error, and knows its gradient by every parameter', () => {
    const graph = graphOf(field, 'gradient');
    const found = evaluate(graph, rays.feeds);
    const loss = seen
      .flatMap(({ colour }) => colour)
      .map((value, i) => (value - (rays.targets[i] ?? 0)) ** 2 * (rays.weights[Math.floor(i / 3)] ?? 0))
      .reduce((sum, value, _, list) => sum + value / list.length, 0);
    expect(found.get('loss')?.data[0]).toBeCloseTo(loss, 6);
    const densities = samples.map(({ density }) => density);
    expect(relativeError(found.get(rayPorts.densities)?.data ?? [], densities)).toBeLessThan(rounding);
    for (const { name } of field.parameters) {
      const expected = centralDifferences(graph, rays.feeds, 'loss', name);
      const data = found.get(`gradient/${name}`)?.data ?? [];
      expect(relativeError(data, expected), name).toBeLessThan(1e-6);
      expect(Math.max(...expected.map(Math.abs)), name).toBeGreaterThan(1e-4);
    }
  });

  it('updates with that gradient and what was accumulated before, where the graph updates', () => {
    const extra: Record<string, Tensor> = {
      [ports.stepSize]: tensor([], [0.01]),
      [ports.sqrtBiasCorrection2]: tensor([], [0.1]),
    };
    const feeds = { ...rays.feeds, ...extra };
    const gradient = evaluate(graphOf(field, 'gradient'), rays.feeds);
    for (const { name, shape, count } of field.parameters) {
      feeds[`m/${name}`] = tensor(shape, new Float64Array(count));
      feeds[`v/${name}`] = tensor(shape, new Float64Array(count));
      feeds[`accumulated/${name}`] = tensor(shape, new Float64Array(count).fill(0.01));
    }
    const found = evaluate(graphOf(field, 'update'), feeds);
    for (const { name } of field.parameters) {
      const expected = Array.from(gradient.get(`gradient/${name}`)?.data ?? [], (g) => 0.1 * (g + 0.01));
      expect(relativeError(found.get(`next/m/${name}`)?.data ?? [], expected), name).toBeLessThan(rounding);
    }
  });
});

describe(`behind the kernel on the CPU (seed ${SEED})`, () => {
  it('gives the gradient of what was looked up, too', () => {
    const { field } = fields[0]!;
    const rays = someRays(field);
    const encoded = referenceEncode(
      { dims: 3, features: 2, ...grid },
      rays.parameters[0] ?? [],
      rays.positions,
    );
    const width = 2 * grid.levels;
    const feeds = { ...rays.feeds, inputs: tensor([encoded.length / width, width], encoded) };
    const graph = graphOf(field, 'gradient', true);
    expect(graph.input?.some(({ name }) => name === 'grid.table')).toBe(false);
    const found = evaluate(graph, feeds);
    const expected = evaluate(graphOf(field, 'gradient'), rays.feeds);
    expect(found.get('loss')?.data[0]).toBeCloseTo(expected.get('loss')?.data[0] ?? NaN, 6);
    for (const { name } of field.parameters.slice(1)) {
      const gradient = `gradient/${name}`;
      const wanted = expected.get(gradient)?.data ?? [];
      expect(relativeError(found.get(gradient)?.data ?? [], wanted), name).toBeLessThan(rounding);
    }
    const wanted = centralDifferences(graph, feeds, 'loss', 'inputs');
    expect(relativeError(found.get('gradient/inputs')?.data ?? [], wanted)).toBeLessThan(1e-6);
  });
});

describe('settings of fields', () => {
  it.each([
    [() => radianceField({ space, depth: 0 }), /depth must be an integer of at least 1, got 0/],
    [() => radianceField({ space: { ...space, half: -1 } }), /space\.half: got -1/],
    [
      () => radianceField({ space, log2TableSize: 40 }),
      /log2TableSize must be an integer from 3 to 24, got 40/,
    ],
    [() => positionalField({ space: { ...space, half: -1 } }), /space\.half: got -1/],
    [() => positionalField({ space, depth: 1.5 }), /depth must be an integer of at least 1, got 1\.5/],
    [() => positionalField({ space, width: 1 }), /width must be an integer of at least 2, got 1/],
  ])('are checked (%#)', (make, message) => {
    expect(make).toThrow(message);
  });
});
