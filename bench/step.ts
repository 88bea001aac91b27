// What a training step takes, next to what it could take at best (its matrix products alone), what a first attempt
// takes (one session, one graph), and what PyTorch takes, all with the same weights, samples and number of threads.
import { allOf } from '../src/core/samples.js';
import { availableParallelism } from 'node:os';
import { createTrainer, siren, type EngineTrainer } from 'evos/engine';
import { createNaiveStep } from './naive-step.js';
import type { Options } from './options.js';
import { Floor, startBestFloor } from './step-floor.js';
import { enterTorch, type TorchField } from './step-torch-field.js';
import {
  checkAlike,
  createTask,
  layerSizes,
  productFlops,
  Stepper,
  type StepOutcome,
  type StepTask,
} from './support-step.js';
import { ratiosOf, showSpread, spreadOf, takeTurns, type Contestant, type Spread } from './support-timing.js';

/** One contestant's times, and how fast that makes the step's matrix products. */
interface Line extends Spread {
  readonly name: string;
  readonly gflops: number;
}

/** What `--json` gives under `step`. Times in milliseconds, medians where there is one number. */
export interface StepReport {
  readonly n: number;
  readonly ms: number;
  /** The matrix products alone, in micro-batches as the trainer's. */
  readonly floorMs: number;
  /** The same in the micro-batches that suit them best. */
  readonly bestFloorMs: number;
  readonly naiveMs: number;
  /** PyTorch at its best; left out where there is none. */
  readonly torchMs?: number;
  /** Our time over theirs, per round. */
  readonly ratios: {
    readonly floor: Spread;
    readonly bestFloor: Spread;
    readonly naive: Spread;
    readonly torch?: Spread;
  };
  readonly lines: readonly Line[];
  /** Operations of one step's matrix products, in thousands of millions. */
  readonly gflop: number;
  readonly threads: number;
  readonly workers: number;
  readonly microBatch: number;
  readonly repeats: number;
  readonly seed: number;
  readonly torch?: Pick<TorchField, 'version' | 'trials'> & { readonly eager: true; readonly best: string };
}

const warmUp = 2;

/** Times the training step against its floor, the naive graph and PyTorch, which take turns. */
export async function step({ say, repeats = 7, samples: n = 65_536 }: Options): Promise<StepReport> {
  const task = createTask({ n, cores: availableParallelism() });
  const gflop = productFlops(task) / 1e9;
  say(
    `SIREN ${layerSizes(task).join(' → ')}, ${n.toLocaleString('en')} samples, MSE, Adam, float32, seed ` +
      `${task.seed}, ${task.cores} threads; ${gflop.toFixed(1)} GFLOP of matrix products a step`,
  );
  const closing: (() => Promise<void>)[] = [];
  try {
    const trainer = makeTrainer(task);
    closing.push(() => trainer.dispose());
    const parameters = await trainer.parameters();
    const ours = new Stepper(() => trainerStep(trainer, task));
    // A trainer may choose its micro-batch by its first steps; the floor takes over what it has chosen.
    for (let i = 0; i < warmUp; i++) await ours.run();
    const { microBatch, workers } = trainer;
    const floor = await Floor.start(task, parameters, { microBatch, threads: workers });
    closing.push(() => floor.stop());
    const best = await startBestFloor(task, parameters, workers);
    closing.push(() => best.floor.stop());
    const baseline = await createNaiveStep(task, parameters);
    closing.push(() => baseline.release());
    const naive = new Stepper(() => baseline.step());
    const torch = await enterTorch(task, parameters, say);
    if (torch !== undefined) closing.push(() => torch.stop());

    const passes = (size: number): string => `micro-batches of ${size.toLocaleString('en')}`;
    const contestants: Contestant[] = [
      { name: `training step, ${workers} × 1 thread, ${passes(microBatch)}`, run: () => ours.run() },
      { name: `its matrix products alone, ${passes(microBatch)}`, run: () => floor.run() },
      { name: `at their best, ${passes(best.microBatch)}`, run: () => best.floor.run() },
      { name: `naive: one graph, one session, ${task.cores} threads`, run: () => naive.run() },
      ...(torch?.entries ?? []),
    ];
    const times = await takeTurns(contestants, { warmUp, repeats });
    checkAlike({ 'the trainer': ours, 'the naive graph': naive, ...torch?.steppers });

    const lines = contestants.map(({ name }, i): Line => {
      const spread = spreadOf(times[i] ?? []);
      return { name, ...spread, gflops: gflop / (spread.median / 1e3) };
    });
    const at = (i: number): number => lines[i]?.median ?? Number.NaN;
    const ratio = (other: number): Spread => ratiosOf(times[0] ?? [], times[other] ?? []);
    const [firstTorch, ...otherTorch] = [...lines.keys()].slice(
      contestants.length - (torch?.entries.length ?? 0),
    );
    const rival =
      firstTorch === undefined
        ? undefined
        : otherTorch.reduce((least, i) => (at(i) < at(least) ? i : least), firstTorch);
    const result: StepReport = {
      n,
      ms: at(0),
      floorMs: at(1),
      bestFloorMs: at(2),
      naiveMs: at(3),
      ...(rival !== undefined && { torchMs: at(rival) }),
      ratios: {
        floor: ratio(1),
        bestFloor: ratio(2),
        naive: ratio(3),
        ...(rival !== undefined && { torch: ratio(rival) }),
      },
      lines,
      gflop,
      threads: task.cores,
      workers,
      microBatch,
      repeats,
      seed: task.seed,
      ...(torch !== undefined &&
        rival !== undefined && {
          torch: {
            version: torch.version,
            eager: true,
            best: lines[rival]?.name ?? '',
            trials: torch.trials,
          },
        }),
    };
    print(result, say);
    return result;
  } finally {
    for (const close of closing.reverse()) await close();
  }
}

function makeTrainer(task: StepTask): EngineTrainer {
  const { inputDim, outputDim, width, depth, omega, learningRate, seed, cores } = task;
  return createTrainer({
    model: siren({ inputDim, outputDim, width, depth, omega }),
    adam: { learningRate },
    seed,
    device: 'cpu',
    workers: cores,
  });
}

async function trainerStep(trainer: EngineTrainer, task: StepTask): Promise<StepOutcome> {
  const { n: size, inputs, targets } = task;
  const start = performance.now();
  const { loss } = await trainer.step({ ...allOf(size), inputs, targets }, { wants: [] });
  return { ms: performance.now() - start, loss };
}

function print({ lines, ratios, repeats, torch }: StepReport, say: Options['say']): void {
  if (torch !== undefined) {
    say(`PyTorch ${torch.version.version}, ${torch.version.blas}, eager, ${torch.version.threads} threads`);
  }
  say(`median of ${repeats} rounds (min–max); all take turns`);
  say('| | ms | GFLOP/s |');
  say('|---|---|---|');
  for (const line of lines) say(`| ${line.name} | ${showSpread(line, 1)} | ${line.gflops.toFixed(0)} |`);
  say('ratios per round, median (min–max):');
  say(`step / its matrix products: ${showSpread(ratios.floor, 3)}`);
  say(`step / the products at their best: ${showSpread(ratios.bestFloor, 3)}`);
  say(`step / naive: ${showSpread(ratios.naive, 3)}`);
  if (ratios.torch !== undefined) say(`step / PyTorch (${torch?.best}): ${showSpread(ratios.torch, 3)}`);
}
