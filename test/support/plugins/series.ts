// A modality of one's own: a series of numbers, one a line of a CSV file. A network learns the value at each moment.
import { createHash } from 'node:crypto';
import { copyFile, readFile } from 'node:fs/promises';
import path from 'node:path';
import { defineSettings, InputError, integer, ResumeError, type Batch, type Pool } from 'evos';
import { createModelRunner, createTrainer } from 'evos/engine';
import { exportModel } from 'evos/onnx';
import {
  adamOf,
  backbonesFor,
  batchSettings,
  defineModality,
  FileList,
  modelMetadata,
  modelPath,
  networkOf,
  plainComparisonPage,
  plainRunPage,
  readBytes,
  runFiles,
  selectorOf,
  settingsOf,
  strategiesFor,
  trainingSettings,
  usualBatch,
  writeWhole,
  type CommonHistoryEntry,
  type CommonMetrics,
  type InputInfo,
  type ModalityRun,
  type TrainingFigures,
} from 'evos/recipes';

const settings = settingsOf({
  kind: 'series',
  several: 'series',
  own: defineSettings('series', {
    /** Train on the first so many moments; 0: on all. */
    first: integer({ min: 0, default: 0 }),
  }),
  training: { ...trainingSettings, ...batchSettings },
  strategies: () => strategiesFor([]),
  backbones: () => backbonesFor([]),
  presets: { default: { strategy: 'uniform', backbone: 'siren', all: { steps: 200, learningRate: 1e-3 } } },
  compared: ['full', 'uniform'],
  perEntry: ['steps', 'batch'],
  foreign: {},
});

interface Series {
  readonly values: Float32Array;
  /** What −1 and 1 stand for. */
  readonly range: { readonly min: number; readonly max: number };
}

interface SeriesInfo extends InputInfo {
  readonly moments: number;
}

interface Figures {
  /** Signal over noise, in decibels. */
  readonly snr: number;
}

interface SeriesMetrics extends CommonMetrics<SeriesInfo, Settings>, TrainingFigures, Figures {
  readonly kind: 'series';
  readonly history: readonly (CommonHistoryEntry & Figures)[];
}

type Settings = ReturnType<typeof settings.fit>;

interface SeriesTypes {
  readonly settings: Settings;
  readonly compare: ReturnType<typeof settings.compare>;
  readonly input: Series;
  readonly info: SeriesInfo;
  readonly entry: CommonHistoryEntry & Figures;
  readonly figures: Figures;
  readonly metrics: SeriesMetrics;
  readonly progress: never;
}

const target = 'target.csv';

const run: ModalityRun<SeriesTypes> = {
  files: [target],
  nameOf: (file) => path.parse(file).name,
  async read(file, { first }) {
    const input = await readSeries(file, first);
    return { input, info: { file, moments: input.values.length }, notes: [] };
  },
  keep: (folder, file) => copyFile(file, path.join(folder, target)),
  async reopen(folder, { input }, { first }) {
    const series = await readSeries(path.join(folder, target), first);
    if (digest(series) === input['digest']) return series;
    throw new ResumeError(`${target} is not the series this run was started with; put that one back`);
  },
  parts(plan) {
    const { input: series, settings: named, folder, device } = plan;
    const pool = poolOf(series);
    const model = networkOf(named, pool);
    const trainer = createTrainer({
      model,
      adam: adamOf(named),
      seed: named.seed,
      device: device.name,
      pool,
      ...(named.workers > 0 ? { workers: named.workers } : {}),
      ...(named.microBatch > 0 ? { microBatch: named.microBatch } : {}),
    });
    const measure = async (): Promise<{ snr: number }> => ({
      snr: signalToNoise(await trainer.predict(pool.inputs), series),
    });
    return {
      model,
      pool,
      trainer,
      selector: selectorOf(plan, pool),
      usualBatch: usualBatch(named, pool.size),
      words: { thing: 'series', samples: 'moments', file: target },
      stored: { digest: digest(series) },
      measure,
      entry: ({ metrics: { snr = NaN } }, common) => ({ ...common, snr }),
      async finish(common, state) {
        const metrics: SeriesMetrics = {
          kind: 'series',
          ...common,
          ...state.figures(),
          ...(await measure()),
          history: state.history,
        };
        const files = new FileList(folder);
        const parameters = (await trainer.parameters()).map(({ data }) => data);
        const use = { input: 'time, from -1 to 1', range: JSON.stringify(series.range) };
        const entries = modelMetadata(metrics, use, { snr: metrics.snr });
        await files.write(runFiles.model, exportModel(model, parameters, entries));
        await files.write(runFiles.report, plainRunPage(seriesModality, metrics, 'moments'));
        await files.writeJson(runFiles.metrics, metrics);
        return { metrics, files: files.paths };
      },
    };
  },
  figures: ({ snr }) => ({ snr }),
  page: (_folder, report) =>
    Promise.resolve(
      plainComparisonPage(seriesModality, report, { count: report.input.moments, samples: 'moments' }),
    ),
  async render({ path: given, options, out }) {
    const start = performance.now();
    const file = await modelPath(given);
    const moments = typeof options['moments'] === 'number' ? options['moments'] : 1000;
    const runner = createModelRunner(await readBytes(file), { inputDim: 1, outputDim: 1 });
    try {
      const values = await runner.run(times(moments));
      const written = out ?? path.join(path.dirname(file), 'render.csv');
      await writeWhole(written, `${[...values].join('\n')}\n`);
      const seconds = (performance.now() - start) / 1000;
      return { file: written, seconds, words: `${moments} moments`, data: { moments } };
    } finally {
      await runner.dispose();
    }
  },
  async inspect({ path: file }) {
    const { values, range } = await readSeries(file, 0);
    return { path: file, kind: 'series', moments: values.length, range };
  },
};

