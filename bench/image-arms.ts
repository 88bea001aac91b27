// The competitors: full training, which sets the target, a grid of uniform and EVOS settings, and others by name. Each
// is an entry as `evos compare --strategies` takes them, and has as many steps as its budget of samples pays for.
import { countsAt, evaluatesAt, findStrategy, ratioAt } from '../src/core/index.js';
import { imageSettings, type FitImageSettings } from '../src/recipes/modalities/image/settings.js';
import type { StrategyEntry } from '../src/recipes/settings/resolver.js';
import type { ImageOptions } from './image-options.js';

/** One competitor. */
export interface Arm {
  /** The entry it comes from. */
  readonly text: string;
  /** The name of its files. */
  readonly name: string;
  /** Complete; `steps` are those the budget pays for, unless the entry has its own. */
  readonly settings: FitImageSettings;
}

/** Full training, from whose final PSNR every arm takes its target. */
export const fullEntry = 'full@preset=evos-paper';

/** The entries that are asked for, full training first, then by ratio, and as they were named where that is equal. */
export function planArms(options: ImageOptions, pixels: number): Arm[] {
  const full = makeArm(`${fullEntry}+steps=${options.fullSteps}`, options, pixels);
  const rest = [...grid(options), ...options.arms].map((text) => makeArm(text, options, pixels));
  const twice = rest.find((arm, i) => rest.findIndex(({ name }) => name === arm.name) !== i);
  if (twice !== undefined) throw new Error(`--arms: ${twice.text} is there twice; name it once`);
  return [full, ...rest.sort((a, b) => a.settings.ratio - b.settings.ratio)];
}

function grid({ only, ratios, learningRates, schedules, evos }: ImageOptions): string[] {
  const bases = { uniform: 'uniform@', evos: evos === '' ? 'evos@' : `evos@${evos}+` };
  const chosen = (['uniform', 'evos'] as const).filter((name) => only === undefined || only === name);
  return ratios.flatMap((ratio) =>
    chosen.flatMap((name) =>
      learningRates.flatMap((rate) =>
        schedules.map(
          (schedule) => `${bases[name]}ratio=${ratio}+learningRate=${rate}+learningRateSchedule=${schedule}`,
        ),
      ),
    ),
  );
}

/**
 * One arm.
 * @param pixels of the picture, N
 * @throws Error saying what is wrong with the entry
 */
export function makeArm(
  text: string,
  { fullSteps, budget, seed }: Pick<ImageOptions, 'fullSteps' | 'budget' | 'seed'>,
  pixels: number,
): Arm {
  const { strategy, name, settings: own } = readArm(text);
  // The published tables are of SIREN, whatever pictures are fitted by otherwise.
  const resolved = imageSettings.fit({ seed, backbone: 'siren' }, own, { strategy });
  // Full training looks at everything, whatever the preset's ratio.
  const settings = strategy === 'full' ? { ...resolved, ratio: 1, schedule: 'constant' as const } : resolved;
  const named = own['steps'] === undefined ? undefined : resolved.steps;
  const steps = named ?? stepsFor(settings, pixels, budget * fullSteps * pixels);
  return {
    text,
    name: named === undefined ? `${name}-steps-${steps}` : name,
    settings: { ...settings, steps },
  };
}

/** @throws Error saying what is wrong with the entry */
function readArm(text: string): StrategyEntry {
  try {
    const entry = imageSettings.entry(text);
    findStrategy(entry.strategy);
    return entry;
  } catch (cause) {
    throw new Error(`--arms: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}

/** The most steps whose samples, evaluations included, a budget pays for; at least 1. */
export function stepsFor(settings: FitImageSettings, pixels: number, budget: number): number {
  let low = 1;
  let high = Math.max(1, Math.ceil(budget));
  // Schedules stretch with the number of steps, so their sum is not quite monotone; near enough is enough.
  while (samplesOf(settings, pixels, low * 2) <= budget && low < high) low *= 2;
  high = Math.min(high, low * 2);
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (samplesOf(settings, pixels, middle) <= budget) low = middle;
    else high = middle;
  }
  return low;
}

/** Samples of a whole run of so many steps. */
export function samplesOf(settings: FitImageSettings, pixels: number, steps: number): number {
  const { strategy, ratio, schedule, batch } = settings;
  const interval = strategy === 'evos' ? settings.interval : undefined;
  const most = batch > 0 ? batch : pixels;
  let samples = 0;
  for (let step = 1; step <= steps; step++) {
    const evaluates = interval !== undefined && evaluatesAt(interval, step, steps);
    const total = countsAt(ratioAt(schedule, ratio, step, steps), 0, pixels).total;
    samples += evaluates ? pixels : Math.min(most, total);
  }
  return samples;
}
