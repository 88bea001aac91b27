// Scenes: how fast a radiance field comes to the quality of uniform rays, by which rays it is trained on. All arms start
// from the same weights, look at about as many points a step, and take turns in one process, so that a machine that grows
// slower does so for all. Quality is the PSNR of the same held-out rays for everybody. A seed that is done lies in
// runs/bench-nerf and is not run again; `--scene` takes one scene, `--steps` and `--repeats` (seeds) set the effort.
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { createRandom, learningRateAt, someOf } from 'evos';
import { createRadianceTrainer, HASH_GRID_ADAM, radianceField, type RadianceTrainer } from 'evos/engine';
import {
  createRayPool,
  createRaySampler,
  holdOut,
  sceneSpace,
  type RayPool,
  type RaySampler,
  type RaySamplerOptions,
  type PhotoScene,
} from 'evos/nerf';
import { loadScene } from 'evos/nerf/files';
import { sceneSettings } from '../src/recipes/modalities/scene/settings.js';
import { referenceFile } from '../test/support/reference-data.js';
import type { Options } from './options.js';
import { showSpread, spreadOf } from './support-timing.js';

const usualSteps = 800;
/** As `evos fit` has them. */
const defaults = sceneSettings.fit();
const { points: pointsPerStep, learningRate, learningRateSchedule, learningRateFinal, averaging } = defaults;
/** Held-out rays that quality is measured on. */
const measured = 15_000;
const measurements = 20;
const scenes = ['lego', 'fox'] as const;

const arms: readonly RaySamplerOptions[] = [
  { strategy: 'uniform' },
  { strategy: 'error-map' },
  { strategy: 'evos' },
  { strategy: 'evos-online' },
];

interface Point {
  readonly step: number;
  /** Of training, choosing included. */
  readonly seconds: number;
  readonly select: number;
  readonly psnr: number;
}

interface Curve {
  readonly strategy: string;
  readonly curve: readonly Point[];
}

/** Rays whose colours are known, as a trainer takes them. */
interface KnownRays {
  readonly rays: Float32Array;
  readonly targets: Float32Array;
}

class Arm {
  readonly strategy: string;
  readonly curve: Point[] = [];
  readonly #trainer: RadianceTrainer;
  readonly #sampler: RaySampler;
  readonly #steps: number;
  #step = 0;
  #seconds = 0;
  #select = 0;
  #inputs = new Float32Array(0);

