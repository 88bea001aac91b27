// Training steps of a 512×512 picture on a GPU, full ones and of a part, beside PyTorch on the same GPU. The device is what
// `auto` takes: a driver in software does not count as one.
// EVOS_BENCH_DEVICE names a device to be measured all the same. Imports nothing of src/: it runs from a folder of built files.
import { createRandom, type Batch } from 'evos';
import { channelLuma, createImage, createLaplacian, createPixelPool, type PixelPool } from 'evos/image';
import { createTrainer, resolveDevice, siren, type Device, type EngineTrainer } from 'evos/engine';
import { kernelLines, timeKernels, type KernelTable } from './gpu-kernels.js';
import { GpuTorch } from './gpu-torch.js';
import type { Options } from './options.js';
import { NoTorch } from './step-torch.js';
import { Stepper, type StepOutcome } from './support-step.js';
import { ratiosOf, showSpread, spreadOf, takeTurns, type Contestant, type Spread } from './support-timing.js';

/** What `--json` gives under `gpu`. Milliseconds per step. */
export type GpuReport =
  | { readonly available: false; readonly why: string }
  | {
      readonly available: true;
      readonly device: Device;
      readonly n: number;
      readonly lines: readonly (Spread & { readonly name: string; readonly teraflops: number })[];
      /** Per round. */
      readonly ratios: {
        /** A 2 % step over a full one. */
        readonly few: Spread;
        /** Ours over PyTorch's. */
        readonly torchFull?: Spread;
        readonly torchHalf?: Spread;
        readonly torchFew?: Spread;
      };
      /** What each kernel takes, or why that is not known. Not of a device without kernels of our own. */
      readonly kernels?: readonly KernelTable[] | string;
      readonly torch?: { readonly version: string; readonly device: string; readonly tf32: boolean };
      readonly repeats: number;
      readonly burst: number;
      readonly seed: number;
    };

const settings = { width: 256, depth: 3, omega: 30, learningRate: 1e-4, seed: 1 } as const;
/** Steps in a row and turn: a GPU that idles between steps clocks itself down. */
const burst = 10;
const warmUp = 2;

/** Times steps on the GPU, if there is one. */
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
  say(
    `SIREN 3×256, ${side}×${side} pixels, MSE, Adam, float32, seed ${settings.seed}, ${device} (${found.why})`,
  );
  const closing: (() => Promise<void>)[] = [];
  try {
    const [half, few] = [Math.floor(n / 2), Math.floor(n / 50)];
    const ours = (count: number, how: Partial<How> = {}): Stepper => {
      const { supervised = false } = how;
      const trainer = makeTrainer(pool, device, side, supervised);
      closing.push(() => trainer.dispose());
      return new Stepper(() => trainerBurst(trainer, pool, count, { supervised, ...how }));
    };
    const torch = await enterTorch(pool, device, say);
    if (torch !== undefined) closing.push(() => torch.stop());
    const theirs = (count: number): Stepper =>
      new Stepper(async () => (await torch?.burst(count, burst)) ?? nothing);
    const own = [
      { name: 'full step', count: n, stepper: ours(n) },
      { name: 'half of the pixels', count: half, stepper: ours(half) },
      { name: '2 % of the pixels, errors read back', count: few, stepper: ours(few, { errors: true }) },
    ];
    const rivals = torch === undefined ? [] : own.map(({ count }) => ({ count, stepper: theirs(count) }));
    const evaluating = {
      name: 'full step that evaluates, with its frequency term',
      count: n,
      stepper: ours(n, { errors: true, supervised: true }),
    };
    const names = ['full step', 'half of the pixels', '2 % of the pixels'];
    const all = [
      ...own,
      evaluating,
      ...rivals.map((rival, i) => ({ name: `PyTorch, ${names[i]}`, ...rival })),
    ];
    const contestants = all.map(({ name, stepper }): Contestant => ({ name, run: () => stepper.run() }));
    const times = await takeTurns(contestants, { warmUp, repeats });
    rivals.forEach(({ stepper }, i) => checkSameWork(names[i] ?? '', own[i]?.stepper ?? stepper, stepper));
    const ratio = (a: number, b: number): Spread => ratiosOf(times[a] ?? [], times[b] ?? []);
    const kernels =
      device === 'webgpu'
        ? await timeKernels(pool, [
            { name: 'full step', count: n },
            { name: '2 % of the pixels', count: few },
          ])
        : undefined;
    const report: GpuReport = {
      available: true,
      device,
      n,
      lines: all.map(({ name, count }, i) => {
        const spread = spreadOf(times[i] ?? []);
        return { name, ...spread, teraflops: (flopsPerSample * count) / spread.median / 1e9 };
      }),
      ratios: {
        few: ratio(2, 0),
        ...(torch !== undefined && { torchFull: ratio(0, 4), torchHalf: ratio(1, 5), torchFew: ratio(2, 6) }),
      },
      ...(torch !== undefined && {
        torch: { version: torch.version, device: torch.device, tf32: tf32On(device) },
      }),
      ...(kernels !== undefined && { kernels }),
      repeats,
      burst,
      seed: settings.seed,
    };
    print(report, say);
    return report;
  } finally {
    for (const close of closing.reverse()) await close();
  }
}

