// A picture as a subject: decoded, scaled, learnt pixel by pixel, and drawn, all in the worker.
import { HASH_GRID_ADAM, hashGrid, siren, type EngineTrainer } from 'evos/engine';
import {
  createHeatmap,
  createPixelPool,
  imageFromPixels,
  imageUnits,
  psnr,
  toUnits,
  type Image,
} from 'evos/image';
import type { Choices, PictureViews } from './messages.js';
import type { Shown, Subject } from './training.js';

/** What pixels glow in. */
const ember = [255, 190, 60];

/** A picture from a file, at most so large. @throws Error, with what to say, where the browser cannot decode it */
export async function readPicture(file: File, mostPixels: number): Promise<ImageData> {
  const bitmap = await createImageBitmap(file).catch(() => undefined);
  if (bitmap === undefined) {
    throw new Error(
      `this browser cannot read ${file.name} as a picture; expected PNG, JPEG, WebP, AVIF or GIF, or a mesh as OBJ, PLY, STL or GLB`,
    );
  }
  const scale = Math.min(1, mostPixels / Math.max(bitmap.width, bitmap.height));
  const side = (whole: number): number => Math.max(2, Math.round(whole * scale));
  const [width, height] = [side(bitmap.width), side(bitmap.height)];
  const pixels = drawn(width, height, (context) => {
    context.imageSmoothingQuality = 'high';
    context.drawImage(bitmap, 0, 0, width, height);
  });
  bitmap.close();
  return pixels;
}

/** A picture to begin with: soft and sharp, large and small. */
export function examplePicture(mostPixels: number): ImageData {
  const side = Math.min(256, mostPixels);
  return drawn(side, side, (context) => {
    const sky = context.createLinearGradient(0, 0, side, side);
    sky.addColorStop(0, '#124');
    sky.addColorStop(1, '#fb8');
    context.fillStyle = sky;
    context.fillRect(0, 0, side, side);
    for (let i = 0; i < 24; i++) {
      context.fillStyle = `hsl(${i * 40} 70% ${35 + (i % 5) * 10}%)`;
      const radius = side / (6 + (i % 7) * 4);
      const [x, y] = [(side * ((i * 37) % 100)) / 100, (side * ((i * 61) % 100)) / 100];
      context.beginPath();
      context.arc(x, y, radius, 0, 2 * Math.PI);
      context.fill();
    }
    context.fillStyle = '#fff';
    context.font = `${side / 6}px serif`;
    context.fillText('evos', side / 3, side / 2);
  });
}

/** A picture to learn. @param views what it is drawn on */
export function pictureSubject(pixels: ImageData, choices: Choices, views: PictureViews): Subject {
  const image = imageFromPixels(pixels);
  const pool = createPixelPool(image);
  const { width, height, channels } = image;
  const units = imageUnits(image);
  const decoded = new Float32Array(units.length);
  /** When each pixel was last trained on. */
  const last = new Uint32Array(pool.size);
  const paper = new Paper(width, height);
  paint(views.picture, pixels);
  const { model, adam, averaging, rate } = network(image, choices);
  return {
    kind: 'picture',
    what: `${model.parameterCount.toLocaleString('en')} numbers for ${width}×${height} pixels`,
    notes: [],
    ...{ pool, model, adam, averaging, rate },
    metadata: {
      kind: 'image',
      size: JSON.stringify({ width, height }),
      range: JSON.stringify(pool.range),
    },
    chose(indices, step) {
      for (const index of indices) last[index] = step;
    },
    async draw(trainer: EngineTrainer, step: number): Promise<Shown> {
      toUnits(await trainer.predict(pool.inputs), pool.range, decoded);
      const { reconstruction, error, selection, errors } = paper;
      for (let i = 0; i < pool.size; i++) {
        // A pixel glows less with every step that does without it.
        const glow = last[i] === 0 ? 0 : 0.6 ** (step - last[i]!);
        let sum = 0;
        for (let c = 0; c < 3; c++) {
          const from = i * channels + Math.min(c, channels - 1);
          const got = decoded[from]!;
          const wanted = units[from]!;
          sum += ((got - wanted) / 255) ** 2 / 3;
          reconstruction.data[4 * i + c] = got;
          selection.data[4 * i + c] = wanted / 4 + glow * ember[c]!;
        }
        errors[i] = sum;
      }
      const heat = createHeatmap(errors, width, height, { darkest: 0 });
      for (let i = 0; i < pool.size; i++) {
        for (let c = 0; c < 3; c++) error.data[4 * i + c] = heat.image.data[3 * i + c]!;
      }
      for (const name of ['reconstruction', 'error', 'selection'] as const) paint(views[name], paper[name]);
      return { quality: psnr(units, decoded), errorScale: heat.ceiling };
    },
  };
}

/** Memory for what is drawn, opaque. */
class Paper {
  readonly reconstruction: ImageData;
  readonly error: ImageData;
  readonly selection: ImageData;
  readonly errors: Float32Array;

  constructor(width: number, height: number) {
    const sheet = (): ImageData => {
      const { data } = new ImageData(width, height);
      return new ImageData(data.fill(255), width, height);
    };
    [this.reconstruction, this.error, this.selection] = [sheet(), sheet(), sheet()];
    this.errors = new Float32Array(width * height);
  }
}

/** The network and how it is trained. */
function network({ width, height, channels }: Image, { backbone, width: layers }: Choices) {
  const ports = { inputDim: 2, outputDim: channels, ...(layers === undefined ? {} : { width: layers }) };
  if (backbone === 'siren') {
    return {
      model: siren({ ...ports, firstScale: 3, hiddenScale: 1.5 }),
      adam: {},
      averaging: 0,
      rate: 5e-4,
    };
  }
  // About half as many numbers as the picture has.
  const rows = (width * height * channels) / 2 / (2 * 7);
  const log2TableSize = Math.max(8, Math.min(18, Math.round(Math.log2(rows))));
  const finestResolution = Math.max(32, Math.max(width, height));
  const model = hashGrid({ ...ports, log2TableSize, finestResolution });
  // Large steps are noisy: what is drawn is an average.
  return { model, adam: HASH_GRID_ADAM, averaging: 0.05, rate: HASH_GRID_ADAM.learningRate };
}

/** Shows pixels on a canvas of their size. */
function paint(canvas: OffscreenCanvas, pixels: ImageData): void {
  const { width, height } = pixels;
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
  canvas.getContext('2d')?.putImageData(pixels, 0, 0);
}

function drawn(
  width: number,
  height: number,
  paintOn: (context: OffscreenCanvasRenderingContext2D) => void,
): ImageData {
  const context = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true });
  if (context === null)
    throw new Error(`this browser gives no canvas of ${width}×${height} pixels; choose a smaller picture`);
  paintOn(context);
  return context.getImageData(0, 0, width, height, { colorSpace: 'srgb' });
}
