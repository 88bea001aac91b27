// The settings that every modality has.
import { learningRateSchedules } from '../../core/selectors/schedules.js';
import { present } from '../../core/present.js';
import {
  choice,
  defineSettings,
  integer,
  list,
  number,
  text,
  type SettingsShape,
} from '../../core/settings.js';

/** `60s`, `1.5m`, `2h`; a bare number is seconds. */
export const timePattern = /^\s*(\d+(?:\.\d+)?)\s*([smh]?)\s*$/;

/** A quality at which training may end early, where it is measured by PSNR. */
export const targetSettings = defineSettings('target', {
  /** PSNR in dB at which training ends before its last step. Default: none. */
  targetPsnr: number({ above: 0, max: 200, default: undefined }),
});

/** How every run is carried out. */
export const runSettings = defineSettings('run', {
  /** Seed of weights and draws. A whole number below 2³². Default 3407. */
  seed: integer({ min: 0, max: 0xffff_ffff, default: 3407 }),
  /**
   * Where to train; auto takes the fastest. Default `auto`.
   *
   * It times a training step of the run's own on each device that works, and remembers that.
   */
  device: choice(['auto', 'cpu', 'webgpu', 'cuda'], 'auto'),
  /**
   * CPU worker threads; 0: one per core. Default 0.
   *
   * Results are the same bits for the same number.
   */
  workers: integer({ min: 0, max: 256, default: 0 }),
  /**
   * Steps between quality measurements; 0: ten to twenty over the run, on a sample where that saves time. Default 0.
   *
   * A number measures everything each time. The last measurement always does.
   */
  measureEvery: integer({ min: 0, default: 0 }),
  /**
   * Seconds between checkpoints; 0: one after every step. Default 15.
   *
   * One that takes more than a second, as of a picture of many megapixels, is followed by twenty times as long without.
   */
  checkpointEvery: number({ min: 0, default: 15 }),
  /**
   * Module with strategies, backbones or modalities of your own; may be given several times.
   *
   * Its default export is what `definePlugin` returns. Relative paths start at the configuration file, or where the
   * command runs.
   */
  plugins: list({ each: 'plugin', default: [] }),
});

/** How the weights follow. */
export const trainingSettings = defineSettings('training', {
  /** Training steps. */
  steps: integer({ min: 1, max: 10_000_000, default: 3000 }),
  /**
   * Time to train in, such as 60s, 5m or 1h; goes before the number of steps.
   *
   * A few steps are tried first, and taken back: they say how many there will be. That number is kept, so that a run that
   * goes on has the same one, and the learning rate is laid out over it. Default: none.
   */
  time: text({
    form: { pattern: timePattern, expected: 'a time to train in, such as 60s, 5m or 1h' },
    default: undefined,
  }),
  /** Learning rate of Adam. */
  learningRate: number({ above: 0, default: 1e-4 }),
  /** How the learning rate changes over the run; more steps on resume lay it out anew. */
  learningRateSchedule: choice(learningRateSchedules, 'cosine'),
  /**
   * Where a schedule takes the learning rate over the run, as a share of the first.
   *
   * Above 0 with `exponential`; `constant` ignores it.
   */
  learningRateFinal: number({ min: 0, max: 1, default: 0.05 }),
  /**
   * Share of the steps taken that an average of the weights spans, which is measured and kept; 0: no average.
   *
   * Steps are noisy where the learning rate is large, and their average is not. Without one the weights of the last step are measured and kept.
   */
  averaging: number({ min: 0, max: 1, default: 0 }),
});

/** How many samples a step takes, where the network sees each of them by itself. */
export const batchSettings = defineSettings('batch', {
  /** Most samples in one step, drawn from the selected ones; 0: all of them. */
  batch: integer({ min: 0, default: 0 }),
  /** Samples per pass through the network; 0: what suits the device. */
  microBatch: integer({ min: 0, default: 0 }),
});

/** What trains, by name. The names that there are and the usual one come from the registries and presets. */
export const chosenSettings = defineSettings('chosen', {
  /** How each step chooses its samples. */
  strategy: choice<string>([], ''),
  /** The network. */
  backbone: choice<string>([], ''),
});

/** The strategies of a comparison. */
export const comparisonSettings = defineSettings('comparison', {
  /**
   * Strategies to compare, in this order, the first as baseline; with settings of their own: `evos@ratio=0.1+steps=900`.
   * Names, those of your own `selectors` among them, and files. `plain=evos@cross-frequency-weight=0` gives an entry a name;
   * `...` stands for those of the preset.
   */
  strategies: list({ default: [] }),
  /** How many seeds each input is compared with, from `seed` on: `seed`, `seed` + 1 and so on. Default 1. */
  seeds: integer({ min: 1, max: 1000, default: 1 }),
  /** Qualities of which to tell how many seconds each strategy took to them: PSNRs such as `30,35`, or IoUs. Default: none. */
  targets: list({
    default: [],
    problems: (text) =>
      text.trim() !== '' && Number.isFinite(Number(text)) ? [] : [`got ${text}, expected a number, e.g. 30`],
  }),
  /**
   * ONNX network of LPIPS, to compare what came out with it too.
   *
   * It takes two pictures of the shape [1, 3, H, W] from −1 to 1, as two inputs, or stacked into one of [2, 3, H, W], and
   * answers with one number. Default: none.
   */
  lpips: text({ path: true, default: undefined }),
});

/** What modalities say that have no pictures to compare. */
export const withoutPictures = {
  lpips: 'LPIPS compares pictures; leave it out',
} as const;

/** Settings of strategies and backbones that go with tiles of rays and with rays, for modalities that have neither. */
export const withoutTiles = {
  directionFrequencies: 'it goes with rays; leave it out',
  evaluationShare: 'evos evaluates all samples at once; leave it out',
} as const;

/** Settings that go with the pixels of a picture, for modalities whose samples lie anywhere. */
export const withoutPixels = {
  quality: 'it goes with pictures; levels, log2TableSize and finestResolution say how large a grid is',
} as const;

/** Those that go with photographs too. */
export const onlyOfScenes = {
  growth: 'it goes with photographs; leave it out',
  uniformShare: 'it goes with photographs; leave it out',
  ...withoutTiles,
  correction: 'weights against the choice go with tiles of rays; leave it out',
} as const;

/** Where the words of settings stand that are not the modality's own. */
export const sharedIds = ['run', 'training', 'target', 'batch', 'chosen', 'comparison'] as const;

/** The defaults of settings that have one. */
export function defaultsOf(shape: SettingsShape): Record<string, unknown> {
  return present(Object.fromEntries(Object.entries(shape).map(([name, setting]) => [name, setting.default])));
}
