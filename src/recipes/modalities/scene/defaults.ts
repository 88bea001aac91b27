// Defaults of scene fits, each with its reason, and the only place where they are written down; how they differ from
// strategy to strategy and from network to network.
import { rayDefaults } from '../../../adapters/rays/options.js';
import type { FitSceneSettings, SceneBackbone, SceneDefaults, SceneStrategy } from './settings.js';

/** What every strategy and network starts from. */
export const sceneDefaults: Readonly<SceneDefaults> = Object.freeze<SceneDefaults>({
  steps: 4000,
  /** As many as `points` are enough for: steps then take as long as one another, and have more rays the less is looked at. */
  rays: 0,
  /**
   * A sixteenth of instant-ngp's 2¹⁸: on two cores four steps of so many come much further than one of four times as many,
   * for 1.4 times the time (docs/benchmarks.md).
   */
  points: 16_384,
  /** instant-ngp's, whose table entries are seldom touched and so must move far. */
  learningRate: 1e-2,
  /** The end of a run decides its quality and needs small steps; until then small ones only lose time. */
  learningRateSchedule: 'cooldown',
  learningRateFinal: 0.05,
  ratio: rayDefaults.evos.ratio,
  mutationShare: rayDefaults.mutationShare,
  interval: rayDefaults.evos.interval,
  crossover: rayDefaults.evos.crossover,
  /** The sampler's own: 8 pixels, or what makes 65,536 tiles. */
  tile: 0,
  evaluationShare: rayDefaults.evos.evaluationShare,
  /** For two cores and photographs of some hundred pixels a side, as `radianceField` has them. */
  levels: 12,
  log2TableSize: 17,
  baseResolution: 16,
  finestResolution: 1024,
  /** instant-ngp's. */
  width: 64,
  depth: 2,
  /** Of the places that are not known to be empty, the densest: what a ray sees is seldom more than one surface. */
  samplesPerRay: 32,
  /** As LLFF and its successors. */
  holdOut: 8,
  shrink: 1,
  background: 'auto',
});

/** The strategy of a run for which none is named: the best of the four on lego and the fox (docs/benchmarks.md). */
export const usualSceneStrategy: SceneStrategy = 'evos-online';
/** The network of a run for which none is named. */
export const usualSceneBackbone: SceneBackbone = 'hash-grid';

type Own = Readonly<Partial<SceneDefaults>>;

/** What strategies have of their own. */
export const ofStrategy: Readonly<Record<SceneStrategy, Own>> = {
  'evos-online': {},
  evos: { mutationShare: rayDefaults.evos.mutation },
  uniform: {},
  /** instant-ngp's. */
  'error-map': { interval: rayDefaults.errorMap.interval },
};

/** What networks have of their own. */
export const ofBackbone: Readonly<Record<SceneBackbone, Own>> = {
  'hash-grid': {},
  /** The rate of Mildenhall et al. (2020), at a size for two cores as `positionalField` has it. */
  nerf: { learningRate: 5e-4, depth: 4 },
};

/** Settings that a strategy does not look at. */
export const unusedByScene: Readonly<Record<SceneStrategy, readonly (keyof FitSceneSettings)[]>> = {
  'evos-online': ['ratio', 'interval', 'crossover', 'evaluationShare'],
  evos: [],
  uniform: ['ratio', 'mutationShare', 'interval', 'crossover', 'tile', 'evaluationShare'],
  'error-map': ['ratio', 'mutationShare', 'crossover', 'tile', 'evaluationShare'],
};

/** Settings of a run with what its strategy and its network fill in. Nothing is checked. */
export function completedScene(given: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const named = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  const { strategy = usualSceneStrategy, backbone = usualSceneBackbone } = named;
  return { ...own(ofBackbone, backbone), ...own(ofStrategy, strategy), ...named };
}

function own(book: Readonly<Record<string, Own>>, name: unknown): Own {
  return typeof name === 'string' && Object.hasOwn(book, name) ? (book[name] ?? {}) : {};
}

/**
 * "steps between crossovers (error-map: 128)": a sentence, and the defaults that differ from the usual one.
 * @param usual whether the usual one is to be told too
 */
export function withOwnDefaults(key: keyof SceneDefaults, sentence: string, usual = false): string {
  const books: readonly Readonly<Record<string, Own>>[] = [ofStrategy, ofBackbone];
  const told = books.flatMap((book) =>
    Object.entries(book).flatMap(([name, { [key]: value }]) =>
      value === undefined ? [] : [`${name}: ${String(value)}`],
    ),
  );
  if (usual) told.unshift(`default: ${sceneDefaults[key]}`);
  return told.length === 0 ? sentence : `${sentence} (${told.join(', ')})`;
}