/** What a step is asked for. */
interface How {
  /** Errors come back. */
  readonly errors: boolean;
  /** The loss has the term of cross-frequency supervision. */
  readonly supervised: boolean;
}

/** Operations of a step's products for one sample: forward, and backward by weights and by all inputs but the samples' own. */
const flopsPerSample = (() => {
  const { width, depth } = settings;
  const forward = 2 * width + depth * width ** 2 + 3 * width;
  return 2 * (3 * forward - 2 * width);
})();

/** After the first burst the losses are the same, but for what GPUs round differently. @throws Error otherwise. */
function checkSameWork(steps: string, ours: Stepper, theirs: Stepper): void {
  const [loss = Number.NaN] = ours.losses;
  const [other = Number.NaN] = theirs.losses;
  if (Math.abs(loss / other - 1) < 0.02) return;
  throw new Error(
    `after ${burst} ${steps} steps the loss is ${loss}, PyTorch's is ${other}; times of different work cannot be compared`,
  );
}

const nothing: StepOutcome = { ms: Number.NaN, loss: Number.NaN };

async function chooseDevice(): Promise<{ device: Device | undefined; why: string }> {
  const asked = process.env['EVOS_BENCH_DEVICE'];
  if (asked === 'webgpu' || asked === 'cuda') {
    const { name } = await resolveDevice(asked);
    return { device: name, why: 'named by EVOS_BENCH_DEVICE' };
  }
  const { name, reason } = await resolveDevice('auto');
  return { device: name === 'cpu' ? undefined : name, why: reason };
}

/** ONNX Runtime rounds factors of products to TF32 on CUDA, unless told otherwise, and its Node binding cannot tell it. */
function tf32On(device: Device): boolean {
  return device === 'cuda';
}

/** Waves and noise. */
function picturePool(side: number): PixelPool {
  const random = createRandom(settings.seed);
  const data = Uint8Array.from({ length: side * side * 3 }, (_, i) => {
    const pixel = Math.floor(i / 3);
    const wave = Math.sin((pixel % side) / 9) + Math.cos(Math.floor(pixel / side) / 14 + (i % 3));
    return Math.round(127 + 40 * wave + 40 * (random.float() - 0.5));
  });
  return createPixelPool(createImage({ width: side, height: side, channels: 3 }, data));
}

function makeTrainer(pool: PixelPool, device: Device, side: number, supervised: boolean): EngineTrainer {
  const { learningRate, seed, ...network } = settings;
  const { range } = pool;
  const operator = createLaplacian({ width: side, height: side, channels: 3, range });
  return createTrainer({
    model: siren({ inputDim: 2, outputDim: 3, ...network }),
    adam: { learningRate },
    seed,
    device,
    pool,
    ...(supervised && {
      crossFrequency: {
        width: side,
        height: side,
        range,
        luma: channelLuma(3),
        weight: 1e-5,
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
    ({ loss } = await trainer.step(batch, {
      wants,
      terms: supervised ? ['cross-frequency'] : [],
    }));
  }
  return { ms: (performance.now() - start) / burst, loss };
}

async function enterTorch(
  pool: PixelPool,
  device: Device,
  say: (line: string) => void,
): Promise<GpuTorch | undefined> {
  const { omega, learningRate, width, depth, seed } = settings;
  const model = siren({ inputDim: 2, outputDim: 3, width, depth, omega });
  const values = model.initialise(createRandom(seed));
  const parameters = model.parameters.map(({ name, shape }, i) => ({
    name,
    shape,
    data: values[i] ?? new Float32Array(),
  }));
  const { size: n, inputDim, targetDim: outputDim, inputs, targets } = pool;
  try {
    return await GpuTorch.start({
      n,
      inputDim,
      outputDim,
      omega,
      learningRate,
      tf32: tf32On(device),
      inputs,
      targets,
      parameters,
    });
  } catch (cause) {
    if (!(cause instanceof NoTorch)) throw cause;
    say(cause.message);
    return undefined;
  }
}

function print(report: Extract<GpuReport, { available: true }>, say: Options['say']): void {
  const { lines, ratios, repeats, torch, kernels } = report;
  if (torch !== undefined) {
    const products = torch.tf32 ? 'TF32 products, as ONNX Runtime has them there' : 'float32 products';
    say(`PyTorch ${torch.version} on ${torch.device}, eager, ${products}`);
  }
  say(`milliseconds per step in bursts of ${burst}: median of ${repeats} rounds (min–max); all take turns`);
  for (const line of lines) say(`${line.name}: ${showSpread(line, 2)}, ${line.teraflops.toFixed(1)} TFLOP/s`);
  say(`2 % step / full step: ${showSpread(ratios.few, 3)}`);
  const rivals = {
    'full step': ratios.torchFull,
    'half of the pixels': ratios.torchHalf,
    '2 % step': ratios.torchFew,
  };
  for (const [name, rival] of Object.entries(rivals)) {
    if (rival !== undefined) say(`${name} / PyTorch's: ${showSpread(rival, 3)}`);
  }
  if (typeof kernels === 'string') say(kernels);
  else if (kernels !== undefined) for (const line of kernelLines(kernels)) say(line);
}
