// A sampler in the training loop: batches as the trainer sees them, reports on the way back, masks, snapshots.
import { describe, expect, it } from 'vitest';
import type { Batch, Snapshot } from '../../../../src/core/index.js';
import { createRaySampler, type RaySampler } from '../../../../src/adapters/rays/index.js';
import { type RayBatch, type RaySource } from '../../../../src/nerf/index.js';
import { rayTraining, sceneSampler } from '../../../../src/recipes/modalities/scene/rays.js';
import { fitSceneSettings } from '../../../../src/recipes/modalities/scene/options.js';
import { sceneStrategies } from '../../../../src/recipes/modalities/scene/settings.js';
import { fieldSource, isHot, size } from '../../../nerf/rays/field.js';

/** Origins and directions that say which ray they are of. */
function told(more: Partial<RaySource> = {}): RaySource {
  const source = fieldSource();
  return {
    ...source,
    gather: (indices, n, out) => {
      source.gather(indices, n, out);
      for (let i = 0; i < n; i++) {
        for (let axis = 0; axis < 3; axis++) {
          out.origins[3 * i + axis] = indices[i]! + axis / 4;
          out.directions[3 * i + axis] = -indices[i]! - axis / 4;
        }
      }
    },
    ...more,
  };
}

const settings = (strategy: string) => fitSceneSettings.parse({ strategy, seed: 5, interval: 4 });
const training = (strategy: string, rays = 64, source = told()) =>
  rayTraining(sceneSampler(source, settings(strategy)), () => rays);

describe('rayTraining', () => {
  it('lays origins and directions of the drawn rays side by side', () => {
    const { selector, pool } = training('uniform');
    expect(pool).toMatchObject({ size, inputDim: 6, targetDim: 3 });
    const generation = selector.next();
    expect(generation).toMatchObject({ step: 1, count: 64, ratio: 64 / size, evaluates: false });
    const batch = pool.gather(generation.indices);
    expect(batch.size).toBe(64);
    (generation.indices as Uint32Array).forEach((index, i) => {
      const expected = [index, index + 0.25, index + 0.5, -index, -index - 0.25, -index - 0.5];
      expect([...batch.inputs.subarray(6 * i, 6 * i + 6)]).toEqual(expected);
      expect(batch.targets[3 * i]).toBeCloseTo((index % 97) / 97, 6);
    });
  });

  it('gathers nothing twice, and nothing else', () => {
    let gathered = 0;
    const source = told();
    const counting: RaySource = {
      ...source,
      gather: (...args) => {
        gathered++;
        source.gather(...args);
      },
    };
    const { selector, pool } = training('uniform', 8, counting);
    expect(() => pool.gather(Uint32Array.of(1))).toThrow(/gather the indices of the last generation/);
    pool.gather(selector.next().indices);
    expect(gathered).toBe(1);
    expect(() => pool.gather('all')).toThrow(/nothing else/);
  });

  it.each(sceneStrategies)('%s evaluates every generation if it learns from errors', (strategy) => {
    expect(training(strategy).selector.next().evaluates).toBe(strategy !== 'uniform');
  });

  it.each(['evos', 'evos-online', 'error-map'] as const)('%s goes where errors are', (strategy) => {
    const { selector, pool } = training(strategy, 256);
    const source = told();
    const [views, rows, columns] = [0, 1, 2].map(() => new Uint32Array(256)) as [
      Uint32Array,
      Uint32Array,
      Uint32Array,
    ];
    let hot = 0;
    for (let step = 1; step <= 200; step++) {
      const generation = selector.next();
      const { targets } = pool.gather(generation.indices);
      source.locate(generation.indices as Uint32Array, views, rows, columns);
      const predictions = targets.map((value, i) => {
        const ray = Math.floor(i / 3);
        const isHere = isHot(views[ray]!, rows[ray]!, columns[ray]!);
        if (isHere && i % 3 === 0 && step > 100) hot++;
        return value + (isHere ? 1 : 0.1);
      });
      selector.report(generation, { predictions });
    }
    // Uniform draws would have 100·256 of the pool's share.
    expect(hot / (100 * 256 * ((30 * 24) / size))).toBeGreaterThan(1.5);
  });

  it.each(sceneStrategies)('%s goes on from a snapshot to the same rays', (strategy) => {
    const [a, b] = [training(strategy), training(strategy)];
    const step = ({ selector, pool }: typeof a): number[] => {
      const generation = selector.next();
      const { targets } = pool.gather(generation.indices);
      selector.report(generation, { predictions: targets.map((value, i) => value + (i % 7) / 7) });
      return [...(generation.indices as Uint32Array)];
    };
    for (let i = 0; i < 11; i++) step(a);
    b.selector.restore(JSON.parse(JSON.stringify(a.selector.snapshot(), typed), untyped) as Snapshot);
    expect(b.selector.step).toBe(11);
    for (let i = 0; i < 7; i++) expect(step(b)).toEqual(step(a));
  });
});

