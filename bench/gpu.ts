// Training on a GPU beside PyTorch on the same GPU: steps of a 512×512 picture, full ones and of a part, and the time to a quality. The
// device is what `auto` takes: a driver in software does not count as one.
// EVOS_BENCH_DEVICE names a device to be measured all the same. Imports nothing of src/: it runs from a folder of built files.
import { createRandom, type Batch } from 'evos';
import { channelLuma, createImage, createLaplacian, createPixelPool, type PixelPool } from 'evos/image';
import { createTrainer, resolveDevice, type Device, type EngineTrainer } from 'evos/engine';
import { kernelLines, productsOf, timeKernels, type KernelTable } from './gpu-kernels.js';
import { timedNetworks, torchTask, type TimedNetwork } from './gpu-networks.js';
import { timeToQuality, type QualityReport } from './gpu-quality.js';
import { GpuTorch, type TorchBurst } from './gpu-torch.js';
import type { Options } from './options.js';
import { NoTorch } from './step-torch.js';
import { Stepper, type StepOutcome } from './support-step.js';
import { ratiosOf, showSpread, spreadOf, takeTurns, type Spread } from './support-timing.js';

/** What `--json` gives under `gpu`. Milliseconds per step. */
export type GpuReport =
  | { readonly available: false; readonly why: string }
  | {
      readonly available: true;
      readonly device: Device;
      readonly n: number;
      readonly lines: readonly GpuLine[];
      /** A 2 % step over a full one, per round. */
      readonly few: Spread;
      /** What each kernel takes, or why that is not known. Not of a device without kernels of our own. */
      readonly kernels?: readonly KernelTable[] | string;
      readonly torch?: { readonly version: string; readonly device: string };
      readonly quality: QualityReport;
      readonly repeats: number;
      readonly burst: number;
      readonly seed: number;
    };

/** A kind of step. */
export interface GpuLine extends Spread {
  readonly name: string;
  readonly teraflops: number;
  /** Ours over this one of PyTorch's, per round. */
  readonly ratio?: Spread;
}

const seed = 1;
/** Steps in a row and turn: a GPU that idles between steps clocks itself down. */
const burst = 10;
const warmUp = 2;

/** Who takes steps, and of what. */
interface Contender {
  readonly name: string;
  readonly network: TimedNetwork;
  readonly count: number;
  readonly stepper: Stepper;
  /** Of PyTorch's: whose work it does. */
  readonly against?: Contender;
  /** Rounds as ours do, so that losses are comparable. */
  readonly alike?: boolean;
}

/** Times training on the GPU, if there is one. */
export async function gpu({ say, repeats = 7, samples = 512 * 512 }: Options): Promise<GpuReport> {
  const found = await chooseDevice();
  if (found.device === undefined) {
    say(`no GPU was measured: ${found.why}`);
    return { available: false, why: found.why };
  }
  const { device } = found;
  const side = Math.round(Math.sqrt(samples));
  const pool = picturePool(side);
  const n = pool.size;
  say(`${side}×${side} pixels, MSE, Adam, float32, seed ${seed}, ${device} (${found.why})`);
  const closing: (() => Promise<void>)[] = [];
  try {
    const ours = ourContenders({ pool, device, side }, closing);
    const torch = await enterTorch(pool, say);
    if (torch !== undefined) closing.push(() => torch.stop());
    const theirs = torch === undefined ? [] : await torchContenders(torch, ours, device, say);
    const all = [...ours, ...theirs];
    const contestants = all.map(({ name, stepper }) => ({ name, run: () => stepper.run() }));
    const times = await takeTurns(contestants, { warmUp, repeats });
    theirs.forEach(checkSameWork);
    const timesOf = (who: Contender): number[] => times[all.indexOf(who)] ?? [];
    const lines = all.map((who): GpuLine => {
      const spread = spreadOf(timesOf(who));
      return {
        ...{ name: who.name, ...spread },
        teraflops: (who.network.flopsPerSample * who.count) / spread.median / 1e9,
        ...(who.against !== undefined && { ratio: ratiosOf(timesOf(who.against), timesOf(who)) }),
      };
    });
    const [full, , few] = ours;
    const kinds = [full, few].flatMap((who) => (who === undefined ? [] : [who]));
    const report: Omit<Extract<GpuReport, { available: true }>, 'quality'> = {
      ...{ available: true, device, n, lines },
      few: ratiosOf(few === undefined ? [] : timesOf(few), full === undefined ? [] : timesOf(full)),
      ...(torch !== undefined && { torch: { version: torch.version, device: torch.device } }),
      ...(device === 'webgpu' && { kernels: await timeKernels(pool, kinds) }),
      ...{ repeats, burst, seed },
    };
    print(report, say);
    for (const close of closing.splice(0).reverse()) await close();
    return { ...report, quality: await timeToQuality(device, say, { side }) };
  } finally {
    for (const close of closing.reverse()) await close();
  }
}

