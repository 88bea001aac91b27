// Made-up runs for the reports' tests: figures and pictures of plausible shape from a seed, nothing measured.
import sharp from 'sharp';
import { createHeatmap } from '../../../../src/image/index.js';
import type {
  CompareReport,
  CompareRow,
  HistoryEntry,
  ImageMetrics,
} from '../../../../src/recipes/modalities/image/metrics.js';
import { imageSettings } from '../../../../src/recipes/modalities/image/settings.js';
import type { ComparisonContent } from '../../../../src/recipes/modalities/image/report/comparison.js';
import type { ErrorMap, ReportContent } from '../../../../src/recipes/modalities/image/report/run.js';

/** The seed of all made-up numbers. */
export const dataSeed = 20_251;

/** mulberry32: small, seeded, good enough to scatter pixels. */
function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** The page's words: no tags, scripts or styles, runs of white space as one space. */
export function words(page: string): string {
  return page
    .replace(/<(script|style|noscript)\b.*?<\/\1>/gs, '')
    .replace(/<!--.*?-->/gs, '')
    .replace(/<[^>]*>/g, ' ')
    .replaceAll('&#39;', "'")
    .replaceAll('&amp;', '&')
    .replace(/\s+/g, ' ');
}

const scene = (width: number, height: number): Buffer =>
  Buffer.from(`<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 100 100" preserveAspectRatio="none">
<defs><linearGradient id="sky" x2="0" y2="1"><stop stop-color="#22557f"/><stop offset="1" stop-color="#f4c995"/></linearGradient></defs>
<rect width="100" height="100" fill="url(#sky)"/><circle cx="70" cy="30" r="9" fill="#fff4d6"/>
<path d="M0 70 18 45 30 60 48 34 66 64 80 50 100 72V100H0Z" fill="#33424f"/>
<path d="M0 82Q25 70 50 82T100 80V100H0Z" fill="#1f5d57"/>
${Array.from({ length: 24 }, (_, i) => `<path d="M${2 + i * 4} 98v-${8 + ((i * 7) % 9)}" stroke="#0c2b2a" stroke-width=".8"/>`).join('')}
</svg>`);

/** A picture and a blurred version of it, which looks like a fit that is not done. */
export async function pictures(
  width = 256,
  height = 256,
  blur = 1.4,
  seed = dataSeed,
): Promise<
  ReportContent['images'] & { readonly error: ErrorMap; readonly scale: ReportContent['selectionScale'] }
> {
  const original = await sharp(scene(width, height)).removeAlpha().png().toBuffer();
  const reconstruction = await sharp(original).blur(blur).png().toBuffer();
  const [a, b] = await Promise.all(
    [original, reconstruction].map((png) => sharp(png).greyscale().raw().toBuffer()),
  );
  const random = randomFrom(seed);
  const errors = new Float32Array(width * height).map((_, i) => Math.abs((a?.[i] ?? 0) - (b?.[i] ?? 0)));
  const counts = new Uint32Array(width * height).map((_, i) =>
    Math.round(90 + 160 * random() + 12 * Math.min(20, errors[i] ?? 0)),
  );
  const draw = (
    values: Uint32Array | Float32Array,
  ): { png: Promise<Buffer>; heat: ReturnType<typeof createHeatmap> } => {
    const heat = createHeatmap(values, width, height);
    return {
      heat,
      png: sharp(heat.image.data, { raw: { width, height, channels: 3 } })
        .png()
        .toBuffer(),
    };
  };
  const [selection, error] = [draw(counts), draw(errors)];
  const { min, max, ceiling } = selection.heat;
  return {
    original,
    reconstruction,
    selection: await selection.png,
    error: { png: await error.png, high: error.heat.ceiling, max: error.heat.max },
    scale: { min, max, high: ceiling },
  };
}

/** Twenty measurements of a run that approaches `end` dB, a step taking `pace` seconds. */
export function history(end: number, pace: number, ratio: number, seed = dataSeed): HistoryEntry[] {
  const random = randomFrom(seed);
  return Array.from({ length: 20 }, (_, i): HistoryEntry => {
    const step = (i + 1) * 25;
    const psnr = end - 17 * Math.exp(-step / 140) + (random() - 0.5) * 0.3;
    return {
      step,
      seconds: step * pace * (1 + 0.02 * random()),
      psnr,
      psnrImagePeak: psnr - 0.21,
      ssim: 1 - 0.55 * Math.exp(-step / 160) - 0.03,
      loss: 4 * 10 ** (-psnr / 10),
      ratio: Math.min(1, ratio + step / 5000),
    };
  });
}

