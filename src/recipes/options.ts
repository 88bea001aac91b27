// Every setting of an image fit, once: its type, range, default, and the sentence that explains it.
// The command line, `evos.config.*` and the JSON Schema come from here; the types that editors show are in settings.ts.
import { z } from 'zod';
import { strategies, type CompareSettings, type FitImageSettings } from './settings.js';

/** A pair "from:to", or one number for both. */
const span = (pattern: RegExp, hint: string) => z.string().regex(pattern, hint);

const selection = {
  strategy: z.enum(strategies).default('evos').describe('how each step chooses its samples'),
  ratio: z
    .number()
    .gt(0)
    .max(1)
    .default(0.5)
    .describe('share of the samples a step trains on (the start of the schedule)'),
  schedule: z
    .enum(['constant', 'step', 'linear', 'cosine', 'reverse-cosine'])
    .default('constant')
    .describe('how the share changes over the run'),
  interval: span(/^[1-9]\d*(:[1-9]\d*)?$/, 'expected N or FROM:TO, whole numbers from 1, e.g. 100:50')
    .default('100:50')
    .describe('steps between evaluations of the whole image; FROM:TO falls linearly over the run'),
  crossover: z
    .enum(['select', 'add', 'no'])
    .default('select')
    .describe('how error and frequency fitness are combined'),
  mutation: z
    .enum(['constant', 'linear', 'exponential'])
    .default('constant')
    .describe('how the share of random samples changes over the run'),
  mutationShare: span(
    /^(0|1|0?\.\d+|1\.0*|0\.)(:(0|1|0?\.\d+|1\.0*|0\.))?$/,
    'expected S or FROM:TO, numbers from 0 to 1, e.g. 0.5',
  )
    .default('0.5')
    .describe('random samples as a share of the ratio; FROM:TO with a linear or exponential mutation'),
  crossFrequencyWeight: z
    .number()
    .min(0)
    .default(1e-5)
    .describe('weight of the Laplacian term (cross-frequency supervision); 0 leaves it out of the loss'),
  crossFrequencyUntil: z
    .number()
    .min(0)
    .max(1)
    .default(0.3)
    .describe('share of the run during which every EVOS step carries that term'),
};

const network = {
  width: z.int().min(1).max(4096).default(256).describe('width of the SIREN'),
  depth: z.int().min(0).max(64).default(3).describe('hidden layers after the first'),
  omega: z.number().gt(0).default(30).describe('frequency ω of its sine layers'),
};

const training = {
  steps: z.int().min(1).max(10_000_000).default(500).describe('training steps'),
  learningRate: z.number().gt(0).default(1e-4).describe("Adam's learning rate"),
  batch: z
    .int()
    .min(0)
    .default(0)
    .describe('most samples in one step, drawn from the selected ones; 0: all of them'),
  seed: z.int().min(0).max(0xffff_ffff).default(3407).describe('seed of weights and draws'),
  device: z
    .enum(['auto', 'cpu', 'webgpu', 'cuda'])
    .default('auto')
    .describe('where to train; auto takes the first that works'),
  workers: z.int().min(0).max(256).default(0).describe('CPU worker threads; 0: one per core'),
  microBatch: z
    .int()
    .min(0)
    .default(0)
    .describe('samples per pass through the network; 0: what suits the device'),
};

const input = {
  crop: z.int().min(2).optional().describe('train on the centre N×N pixels'),
  resize: z
    .string()
    .regex(/^(auto|original|[1-9]\d*x[1-9]\d*)$/, 'expected WxH, auto or original')
    .default('auto')
    .describe('size to train at: WxH, original, or auto (at most 65,536 pixels unless cropped)'),
};

const output = {
  measureEvery: z
    .int()
    .min(0)
    .default(0)
    .describe('steps between quality measurements; 0: twenty over the run'),
  checkpointEvery: z
    .number()
    .min(0)
    .default(15)
    .describe('seconds between checkpoints; 0: one after every step'),
};

/** The settings of `fitImage`, as zod schema: validates, fills in defaults, explains. */
export const fitImageSettings = z.strictObject({
  ...training,
  ...selection,
  ...network,
  ...input,
  ...output,
}) satisfies z.ZodType<FitImageSettings>;

/** The settings of `compare`: those of a fit, and which strategies to run. */
export const compareSettings = fitImageSettings.omit({ strategy: true }).extend({
  strategies: z
    .array(z.string().min(1))
    .min(1)
    .default(['full', 'uniform', 'evos'])
    .describe('strategies to compare, in this order; the first is the baseline'),
}) satisfies z.ZodType<CompareSettings>;

/** What `evos.config.{json,ts,js}` holds: settings for each command that takes some. */
export const configFile = z.strictObject({
  $schema: z.string().optional().describe('where the JSON Schema lies, for editors'),
  fit: fitImageSettings.partial().optional().describe('settings for `evos fit`'),
  compare: compareSettings.partial().optional().describe('settings for `evos compare`'),
});
