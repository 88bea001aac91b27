// What a model knows between the pixels it was trained on: pictures are trained at half their size and evaluated at the centres of all
// their pixels, beside bicubic interpolation of the half.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createModelRunner } from 'evos/engine';
import { createPixelPool, imageUnits, psnr, toUnits, type Image } from 'evos/image';
import { loadImage } from 'evos/image/files';
import { fitImage } from 'evos/recipes';
import type { Options } from './options.js';

const folder = path.join(process.env['EVOS_DATA'] ?? '../shared', 'data', 'image', 'div2k');
const pictures = ['00', '03', '04'];
const backbones = ['hash-grid', 'siren'] as const;

/** PSNR of one picture, in dB. */
export interface Between {
  readonly picture: string;
  readonly bicubic: number;
  readonly models: Readonly<Record<string, number>>;
}

/** Trains and evaluates. @param options.steps of training; default: each backbone's own */
export async function between({ say, steps }: Options): Promise<Between[]> {
  const results: Between[] = [];
  for (const picture of pictures) {
    const input = path.join(folder, `${picture}.png`);
    const original = await loadImage(input);
    const reference = imageUnits(original);
    const out = mkdtempSync(path.join(tmpdir(), 'evos-between-'));
    try {
      const models: Record<string, number> = {};
      let half = original;
      for (const backbone of backbones) {
        const run = path.join(out, backbone);
        const resize = `${original.width >> 1}x${original.height >> 1}`;
        const settings = { backbone, resize, ...(steps === undefined ? {} : { steps }) };
        for await (const event of fitImage({ ...settings, input, out: run })) void event;
        half = await loadImage(path.join(run, 'target.png'));
        models[backbone] = psnr(reference, await evaluated(path.join(run, 'model.onnx'), half, original));
      }
      const bicubic = psnr(reference, enlarged(half, original));
      results.push({ picture, bicubic, models });
      const told = Object.entries(models).map(([name, value]) => `${name} ${value.toFixed(2)}`);
      say(`DIV2K ${picture}: bicubic ${bicubic.toFixed(2)} dB, ${told.join(', ')}`);
    } finally {
      rmSync(out, { recursive: true, force: true });
    }
  }
  return results;
}

/** Where the centre of a pixel lies, in pixels of the smaller picture. */
const placeOf = (i: number, side: number, small: number): number => ((i + 0.5) * small) / side - 0.5;

/** What a model says at the centres of the larger picture's pixels, in units of 0 to 255. */
async function evaluated(
  file: string,
  half: Image,
  { width, height, channels }: Image,
): Promise<Float32Array> {
  const coordinates = Float32Array.from({ length: 2 * width * height }, (_, i) => {
    const pixel = i >> 1;
    const rows = i % 2 === 0;
    const [at, side, small] = rows
      ? [Math.floor(pixel / width), height, half.height]
      : [pixel % width, width, half.width];
    return (2 * placeOf(at, side, small)) / (small - 1) - 1;
  });
  const runner = createModelRunner(readFileSync(file), { inputDim: 2, outputDim: channels });
  try {
    const values = await runner.run(coordinates);
    return toUnits(values, createPixelPool(half).range, new Float32Array(values.length));
  } finally {
    await runner.dispose();
  }
}

/** Keys' kernel, a = −½. */
function weightAt(distance: number): number {
  const t = Math.abs(distance);
  if (t <= 1) return 1.5 * t ** 3 - 2.5 * t ** 2 + 1;
  return t < 2 ? -0.5 * t ** 3 + 2.5 * t ** 2 - 4 * t + 2 : 0;
}

/** Bicubic interpolation. Not the decoder's: enlarging, that places pixels by their corners. */
function enlarged(half: Image, { width, height, channels }: Image): Float32Array {
  const from = imageUnits(half);
  const clamp = (value: number, most: number): number => Math.min(most, Math.max(0, value));
  const out = new Float32Array(width * height * channels);
  for (let i = 0; i < width * height; i++) {
    const y = placeOf(Math.floor(i / width), height, half.height);
    const x = placeOf(i % width, width, half.width);
    for (let row = Math.floor(y) - 1; row <= Math.floor(y) + 2; row++) {
      for (let column = Math.floor(x) - 1; column <= Math.floor(x) + 2; column++) {
        const weight = weightAt(y - row) * weightAt(x - column);
        const at = clamp(row, half.height - 1) * half.width + clamp(column, half.width - 1);
        for (let c = 0; c < channels; c++) {
          out[i * channels + c] = out[i * channels + c]! + weight * from[at * channels + c]!;
        }
      }
    }
  }
  return out.map((value) => clamp(value, 255));
}