async function readSeries(file: string, first: number): Promise<Series> {
  const lines = (await readFile(file, 'utf8')).split('\n').filter((line) => line.trim() !== '');
  const numbers = lines.map(Number).slice(0, first > 0 ? first : lines.length);
  const wrong = numbers.findIndex((value) => !Number.isFinite(value));
  if (wrong >= 0 || numbers.length < 2) {
    throw new InputError(`${file}: line ${wrong + 1}: expected at least two lines with a number each`);
  }
  const [min, max] = [Math.min(...numbers), Math.max(...numbers)];
  const scale = max > min ? 2 / (max - min) : 0;
  return { values: Float32Array.from(numbers, (value) => (value - min) * scale - 1), range: { min, max } };
}

const times = (count: number): Float32Array =>
  Float32Array.from({ length: count }, (_, i) => (2 * i) / Math.max(1, count - 1) - 1);

function poolOf({ values }: Series): Pool & { readonly inputs: Float32Array; readonly outputDim: number } {
  const inputs = times(values.length);
  return {
    size: values.length,
    inputDim: 1,
    targetDim: 1,
    outputDim: 1,
    inputs,
    gather(samples): Batch {
      if (samples.whole)
        return { indices: samples.indices, whole: true, size: samples.size, inputs, targets: values };
      const { indices, size } = samples;
      const pick = (from: Float32Array): Float32Array => Float32Array.from(indices, (i) => from[i] ?? NaN);
      return { indices, whole: false, size, inputs: pick(inputs), targets: pick(values) };
    },
  };
}

/** How much larger the series is than its error, in decibels; both as powers. */
function signalToNoise(predicted: Float32Array, { values }: Series): number {
  const power = (numbers: Float32Array): number => numbers.reduce((sum, value) => sum + value * value, 0);
  const noise = power(values.map((value, i) => value - (predicted[i] ?? NaN)));
  return 10 * Math.log10(power(values) / Math.max(noise, 1e-12));
}

const digest = ({ values }: Series): string =>
  createHash('sha256')
    .update(new Uint8Array(values.buffer, values.byteOffset, values.byteLength))
    .digest('hex');

const seriesModality = defineModality<SeriesTypes>({
  kind: 'series',
  one: 'a series',
  several: 'series',
  formats: 'CSV, a number a line',
  extensions: ['.csv'],
  example: 'tide.csv',
  settings,
  sections: { fit: 'fitSeries', compare: 'compareSeries' },
  calls: { fit: 'fitKind', compare: 'compareKind' },
  measures: [
    {
      key: 'snr',
      title: 'SNR',
      unit: 'dB',
      decimals: 2,
      history: true,
      progress: true,
      result: true,
      column: { title: 'SNR', keep: 7 },
    },
  ],
  footnotes: [],
  tasks: {},
  render: {
    options: { moments: { setting: integer({ min: 2, default: undefined }), words: 'how many values' } },
    suggestion: '--moments 1000',
    instead: '--moments says how many values are written',
  },
  inspect: { options: {} },
  describe: ({ moments }) => [`${moments} moments`],
  load: () => Promise.resolve(run),
});

export default seriesModality;