/** The metrics of a made-up run, with whatever a test wants otherwise. */
export function metrics(changes: Partial<ImageMetrics> = {}): ImageMetrics {
  const entries = history(36.9, 0.079, 0.5);
  const last = entries.at(-1);
  if (last === undefined) throw new Error('the made-up history is empty');
  return {
    kind: 'image',
    version: '0.1.0',
    input: {
      file: '/photos/Mountain lake.png',
      width: 256,
      height: 256,
      channels: 3,
      originalWidth: 1024,
      originalHeight: 1024,
    },
    strategy: 'evos',
    steps: 500,
    seed: 3407,
    device: 'cpu',
    workers: 2,
    microBatch: 2048,
    machine: { cpu: 'Made-up CPU at 2.70 GHz', cores: 2, node: 'v20.20.2', date: '2026-03-01T14:05:33.120Z' },
    model: {
      kind: 'siren',
      parameters: 199_171,
      macsPerSample: 197_888,
      settings: { width: 256, depth: 3, omega: 30 },
    },
    settings: imageSettings.fit({ strategy: 'evos', schedule: 'linear', backbone: 'siren' }),
    seconds: { train: 38.9, select: 0.52, evaluate: 3.4, total: 44.7 },
    samples: 17_432_576,
    evaluations: 7,
    psnr: last.psnr,
    psnrImagePeak: last.psnrImagePeak,
    ssim: last.ssim,
    ssimOfficial: 0.9481,
    bytes: { model: 795_660, modelHalf: 397_830, raw: 196_608, png: 141_022 },
    history: entries,
    ...changes,
  };
}

const pace = { full: 0.149, uniform: 0.077, evos: 0.079 } as const;

/** A made-up comparison. The uniform strategy never gets to the baseline's quality. */
export function comparison(changes: Partial<CompareReport> = {}): CompareReport {
  const { input, version, seed, device, workers, machine } = metrics();
  const row = (
    strategy: keyof typeof pace,
    end: number,
    seconds: number | null,
    index: number,
  ): CompareRow => {
    const entries = history(end, pace[strategy], strategy === 'full' ? 1 : 0.5, dataSeed + index);
    const last = entries.at(-1);
    const train = 500 * pace[strategy];
    return {
      strategy,
      folder: strategy,
      seconds: { train, select: strategy === 'evos' ? 0.5 : 0.02, evaluate: 3.1, total: train + 5 },
      timeRatio: pace[strategy] / pace.full,
      psnr: last?.psnr ?? 0,
      psnrImagePeak: last?.psnrImagePeak ?? 0,
      ssim: last?.ssim ?? null,
      secondsToBaseline: seconds,
      speedUp: seconds === null ? null : (500 * pace.full) / seconds,
      samples: 500 * 65_536 * (strategy === 'full' ? 1 : 0.52),
      history: entries,
    };
  };
  return {
    kind: 'image-comparison',
    version,
    input,
    baseline: 'full',
    seed,
    device,
    workers,
    machine,
    settings: imageSettings.compare(),
    rows: [row('full', 36, 74.5, 0), row('uniform', 34.1, null, 1), row('evos', 37.2, 31.4, 2)],
    ...changes,
  };
}

/** Pictures for every row of a made-up comparison. */
export async function comparisonPictures(report: CompareReport): Promise<ComparisonContent['images']> {
  const { width, height } = report.input;
  const runs: [string, { reconstruction: Uint8Array; selection: Uint8Array }][] = [];
  for (const [i, { strategy }] of report.rows.entries()) {
    const { reconstruction, selection } = await pictures(width, height, 1.9 - 0.4 * i, dataSeed + i);
    runs.push([strategy, { reconstruction, selection }]);
  }
  return { original: (await pictures(width, height)).original, runs: Object.fromEntries(runs) };
}
