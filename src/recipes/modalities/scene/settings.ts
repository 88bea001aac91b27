// The settings of a scene fit: what they are, and what they are asked for.
import { choice, defineSettings, integer, number, text, toggle } from '../../../core/settings.js';
import { backbonesFor, strategiesFor } from '../../settings/built-in.js';
import { resolutionProblems } from '../../settings/grids.js';
import { withoutFiles } from '../../settings/network-file.js';
import { settingsOf } from '../../settings/settings-of.js';
import { targetSettings, trainingSettings, withoutPictures, withoutPixels } from '../../settings/shared.js';
import { notForScenes, sceneComparison, scenePresets, unusedByScenes } from './presets.js';

const numberPattern = String.raw`(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?\s*`;

const own = defineSettings('scene', {
  ...targetSettings,
  /** Every n-th photograph is held out to measure with, where the scene's files do not say which. Default 8. */
  holdOut: integer({ min: 2, default: 8 }),
  /** Factor to make photographs smaller by. Default 1. */
  shrink: number({ min: 1, max: 64, default: 1 }),
  /**
   * What shows where nothing is; auto: white behind transparent photographs; else random in training, grey in renderings.
   * Default `auto`.
   *
   * With `auto` no ray of an opaque photograph ends at a background: each trains before a random colour, lest black things
   * become holes. Say `white` or `black` for pictures of something before a plain wall of that colour.
   */
  background: choice(['auto', 'white', 'black'], 'auto'),
  /**
   * Cube to train at full resolution, X,Y,Z,HALF: its middle and half its side, in the units of the scene's files.
   * Default: what the scene's files or cameras say.
   */
  bounds: text({
    form: {
      pattern: new RegExp(String.raw`^\s*(-?${numberPattern},\s*){3}${numberPattern}$`),
      expected:
        "X,Y,Z,HALF: the middle of a cube and half its side, in the units of the scene's files, e.g. 0,0,0,1.5",
    },
    default: undefined,
  }),
  /** Ends with a turntable, the scene rendered from all around. Default true. */
  turntable: toggle(true),
  /** Folder of the photographs of a scene from transforms.json, COLMAP or LLFF. Default: `images`, or as the file says. */
  images: text({ default: undefined }),
});

const training = defineSettings('scene', {
  ...trainingSettings,
  /** Rays in one step; 0: as many as come to so many points. */
  rays: integer({ min: 0, max: 65_536, default: 0 }),
  /**
   * Points along rays that a step looks at, about, with rays 0.
   *
   * A step then has few rays at the start, when everything may be anywhere, and more the better empty space is known.
   */
  points: integer({ min: 64, max: 2 ** 24, default: 16_384 }),
  /** Side of a tile of evos and evos-online, in pixels; 0: 8, larger for huge scenes. */
  tile: integer({ min: 0, max: 2 ** 15, default: 0 }),
  /** Most samples along one ray in a step; rays that are rendered have up to 32, or as many as that where it is more. */
  samplesPerRay: integer({ min: 1, max: 1024, default: 16 }),
});

/** The settings of scene fits. */
export const sceneSettings = settingsOf({
  kind: 'scene',
  several: 'scenes',
  own,
  training,
  strategies: () =>
    strategiesFor(['views', 'layout']).filter(({ name }) => !Object.hasOwn(notForScenes, name)),
  notOffered: notForScenes,
  backbones: () => backbonesFor(['grid', 'rays']),
  presets: scenePresets,
  compared: sceneComparison,
  perEntry: [...Object.keys(trainingSettings), 'rays', 'points', 'tile'],
  rays: true,
  unused: unusedByScenes,
  foreign: {
    ...withoutPixels,
    ...withoutPictures,
    ...withoutFiles,
    preset: 'a scene has none; leave it out',
    outputBias: 'the density of a field has no bias; leave it out',
    batch: 'rays says how many rays a step has',
    mutation: 'mutationShare says how large the share is that is drawn at random',
    schedule: 'a scene has rays in every step; leave it out',
    samplesPerTile: 'a step draws from its tiles as it needs; leave it out',
    crossFrequency: 'a scene has no Laplacian term; leave it out',
    crossFrequencyWeight: 'a scene has no Laplacian term; leave it out',
    crossFrequencyUntil: 'a scene has no Laplacian term; leave it out',
    resize: 'shrink makes photographs smaller',
    crop: 'bounds says which part of the world is trained at full resolution',
  },
  check: (settings) => [
    ...(settings['tile'] === 1 ? ['tile: got 1, expected at least 2 pixels, or 0 for the default'] : []),
    ...resolutionProblems(settings),
  ],
});

/** The settings of `fitScene`, complete. */
export interface FitSceneSettings extends ReturnType<typeof sceneSettings.fit> {}

/** The settings of `compareScene`; as `CompareSettings`. */
export interface CompareSceneSettings extends ReturnType<typeof sceneSettings.compare> {}

/** What a caller of `fitScene` may pass: everything has a default. */
export type FitSceneSettingsInput = Partial<FitSceneSettings>;

/** What a caller of `compareScene` may pass: everything has a default. */
export type CompareSceneSettingsInput = Partial<CompareSceneSettings>;