  constructor(options: RaySamplerOptions, scene: PhotoScene, pool: RayPool, seed: number, steps: number) {
    this.strategy = options.strategy;
    this.#steps = steps;
    this.#sampler = createRaySampler(pool, { ...options, seed });
    this.#trainer = createRadianceTrainer({
      field: radianceField({ space: sceneSpace(scene) }),
      adam: { ...HASH_GRID_ADAM, learningRate },
      averaging,
      seed,
      device: 'cpu',
      // As `evos fit` has it: white behind transparent photographs; captures show none, so that it may be any.
      background: scene.hasAlpha ? [1, 1, 1] : 'random',
    });
  }

  /** Trains to its next measurement. */
  async turn(known: KnownRays): Promise<void> {
    const last = Math.min(this.#steps, this.#step + Math.ceil(this.#steps / measurements));
    while (this.#step < last) {
      const start = performance.now();
      const batch = this.#sampler.next(this.#trainer.raysFor(pointsPerStep));
      const chosen = performance.now();
      const { indices, size, targets, weights } = batch;
      const inputs = this.#sideBySide(batch.origins, batch.directions);
      const rate = learningRateAt(
        learningRateSchedule,
        learningRate,
        learningRateFinal * learningRate,
        this.#step + 1,
        this.#steps,
      );
      const rays = { indices, whole: false, size, inputs, targets, weights };
      const options = { wants: ['predictions'], learningRate: rate } as const;
      const { predictions } = await this.#trainer.step(rays, options);
      const stepped = performance.now();
      if (predictions !== undefined) this.#sampler.report(batch, { predictions });
      const end = performance.now();
      this.#step++;
      // Sessions come into being with the first step: everybody's costs the same, and is no step's.
      if (this.#step === 1) continue;
      this.#seconds += (end - start) / 1000;
      this.#select += (chosen - start + end - stepped) / 1000;
    }
    const psnr = await this.#psnr(known);
    this.curve.push({ step: this.#step, seconds: this.#seconds, select: this.#select, psnr });
  }

  async dispose(): Promise<void> {
    await this.#trainer.dispose();
  }

  async #psnr({ rays, targets }: KnownRays): Promise<number> {
    const { colours } = await this.#trainer.render(rays);
    let sum = 0;
    for (const [i, value] of colours.entries()) sum += (value - (targets[i] ?? 0)) ** 2;
    return -10 * Math.log10(sum / colours.length);
  }

  #sideBySide(origins: Float32Array, directions: Float32Array): Float32Array {
    if (this.#inputs.length !== 2 * origins.length) this.#inputs = new Float32Array(2 * origins.length);
    for (let i = 0; i < origins.length; i += 3) {
      this.#inputs.set(origins.subarray(i, i + 3), 2 * i);
      this.#inputs.set(directions.subarray(i, i + 3), 2 * i + 3);
    }
    return this.#inputs;
  }
}

/** Runs the seeds that are missing, and prints a table for each scene. */
export async function nerf({ say, repeats = 3, steps = usualSteps, scene: only }: Options): Promise<unknown> {
  const folder = path.join('runs', 'bench-nerf');
  await mkdir(folder, { recursive: true });
  const tables: Record<string, unknown> = {};
  for (const name of scenes) {
    if (only !== undefined && only !== name) continue;
    const source = referenceFile(`data/nerf/${name}`);
    if (source === undefined) {
      say(`${name}: skipped, the reference data is missing; EVOS_DATA names its folder`);
      continue;
    }
    const seeds: Curve[][] = [];
    for (let seed = 1; seed <= repeats; seed++) {
      const kept = path.join(folder, `${name}-${steps}-seed${seed}.json`);
      if (!existsSync(kept)) {
        await writeFile(kept, `${JSON.stringify(await runSeed(source, name, seed, steps, say))}\n`);
      }
      seeds.push(JSON.parse(await readFile(kept, 'utf8')) as Curve[]);
    }
    tables[name] = report(name, steps, seeds, say);
  }
  return tables;
}

async function runSeed(
  source: string,
  name: string,
  seed: number,
  steps: number,
  say: Options['say'],
): Promise<Curve[]> {
  const scene = await loadScene(source);
  const { train, test } = holdOut(scene);
  const pool = createRayPool(scene, { views: train });
  await pool.load();
  const known = await heldOutRays(scene, test);
  const running = arms.map((options) => new Arm(options, scene, pool, seed, steps));
  try {
    for (let turn = 1; turn <= measurements; turn++) {
      for (const arm of running) await arm.turn(known);
      if (turn % 5 > 0) continue;
      const at = running.map(
        ({ strategy, curve }) =>
          `${strategy} ${curve.at(-1)?.seconds.toFixed(0)} s ${curve.at(-1)?.psnr.toFixed(2)} dB`,
      );
      say(`${name}, seed ${seed}, ${(100 * turn) / measurements} %: ${at.join(' | ')}`);
    }
  } finally {
    await Promise.all(running.map((arm) => arm.dispose()));
  }
  return running.map(({ strategy, curve }) => ({ strategy, curve }));
}

/** Rays of all held-out photographs, the same for everybody. */
async function heldOutRays(scene: PhotoScene, views: Uint32Array): Promise<KnownRays> {
  const pool = createRayPool(scene, { views });
  await pool.load();
  // Passes without repeats: no ray twice.
  const count = Math.min(measured, pool.size);
  const random = createRandom(99);
  const indices = Uint32Array.from({ length: count }, () => random.below(pool.size));
  const { inputs, targets } = pool.gather(someOf(indices));
  return { rays: inputs, targets };
}

/** Between measurements by a straight line; undefined where a curve never comes there. */
function at(curve: readonly Point[], by: 'seconds' | 'psnr', value: number, wanted: 'seconds' | 'psnr') {
  const i = curve.findIndex((point) => point[by] >= value);
  const [here, before] = [curve[i], curve[i - 1]];
  if (here === undefined || before === undefined) return here?.[wanted];
  const share = (value - before[by]) / (here[by] - before[by]);
  return before[wanted] + share * (here[wanted] - before[wanted]);
}

function report(name: string, steps: number, seeds: readonly (readonly Curve[])[], say: Options['say']) {
  say(`${name}: ${steps} steps, ${seeds.length} seeds, median (min–max)`);
  say(
    '| rays | PSNR after the same steps | after the same seconds | time to uniform’s PSNR, of uniform’s | choosing, of training |',
  );
  say('| --- | --- | --- | --- | --- |');
  return arms.map(({ strategy }) => {
    const each = seeds.map((curves) => {
      const of = (wanted: string): readonly Point[] =>
        curves.find((arm) => arm.strategy === wanted)?.curve ?? [];
      const [uniform, curve] = [of('uniform').at(-1), of(strategy)];
      const last = curve.at(-1);
      if (uniform === undefined || last === undefined) throw new Error(`${name}: no curve of ${strategy}`);
      const to = at(curve, 'psnr', uniform.psnr, 'seconds');
      return {
        psnr: last.psnr,
        // Who is done earlier has what it has.
        atSeconds: at(curve, 'seconds', uniform.seconds, 'psnr') ?? last.psnr,
        to: to === undefined ? undefined : to / uniform.seconds,
        select: last.select / last.seconds,
      };
    });
    const spread = (values: readonly (number | undefined)[], digits: number): string => {
      const found = values.filter((value) => value !== undefined);
      const missing = values.length - found.length;
      if (found.length === 0) return 'never';
      return `${showSpread(spreadOf(found), digits)}${missing > 0 ? `, never in ${missing} of ${values.length}` : ''}`;
    };
    const of = <Key extends keyof (typeof each)[number]>(key: Key) => each.map((line) => line[key]);
    say(
      `| ${strategy} | ${spread(of('psnr'), 2)} | ${spread(of('atSeconds'), 2)} | ${spread(of('to'), 2)} | ` +
        `${spread(
          each.map(({ select }) => 100 * select),
          2,
        )} % |`,
    );
    return { strategy, seeds: each };
  });
}