/** Where steps are taken. */
interface Place {
  readonly pool: PixelPool;
  readonly device: Device;
  readonly side: number;
}

/** Full steps, steps of a part, and one that evaluates as published EVOS does. */
function ourContenders(place: Place, closing: (() => Promise<void>)[]): Contender[] {
  const { size: n } = place.pool;
  const [half, few] = [Math.floor(n / 2), Math.floor(n / 50)];
  const [sines, grid] = timedNetworks;
  const enter = (network: TimedNetwork, name: string, count: number, how: Partial<How> = {}): Contender => {
    const trainer = makeTrainer(place, network, how.supervised === true);
    closing.push(() => trainer.dispose());
    const stepper = new Stepper(() => trainerBurst(trainer, place.pool, count, how));
    return { name: `${network.name}, ${name}`, network, count, stepper };
  };
  return [
    enter(sines, 'full step', n),
    enter(sines, 'half of the pixels', half),
    enter(sines, '2 % of the pixels, errors read back', few, { errors: true }),
    enter(grid, 'full step', n),
    enter(grid, '2 % of the pixels, errors read back', few, { errors: true }),
    enter(sines, 'full step that evaluates, with its frequency term', n, { errors: true, supervised: true }),
  ];
}

/** The same steps by PyTorch: as they come, compiled, and with products of rounded factors; what it cannot do here is told. */
async function torchContenders(
  torch: GpuTorch,
  [full, half, few, gridFull, gridFew]: readonly Contender[],
  device: Device,
  say: Options['say'],
): Promise<Contender[]> {
  const ways = [
    { way: 'eager, float32', tf32: false, compiled: false, of: [full, half, few, gridFull, gridFew] },
    { way: 'eager, TF32', tf32: true, compiled: false, of: [full, few] },
    { way: 'compiled, float32', tf32: false, compiled: true, of: [full, few, gridFull, gridFew] },
    { way: 'compiled, TF32', tf32: true, compiled: true, of: [full, few] },
  ];
  const entered: Contender[] = [];
  for (const { way, tf32, compiled, of } of ways) {
    for (const against of of) {
      if (against === undefined) continue;
      const { network, count } = against;
      const asked = { network: timedNetworks.findIndex((one) => one === network), count, tf32, compiled };
      const name = `PyTorch ${way}: ${against.name.replace(', errors read back', '')}`;
      const run = (steps: number): Promise<StepOutcome> =>
        torch.burst({ ...asked, steps } satisfies TorchBurst);
      if (compiled) {
        // Compiles; and its losses are those of later steps then.
        try {
          await run(1);
        } catch (cause) {
          say(`${name} is left out: ${cause instanceof Error ? cause.message : String(cause)}`);
          continue;
        }
      }
      // ONNX Runtime rounds factors of products to TF32 on CUDA, and its Node binding cannot tell it not to.
      const alike = !compiled && tf32 === (device === 'cuda');
      entered.push({ name, network, count, against, alike, stepper: new Stepper(() => run(burst)) });
    }
  }
  return entered;
}

/** What a step is asked for. */
interface How {
  /** Errors come back. */
  readonly errors: boolean;
  /** The loss has the term of cross-frequency supervision. */
  readonly supervised: boolean;
}

/** After the first burst the losses are the same, but for what GPUs round differently. @throws Error otherwise. */
function checkSameWork({ name, stepper, against, alike }: Contender): void {
  if (alike !== true) return;
  const [loss = Number.NaN] = against?.stepper.losses ?? [];
  const [other = Number.NaN] = stepper.losses;
  if (Math.abs(loss / other - 1) < 0.02) return;
  throw new Error(
    `${name}: after ${burst} steps the loss is ${other}, ours is ${loss}; times of different work cannot be compared`,
  );
}

