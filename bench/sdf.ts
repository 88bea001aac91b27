// Signed distances of a mesh, the way INT was tried (ICML 2024): a SIREN 3×256, points half coarsely and half finely
// around the surface, Adam 10⁻⁴ falling along a cosine to 10⁻⁶. Full training sets an IoU; every selector is timed to it.
// All arms take turns in one process, so a machine that grows slower does so for all. A seed that is done lies in
// runs/bench-sdf and is not run again; `--samples` sets the pool, `--repeats` the number of seeds.
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { allOf, createRandom, createSelector, learningRateAt, type Selector } from 'evos';
import { createTrainer, siren, type EngineTrainer } from 'evos/engine';
import {
  createDistanceField,
  createPointOperator,
  createSdfPool,
  frameOf,
  meshBounds,
  nearDeviation,
  sampleMesh,
  type DistanceField,
  type Frame,
  type SdfPool,
  type TriangleMesh,
} from 'evos/sdf';
import { loadMesh } from 'evos/sdf/files';
import { referenceFile } from '../test/support/reference-data.js';
import type { Options } from './options.js';
import { showSpread, spreadOf } from './support-timing.js';

/** Steps of full training; the published 10,000 are out of reach of a quick look on two cores. */
const fullSteps = 1000;
/** Points of each kind that IoU is measured on. */
const measured = 32_768;
/** Measurements of each arm. */
const measurements = 50;

interface ArmPlan {
  readonly name: string;
  readonly steps: number;
  readonly learningRate: number;
  readonly final: number;
  readonly selector: (pool: SdfPool, seed: number) => Selector;
}

type Point = readonly [seconds: number, iou: number, iouNear: number];

interface ArmCurve {
  readonly name: string;
  readonly curve: readonly Point[];
}

const published = { steps: fullSteps, learningRate: 1e-4, final: 0.01 };
const small = { steps: 2 * fullSteps, learningRate: 5e-4, final: 0.02 };

/** EVOS as published, with or without a frequency operator, whose responses are in the distances' own units. */
const evos =
  (kind?: 'graph-laplacian' | 'plane-residual') =>
  (pool: SdfPool, seed: number): Selector => {
    const common = { strategy: 'evos', size: pool.size, steps: fullSteps, seed, ratio: 0.5 } as const;
    const { targets } = pool;
    if (kind === undefined) return createSelector({ ...common, targets, crossover: 'no' });
    const operator = createPointOperator({ points: pool.inputs, kind });
    return createSelector({ ...common, targets, operator, frequencyWeight: 1, crossFrequency: false });
  };

const arms: readonly ArmPlan[] = [
  {
    name: 'full',
    ...published,
    selector: ({ size }, seed) => createSelector({ strategy: 'full', size, steps: fullSteps, seed }),
  },
  {
    name: 'uniform, half',
    ...published,
    selector: ({ size }, seed) =>
      createSelector({ strategy: 'uniform', size, steps: fullSteps, seed, ratio: 0.5 }),
  },
  { name: 'EVOS, half, errors alone', ...published, selector: evos() },
  { name: 'EVOS, half, graph Laplacian', ...published, selector: evos('graph-laplacian') },
  { name: 'EVOS, half, plane residual', ...published, selector: evos('plane-residual') },
  {
    name: 'uniform, a tenth',
    ...small,
    selector: ({ size }, seed) =>
      createSelector({ strategy: 'uniform', size, steps: small.steps, seed, ratio: 0.1 }),
  },
  {
    name: 'evos-online, a tenth',
    ...small,
    selector: ({ size, targets }, seed) =>
      createSelector({ strategy: 'evos-online', size, steps: small.steps, seed, ratio: 0.1, targets }),
  },
];

/** One arm while it runs. */
class Arm {
  readonly plan: ArmPlan;
  readonly curve: Point[] = [];
  readonly #pool: SdfPool;
  readonly #trainer: EngineTrainer;
  readonly #selector: Selector;
  #seconds = 0;

  constructor(plan: ArmPlan, pool: SdfPool, seed: number) {
    this.plan = plan;
    this.#pool = pool;
    this.#selector = plan.selector(pool, seed);
    const model = siren({ inputDim: 3, outputDim: 1 });
    const adam = { learningRate: plan.learningRate };
    // All arms in the same passes: measured sizes could differ from arm to arm.
    this.#trainer = createTrainer({ model, adam, seed, device: 'cpu', microBatch: 2048 });
  }

  get share(): number {
    return this.#selector.step / this.plan.steps;
  }