describe('importance corrections', () => {
  const masked = (index: number): boolean => index % 3 === 0;
  /** A sampler that shows the batches it has handed out. */
  function watched(more: Partial<RaySource> = {}) {
    const batches: RayBatch[] = [];
    const options = { strategy: 'evos-online', seed: 3, batches: 1, correction: 1 } as const;
    const inner = createRaySampler(told(more), options);
    const next = (n: number): RayBatch => {
      batches.push(inner.next(n));
      return batches.at(-1)!;
    };
    const report: RaySampler['report'] = (...given) => inner.report(...given);
    const sampler = { ...inner, strategy: inner.strategy, size: inner.size, next, report } as RaySampler;
    return { batches, ...rayTraining(sampler, () => 256) };
  }

  /** Steps at which errors differ by place, so that likelihoods come to differ. */
  function learn({ selector, pool }: ReturnType<typeof watched>): Batch {
    for (let step = 0; step < 40; step++) {
      const generation = selector.next();
      const { targets } = pool.gather(generation.indices);
      const indices = generation.indices as Uint32Array;
      const predictions = targets.map((v, i) => v + (indices[Math.floor(i / 3)]! < size / 2 ? 1 : 0.1));
      selector.report(generation, { predictions });
    }
    return pool.gather(selector.next().indices);
  }

  it('come to the trainer as the weights of its batch', () => {
    const run = watched();
    const { weights, size: n } = learn(run);
    expect(n).toBe(256);
    expect(weights).toEqual(run.batches.at(-1)!.weights);
    expect(Math.max(...weights!) / Math.min(...weights!)).toBeGreaterThan(1.5);
  });

  it('weigh what masks leave as they would have weighed it in the whole batch', () => {
    const run = watched({ masked });
    const { weights, size: n, indices } = learn(run);
    const { weights: all, indices: drawn } = run.batches.at(-1)!;
    expect(n).toBeLessThan(256);
    expect(weights).toHaveLength(n);
    // Any loss will do: the trainer divides by the rays it gets, the sampler meant those it drew.
    const error = (index: number): number => 1 + Math.sin(index);
    const mean = (over: Uint32Array, by: Float32Array): number =>
      over.reduce((sum, index, i) => sum + by[i]! * error(index), 0) / over.length;
    expect(mean(indices as Uint32Array, weights!)).toBeCloseTo(mean(drawn, all), 5);
  });

  it.each(sceneStrategies)('are none unless they are asked for: %s', (strategy) => {
    for (const source of [told(), told({ masked })]) {
      const { selector, pool } = training(strategy, 64, source);
      expect(pool.gather(selector.next().indices).weights).toBeUndefined();
    }
  });
});

describe('masks', () => {
  /** The last view and every third ray. */
  const masked = (index: number): boolean => index >= size - 2970 || index % 3 === 0;

  it.each(sceneStrategies)('%s never trains on what they cover', (strategy) => {
    const { selector, pool } = training(strategy, 64, told({ masked }));
    for (let step = 0; step < 30; step++) {
      const generation = selector.next();
      const indices = generation.indices as Uint32Array;
      const batch = pool.gather(indices);
      expect(indices.some(masked)).toBe(false);
      expect(generation.count).toBe(indices.length);
      expect(indices.length).toBeLessThan(64);
      expect(batch.inputs).toHaveLength(6 * indices.length);
      indices.forEach((index, i) => {
        expect(batch.inputs[6 * i]).toBe(index);
        expect(batch.targets[3 * i]).toBeCloseTo((index % 97) / 97, 6);
      });
      selector.report(generation, { predictions: batch.targets.map((value) => value + 0.5) });
    }
  });

  it('reports come back to the rays they are of', () => {
    const reports: Float32Array[] = [];
    const inner = createRaySampler(told({ masked }), { strategy: 'evos-online', seed: 1 });
    const spied: RaySampler = Object.create(inner, {
      report: {
        value: (feedback: { predictions: Float32Array }, of: { id: number }) => {
          reports.push(feedback.predictions.slice());
          return inner.report(feedback, of);
        },
      },
      next: { value: (n: number) => inner.next(n) },
      snapshot: { value: () => inner.snapshot() },
      strategy: { value: inner.strategy },
      size: { value: inner.size },
    }) as RaySampler;
    const { selector, pool } = rayTraining(spied, () => 32);
    const generation = selector.next();
    const indices = generation.indices as Uint32Array;
    const { targets } = pool.gather(indices);
    selector.report(generation, { predictions: targets.map((value) => value + 2) });
    const [report] = reports as [Float32Array];
    expect(report).toHaveLength(3 * 32);
    // What is trained on is 2 off, what is masked not at all.
    expect(report.filter((value) => value >= 2)).toHaveLength(3 * indices.length);
    expect(() => selector.report(generation, { predictions: targets.subarray(3) })).toThrow(
      /expected 3 for each of/,
    );
  });

  it('over everything end in an error that says what to look at', () => {
    const { selector } = training('uniform', 16, told({ masked: () => true }));
    expect(() => selector.next()).toThrow(
      /nothing but masked pixels in 32 draws of 16 rays.*look at the masks/,
    );
  });
});

const typed = (_: string, value: unknown): unknown =>
  ArrayBuffer.isView(value) ? { type: value.constructor.name, data: [...(value as Float32Array)] } : value;

function untyped(_: string, value: unknown): unknown {
  const { type, data } = (value ?? {}) as { type?: string; data?: number[] };
  const classes = { Float32Array, Uint32Array, Int32Array, Uint8Array };
  const found = Object.entries(classes).find(([name]) => name === type);
  return found === undefined || data === undefined ? value : found[1].from(data);
}