async function chooseDevice(): Promise<{ device: Device | undefined; why: string }> {
  const asked = process.env['EVOS_BENCH_DEVICE'];
  if (asked === 'webgpu' || asked === 'cuda') {
    const { name } = await resolveDevice(asked);
    return { device: name, why: 'named by EVOS_BENCH_DEVICE' };
  }
  const { name, reason } = await resolveDevice('auto');
  return { device: name === 'cpu' ? undefined : name, why: reason };
}

/** Waves and noise. */
function picturePool(side: number): PixelPool {
  const random = createRandom(seed);
  const data = Uint8Array.from({ length: side * side * 3 }, (_, i) => {
    const pixel = Math.floor(i / 3);
    const wave = Math.sin((pixel % side) / 9) + Math.cos(Math.floor(pixel / side) / 14 + (i % 3));
    return Math.round(127 + 40 * wave + 40 * (random.float() - 0.5));
  });
  return createPixelPool(createImage({ width: side, height: side, channels: 3 }, data));
}

function makeTrainer(
  { pool, device, side }: Place,
  { model, adam }: TimedNetwork,
  supervised: boolean,
): EngineTrainer {
  const { range } = pool;
  const operator = createLaplacian({ width: side, height: side, channels: 3, range });
  return createTrainer({
    ...{ model, adam, seed, device, pool },
    ...(supervised && {
      crossFrequency: {
        ...{ width: side, height: side, range, luma: channelLuma(3), weight: 1e-5 },
        targetResponse: operator.response(pool.targets),
      },
    }),
  });
}

/** A burst of steps over every (n / count)th sample; gathering on the CPU counts where the trainer needs it. */
async function trainerBurst(
  trainer: EngineTrainer,
  pool: PixelPool,
  count: number,
  { errors = false, supervised = false }: Partial<How>,
): Promise<StepOutcome> {
  const stride = Math.floor(pool.size / count);
  const indices = Uint32Array.from({ length: count }, (_, i) => i * stride);
  const samples = { indices, whole: count === pool.size, size: count };
  const none = new Float32Array();
  const { gives } = trainer.capabilities;
  // As published EVOS evaluates, where the trainer measures frequency fitness.
  const wants = (['errors', 'frequency'] as const).filter(
    (name) => errors && (name === 'errors' || (supervised && gives.includes(name))),
  );
  let loss = Number.NaN;
  const start = performance.now();
  for (let i = 0; i < burst; i++) {
    const batch: Batch = trainer.capabilities.resident
      ? Object.assign(samples, { inputs: none, targets: none })
      : pool.gather(samples);
    ({ loss } = await trainer.step(batch, { wants, terms: supervised ? ['cross-frequency'] : [] }));
  }
  return { ms: (performance.now() - start) / burst, loss };
}

async function enterTorch(pool: PixelPool, say: Options['say']): Promise<GpuTorch | undefined> {
  try {
    return await GpuTorch.start(torchTask(pool, timedNetworks, seed));
  } catch (cause) {
    if (!(cause instanceof NoTorch)) throw cause;
    say(cause.message);
    return undefined;
  }
}

function print(
  { lines, few, repeats, torch, kernels }: Omit<Extract<GpuReport, { available: true }>, 'quality'>,
  say: Options['say'],
): void {
  if (torch !== undefined) say(`PyTorch ${torch.version} on ${torch.device}`);
  say(`milliseconds per step in bursts of ${burst}: median of ${repeats} rounds (min–max); all take turns`);
  for (const { name, ratio, teraflops, ...spread } of lines) {
    const beside = ratio === undefined ? '' : `; ours takes ${showSpread(ratio, 3)} of it`;
    say(`${name}: ${showSpread(spread, 2)}, ${teraflops.toFixed(1)} TFLOP/s${beside}`);
  }
  say(`2 % step / full step: ${showSpread(few, 3)}`);
  if (typeof kernels === 'string') say(kernels);
  else if (kernels !== undefined) {
    for (const line of kernelLines(kernels)) say(line);
    for (const { name, lines } of kernels) {
      const { milliseconds, share, floor } = productsOf(lines);
      say(
        `${name}: products take ${milliseconds.toFixed(3)} ms, ${(100 * share).toFixed(0)} % of its kernels' time; ` +
          `all at the rate of the fastest they would take ${floor.toFixed(3)} ms`,
      );
    }
  }
}
