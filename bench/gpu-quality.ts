// How long a person waits for a quality on a GPU: by the command line, as it is used. A picture to where full training from the published
// start gets in 1,000 steps, by PyTorch where that is there, and a scene to 30 dB.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { createImage, createPixelPool, type PixelPool } from 'evos/image';
import { encodePng, loadImage } from 'evos/image/files';
import { createTrainer, type Device } from 'evos/engine';
import { timedNetworks, torchTask } from './gpu-networks.js';
import { GpuTorch } from './gpu-torch.js';
import type { Options } from './options.js';
import { NoTorch } from './step-torch.js';

/** What it took. Seconds. */
export interface QualityReport {
  readonly picture: {
    readonly file: string;
    /** Where full training got, in so many seconds, and whose it was. */
    readonly full: { readonly psnr: number; readonly seconds: number; readonly by: string };
    readonly fit: FitTimes;
  };
  readonly scene?: FitTimes;
}

/** One run of `evos fit`, until it was there. */
export interface FitTimes {
  /** From the command to its first step. */
  readonly start: number;
  /** Training and choosing. */
  readonly training: number;
  readonly steps: number;
  readonly psnr: number;
}

const fullSteps = 1000;
const seed = 1;
const scenePsnr = 30;
const dataFolder = process.env['EVOS_DATA'];