  /** Trains to its next measurement. */
  async turn(iou: (trainer: EngineTrainer) => Promise<readonly [number, number]>): Promise<void> {
    const { steps, learningRate, final } = this.plan;
    const last = Math.min(steps, this.#selector.step + Math.ceil(steps / measurements));
    // Sessions come into being with the first step, which is taken back.
    if (this.#selector.step === 0) await this.#warmUp();
    const start = performance.now();
    while (this.#selector.step < last) {
      const selection = this.#selector.next();
      const { step, wants } = selection;
      const rate = learningRateAt('cosine', learningRate, final * learningRate, step, steps);
      const result = await this.#trainer.step(this.#pool.gather(selection), { wants, learningRate: rate });
      if (wants.length > 0) this.#selector.report(selection, result);
    }
    this.#seconds += (performance.now() - start) / 1000;
    this.curve.push([this.#seconds, ...(await iou(this.#trainer))]);
  }

  async dispose(): Promise<void> {
    await this.#trainer.dispose();
  }

  async #warmUp(): Promise<void> {
    const before = await this.#trainer.snapshot();
    await this.#trainer.step(this.#pool.gather(allOf(this.#pool.size)), { wants: ['errors', 'predictions'] });
    await this.#trainer.restore(before);
  }
}

/** Runs the seeds that are missing, and prints time to full training's IoU. */
export async function sdf({ say, repeats = 3, samples = 50_000 }: Options): Promise<unknown> {
  const file = referenceFile('data/mesh/bunny.obj');
  if (file === undefined) {
    say('skipped: the reference data is missing; EVOS_DATA names its folder');
    return undefined;
  }
  const folder = path.join('runs', 'bench-sdf');
  await mkdir(folder, { recursive: true });
  const seeds: ArmCurve[][] = [];
  for (let seed = 1; seed <= repeats; seed++) {
    const kept = path.join(folder, `bunny-${samples}-${fullSteps}-seed${seed}.json`);
    if (!existsSync(kept)) {
      const curves = await runSeed(file, samples, seed, say);
      await writeFile(kept, `${JSON.stringify(curves)}\n`);
    }
    seeds.push(JSON.parse(await readFile(kept, 'utf8')) as ArmCurve[]);
  }
  return report(seeds, say);
}

async function runSeed(
  file: string,
  samples: number,
  seed: number,
  say: Options['say'],
): Promise<ArmCurve[]> {
  const { mesh } = await loadMesh(file);
  // INT's cube has the side 0.9, the network's the side 2.
  const frame = frameOf(meshBounds(mesh), 0.45);
  const field = await createDistanceField(mesh, {});
  const iou = await createMeter(mesh, field, frame);
  const pool = await createSdfPool({ mesh, field, frame, count: samples, split: 'int', seed });
  const running = arms.map((plan) => new Arm(plan, pool, seed));
  try {
    for (let turn = 1; turn <= measurements; turn++) {
      for (const arm of running) await arm.turn(iou);
      if (turn % 10 > 0) continue;
      const at = running.map(
        ({ curve }) => `${curve.at(-1)?.[0].toFixed(0)} s ${curve.at(-1)?.[1].toFixed(4)}`,
      );
      say(`seed ${seed}, ${(100 * turn) / measurements} %: ${at.join(' | ')}`);
    }
  } finally {
    await Promise.all(running.map((arm) => arm.dispose()));
    await field.dispose();
  }
  return running.map(({ plan, curve }) => ({ name: plan.name, curve }));
}

/** IoU on uniform points of the mesh's box a little enlarged, and near the surface; the same points for everybody. */
async function createMeter(mesh: TriangleMesh, field: DistanceField, frame: Frame) {
  const random = createRandom(99);
  const uniform = new Float32Array(3 * measured).map(() => random.float() - 0.5);
  const inside = await field.inside(
    uniform.map((value, i) => value / frame.scale + (frame.center[i % 3] ?? 0)),
  );
  const split = [{ kind: 'offset', share: 1, noise: 'laplace', sigma: nearDeviation / Math.SQRT2 }] as const;
  const near = await sampleMesh({ mesh, field, frame, count: measured, split, seed: 98 });
  const nearInside = Uint8Array.from(near.distances, (distance) => Number(distance < 0));
  const of = async (trainer: EngineTrainer, points: Float32Array, truth: Uint8Array): Promise<number> => {
    const values = await trainer.predict(points);
    let [both, either] = [0, 0];
    for (const [i, value] of values.entries()) {
      const [a, b] = [value < 0, truth[i] === 1];
      if (a && b) both++;
      if (a || b) either++;
    }
    return both / either;
  };
  return async (trainer: EngineTrainer): Promise<readonly [number, number]> => [
    await of(trainer, uniform, inside),
    await of(trainer, near.points, nearInside),
  ];
}

/** Seconds at which a curve first came to an IoU, between measurements by a straight line; undefined if never. */
function secondsTo(curve: readonly Point[], iou: number, which: 1 | 2): number | undefined {
  const at = curve.findIndex((point) => point[which] >= iou);
  const [here, before] = [curve[at], curve[at - 1]];
  if (here === undefined || before === undefined) return here?.[0];
  return before[0] + ((iou - before[which]) / (here[which] - before[which])) * (here[0] - before[0]);
}

function report(seeds: readonly (readonly ArmCurve[])[], say: Options['say']) {
  say(
    '| arm | time of all steps, of full | final IoU | near | time to full’s IoU, of full | to full’s IoU near |',
  );
  say('| --- | --- | --- | --- | --- | --- |');
  return arms.map(({ name }) => {
    const each = seeds.map((curves) => {
      const full = curves[0]?.curve ?? [];
      const end = full.at(-1) ?? [NaN, NaN, NaN];
      const curve = curves.find((arm) => arm.name === name)?.curve ?? [];
      const last = curve.at(-1) ?? [NaN, NaN, NaN];
      const share = (which: 1 | 2): number | undefined => {
        const seconds = secondsTo(curve, end[which], which);
        return seconds === undefined ? undefined : seconds / end[0];
      };
      return { time: last[0] / end[0], iou: last[1], near: last[2], to: share(1), toNear: share(2) };
    });
    const spread = (values: readonly (number | undefined)[], digits: number): string => {
      const known = values.filter((value) => value !== undefined);
      const missing = values.length - known.length;
      if (known.length === 0) return 'never';
      return `${showSpread(spreadOf(known), digits)}${missing > 0 ? `, never in ${missing} of ${values.length}` : ''}`;
    };
    const of = <Key extends keyof (typeof each)[number]>(key: Key) => each.map((line) => line[key]);
    say(
      `| ${name} | ${spread(of('time'), 2)} | ${spread(of('iou'), 4)} | ${spread(of('near'), 4)} | ` +
        `${spread(of('to'), 2)} | ${spread(of('toNear'), 2)} |`,
    );
    return { name, seeds: each };
  });
}
