// Defaults of scene fits, each with its reason. Strategies over tiles and radiance fields have theirs in their own files.
import type { Preset } from '../../settings/presets.js';

/** Scenes have one set of defaults. */
export const scenePresets = {
  default: {
    /** Which of the four is best goes by the scene; this one is behind uniform rays on none of three (docs/benchmarks.md). */
    strategy: 'evos-online',
    backbone: 'hash-grid',
    all: {
      steps: 4000,
      /** As many as `points` are enough for: steps then take as long as one another, and have more rays the less is looked at. */
      rays: 0,
      /**
       * A sixteenth of instant-ngp's 2¹⁸: on two cores four steps of so many come much further than one of four times as
       * many, for 1.4 times the time (docs/benchmarks.md).
       */
      points: 16_384,
      /** Twice instant-ngp's, whose table entries are seldom touched and so must move far: what noise that brings the average takes out. */
      learningRate: 2e-2,
      /** Lego has 0.9 dB more half-way, and 1.1 before the rate falls (docs/benchmarks.md). */
      averaging: 0.1,
      /** The end of a run decides its quality and needs small steps; until then small ones only lose time. */
      learningRateSchedule: 'cooldown',
      learningRateFinal: 0.02,
      /** The sampler's own: 8 pixels, or what makes 65,536 tiles. */
      tile: 0,
      /**
       * Of the places that are not known to be empty, the densest: what a ray sees is seldom more than one surface. With 16 a
       * step of so many points has more rays than with 32, with 8 surfaces come out rougher at the end (docs/benchmarks.md).
       */
      samplesPerRay: 16,
    },
  },
} satisfies Record<string, Preset>;

/** The strategies of a comparison for which none are named; the first is the baseline. */
export const sceneComparison = ['uniform', 'error-map', 'evos', 'evos-online'];

/** Strategies that could train scenes and are not offered for them, and why. */
export const notForScenes: Readonly<Record<string, string>> = {
  full: 'a step would look at every ray of every photograph',
  'evos-tiles': 'evos and evos-online choose among tiles of rays already',
  int: 'a pass to score would look at every ray of every photograph',
  nint: 'a pass to score would look at every ray of every photograph',
  'nint-released': 'a pass to score would look at every ray of every photograph',
};

/** What strategies do not look at where a step has so many rays. */
export const unusedByScenes = {
  'evos-online': ['ratio'],
  uniform: ['ratio', 'tile'],
  'error-map': ['ratio', 'tile'],
};
