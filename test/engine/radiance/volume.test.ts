// Volume rendering as graph nodes: against the plain sum along each ray, and its gradients against central differences, in
// double precision.
import { describe, expect, it } from 'vitest';
import { addGradient, GraphBuilder } from '../../../src/engine/graph/index.js';
import { volumeRender } from '../../../src/engine/radiance/volume.js';
import { evaluate, tensor, type Tensor } from '../../reference/evaluate.js';
import { referenceRender } from '../../reference/radiance.js';
import { centralDifferences, relativeError, runOnnx, seeded } from '../graph/support.js';

const SEED = 90_210;
const slots = 5;
const background = [0.9, 0.5, 0.1];

type Sample = Parameters<typeof referenceRender>[0][number];

/** @param behind the background's shape: one for all rays, or each its own */
function graph(elementType: 'float32' | 'float64' = 'float64', behind: (number | string)[] = [3]) {
  const b = new GraphBuilder('volume', { elementType });
  const values = {
    densities: b.input('densities', ['n', 1]),
    colours: b.input('colours', ['n', 3]),
    lengths: b.input('lengths', ['n', 1]),
    distances: b.input('distances', ['n', 1]),
    places: b.input('places', ['n', 2], 'int64'),
    perRay: b.input('perRay', ['r', 3]),
    background: b.input('background', behind),
  };
  return { b, values, rendered: volumeRender(b, { ...values, slots }) };
}

function feedsOf(rays: readonly (readonly Sample[])[], backgrounds?: number[][]): Record<string, Tensor> {
  const samples = rays.flat();
  const n = samples.length;
  const places = rays.flatMap((ray, r) => ray.flatMap((_, slot) => [r, slot]));
  return {
    densities: tensor(
      [n, 1],
      samples.map(({ density }) => density),
    ),
    colours: tensor(
      [n, 3],
      samples.flatMap(({ colour }) => colour),
    ),
    lengths: tensor(
      [n, 1],
      samples.map(({ length }) => length),
    ),
    distances: tensor(
      [n, 1],
      samples.map(({ distance }) => distance),
    ),
    places: tensor([n, 2], places, 'int'),
    perRay: tensor([rays.length, 3], new Float64Array(3 * rays.length)),
    background:
      backgrounds === undefined ? tensor([3], background) : tensor([rays.length, 3], backgrounds.flat()),
  };
}

/** Rays of one sample to all slots, an opaque first sample, samples of no length, a ray through nothing. */
function someRays(): Sample[][] {
  const random = seeded(SEED);
  const sample = (given: Partial<Sample> = {}): Sample => ({
    density: 3 * random.float(),
    length: 0.1 + 0.4 * random.float(),
    distance: 2 + random.float(),
    colour: [random.float(), random.float(), random.float()],
    ...given,
  });
  const many = (count: number, given: Partial<Sample> = {}) =>
    Array.from({ length: count }, () => sample(given));
  return [
    many(1),
    many(slots),
    [sample({ density: 1e4 }), ...many(2)],
    [sample(), sample({ length: 0 }), sample()],
    many(2, { length: 0 }),
    many(3, { density: 0 }),
    many(4),
  ];
}

const random = seeded(SEED + 2);
const backgrounds = [
  { what: 'one colour', shape: [3], each: undefined },
  {
    what: 'a colour of its own',
    shape: ['r', 3],
    each: someRays().map(() => [random.float(), random.float(), random.float()]),
  },
];

describe(`volume rendering (seed ${SEED})`, () => {
  it.each(backgrounds)('adds colours up along each ray, before $what', async ({ shape: behind, each }) => {
    const rays = someRays();
    const feeds = feedsOf(rays, each);
    const expected = rays.map((ray, i) => referenceRender(ray, each?.[i] ?? background));
    const build = (elementType: 'float32' | 'float64') => {
      const { b, rendered } = graph(elementType, behind);
      if (rendered.depths === undefined) throw new Error('no depths');
      b.output(rendered.colours, 'seen');
      b.output(rendered.opacities, 'opacities');
      b.output(rendered.depths, 'depths');
      return b.graph();
    };
    const inDouble = evaluate(build('float64'), feeds);
    const inRuntime = await runOnnx(build('float32'), feeds);
    for (const [name, wanted, shape] of [
      ['seen', expected.flatMap(({ colour }) => colour), [rays.length, 3]],
      ['opacities', expected.map(({ opacity }) => opacity), [rays.length, 1]],
      ['depths', expected.map(({ depth }) => depth), [rays.length, 1]],
    ] as const) {
      expect(inDouble.get(name)?.shape).toEqual(shape);
      expect(relativeError(inDouble.get(name)?.data ?? [], wanted), name).toBeLessThan(1e-14);
      expect(inRuntime[name]?.shape).toEqual(shape);
      expect(relativeError(inRuntime[name]?.data ?? [], wanted), name).toBeLessThan(1e-6);
    }
  });

  it('shows the first opaque sample, and the background where there is nothing', () => {
    const { b, rendered } = graph();
    const sample = (density: number, red: number): Sample => ({
      density,
      length: 1,
      distance: 1,
      colour: [red, 0, 0],
    });
    const feeds = feedsOf([[sample(1e4, 0.25), sample(5, 1)], [sample(0, 1)]]);
    const seen = evaluate(b.graph(), feeds).get(rendered.colours.name)?.data ?? [];
    expect([...seen]).toEqual([0.25, 0, 0, ...background]);
    const opacities = evaluate(b.graph(), feeds).get(rendered.opacities.name)?.data ?? [];
    expect([...opacities]).toEqual([1, 0]);
  });

  it.each(backgrounds)('has the gradients of central differences, before $what', ({ shape, each }) => {
    const { b, values, rendered } = graph('float64', shape);
    const random = seeded(SEED + 1);
    const rays = someRays();
    const feeds = feedsOf(rays, each);
    // A loss of all that comes out, each with a weight of its own.
    const parts = [rendered.colours, rendered.opacities, rendered.depths].map((value, i) => {
      if (value === undefined) throw new Error('no depths');
      const width = i === 0 ? 3 : 1;
      const weights = Array.from({ length: rays.length * width }, () => random.float());
      feeds[`weight${i}`] = tensor([rays.length, width], weights);
      const term = b.mul(b.mul(value, value), b.input(`weight${i}`, ['r', width]));
      return b.reduceSum(term, undefined, false);
    });
    const loss = parts.reduce((sum, part) => b.add(sum, part));
    const names = ['densities', 'colours', 'lengths', 'distances', 'background'] as const;
    const gradients = addGradient(b, { of: loss, wrt: names.map((name) => values[name]) });
    const found = evaluate(b.graph(), feeds);
    names.forEach((name, i) => {
      const data = found.get(gradients[i]?.name ?? '')?.data ?? [];
      const expected = centralDifferences(b.graph(), feeds, loss.name, name);
      expect(relativeError(data, expected), name).toBeLessThan(1e-8);
      expect(Math.max(...expected.map(Math.abs)), name).toBeGreaterThan(0.01);
    });
  });
});