/** @param steps of full training @throws Error where a run ends without having got there */
export async function timeToQuality(
  device: Device,
  say: Options['say'],
  { side = 512, steps = fullSteps } = {},
): Promise<QualityReport> {
  const folder = await mkdtemp(path.join(tmpdir(), 'evos-bench-'));
  try {
    const { file, pool } = await picture(folder, side);
    const full = await fullTraining(pool, device, steps, say);
    say(
      `full training of ${path.basename(file)}, ${pool.size.toLocaleString('en')} pixels, ${steps} steps by ${full.by}: ` +
        `${full.psnr.toFixed(2)} dB in ${full.seconds.toFixed(1)} s`,
    );
    const flags = ['--backbone', 'siren', '--resize', 'original', '--measure-every', '25'];
    // As the command is told it.
    const wanted = Number(full.psnr.toFixed(3));
    const fit = await fitUntil(file, wanted, [...flags, '--device', device], folder);
    say(
      `evos fit to the same: first step after ${fit.start.toFixed(1)} s, ${fit.training.toFixed(2)} s of training (${fit.steps} steps, ` +
        `${fit.psnr.toFixed(2)} dB), ${(fit.training / full.seconds).toFixed(3)} of full training's`,
    );
    const lego = path.join(dataFolder ?? '', 'data/nerf/lego');
    if (dataFolder === undefined || !existsSync(lego)) {
      say('the scene lego is left out: EVOS_DATA names no folder that has it');
      return { picture: { file, full, fit } };
    }
    const sceneFlags = ['--measure-every', '50', '--turntable', 'false', '--device', device];
    const scene = await fitUntil(lego, scenePsnr, sceneFlags, folder);
    say(
      `evos fit lego to ${scenePsnr} dB: first step after ${scene.start.toFixed(1)} s, ${scene.training.toFixed(1)} s of training (${scene.steps} steps)`,
    );
    return { picture: { file, full, fit }, scene };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** A photograph where there is one; else something drawn, soft and sharp. */
async function picture(folder: string, side: number): Promise<{ file: string; pool: PixelPool }> {
  const photograph = path.join(dataFolder ?? '', 'data/image/div2k/00.png');
  if (side === 512 && dataFolder !== undefined && existsSync(photograph)) {
    return { file: photograph, pool: createPixelPool(await loadImage(photograph)) };
  }
  const file = path.join(folder, 'drawn.png');
  const data = Uint8Array.from({ length: side * side * 3 }, (_, i) => {
    const pixel = Math.floor(i / 3);
    const [x, y] = [(pixel % side) / side, Math.floor(pixel / side) / side];
    const rings = Math.sin(900 * (x - 0.4) ** 2 + 700 * (y - 0.6) ** 2 + (i % 3));
    const edges = (Math.floor(9 * x) + Math.floor(7 * y)) % 2;
    return Math.round(110 + 60 * rings * y + 60 * edges * x + 25 * Math.sin(60 * x * y));
  });
  const image = createImage({ width: side, height: side, channels: 3 }, data);
  await writeFile(file, await encodePng(image));
  return { file, pool: createPixelPool(image) };
}

/** All pixels in every step, from the published start. */
async function fullTraining(
  pool: PixelPool,
  device: Device,
  steps: number,
  say: Options['say'],
): Promise<QualityReport['picture']['full']> {
  const [network] = timedNetworks;
  const { min, max } = pool.range;
  // Targets go from −1 to 1 over the picture's range; the peak is 255, as the command has it.
  const psnrOf = (mse: number): number => 20 * Math.log10(255 / ((max - min) / 2)) - 10 * Math.log10(mse);
  try {
    const torch = await GpuTorch.start(torchTask(pool, [network], seed));
    try {
      const asked = { network: 0, count: pool.size, tf32: false, compiled: false };
      const { ms, loss } = await torch.burst({ ...asked, steps });
      return { psnr: psnrOf(loss), seconds: (ms * steps) / 1000, by: `PyTorch ${torch.version}, float32` };
    } finally {
      await torch.stop();
    }
  } catch (cause) {
    if (!(cause instanceof NoTorch)) throw cause;
    say(`${cause.message}; its full training is this project's`);
  }
  const { model, adam } = network;
  const trainer = createTrainer({ model, adam, seed, device, pool });
  const indices = Uint32Array.from({ length: pool.size }, (_, i) => i);
  const all = pool.gather({ indices, whole: true, size: pool.size });
  let loss = Number.NaN;
  const start = performance.now();
  try {
    for (let step = 0; step < steps; step++) ({ loss } = await trainer.step(all, { wants: [] }));
    const seconds = (performance.now() - start) / 1000;
    return { psnr: psnrOf(loss), seconds, by: `this project on ${device}` };
  } finally {
    await trainer.dispose();
  }
}

/** What `--json` prints, as far as it is read here. */
interface Told {
  readonly type: string;
  readonly step?: number;
  readonly metrics?: { readonly psnr?: number };
  readonly seconds?: { readonly train: number; readonly select: number };
}

/** Runs the command until it has a PSNR; what it writes afterwards is not waited for. */
async function fitUntil(
  input: string,
  psnr: number,
  flags: readonly string[],
  folder: string,
): Promise<FitTimes> {
  const cli = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url));
  const out = path.join(folder, `run-of-${path.basename(input)}`);
  const target = ['--target-psnr', String(psnr)];
  const begun = performance.now();
  const child = spawn(process.execPath, [cli, 'fit', input, ...flags, ...target, '--json', '--out', out]);
  let complaint = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (complaint += text));
  let start: number | undefined;
  let best = -Infinity;
  try {
    for await (const line of createInterface({ input: child.stdout })) {
      const { type, step = 0, metrics, seconds } = JSON.parse(line) as Told;
      if (type === 'step') start ??= (performance.now() - begun) / 1000;
      const now = type === 'measure' ? (metrics?.psnr ?? -Infinity) : -Infinity;
      best = Math.max(best, now);
      if (now < psnr || start === undefined || seconds === undefined) continue;
      return { start, training: seconds.train + seconds.select, steps: step, psnr: now };
    }
  } finally {
    child.kill('SIGKILL');
  }
  const why = complaint.trim().split('\n').at(-1) ?? '';
  throw new Error(`evos fit ${input} ended at ${best.toFixed(2)} dB, short of ${psnr.toFixed(2)}: ${why}`);
}
