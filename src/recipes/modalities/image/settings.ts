// The settings of an image fit: what they are, and what they are asked for.
import { choice, defineSettings, integer, number, text } from '../../../core/settings.js';
import { backbonesFor, strategiesFor } from '../../settings/built-in.js';
import { onnxFileBackbone } from '../../../engine/models/index.js';
import { fileProblems } from '../../settings/network-file.js';
import { depthProblems, resolutionProblems } from '../../settings/grids.js';
import { settingsOf } from '../../settings/settings-of.js';
import { batchSettings, targetSettings, trainingSettings, withoutTiles } from '../../settings/shared.js';
import { gridBackbones, imageComparison, imagePresetNames, imagePresets, unusedByImages } from './presets.js';

const own = defineSettings('image', {
  /**
   * Named defaults; evos-paper, int-paper: EVOS or INT as published, and its setting for the others. Default `default`.
   *
   * evos-table1, int-figures and asmr-kodak are tables of the papers: a comparison then has their rows. It stands for its settings at the place where it is named: those named beside it win.
   */
  preset: choice(imagePresetNames, 'default'),
  /** Train on the centre N×N pixels. Default: the whole picture. */
  crop: integer({ min: 2, default: undefined }),
  /**
   * Size to train at: WxH, original, small (at most 65,536 pixels), or auto: at most 25 megapixels with a hash grid, small with
   * other backbones. What is cropped stays as large as it is. Default `auto`, in comparisons `small`.
   */
  resize: text({
    form: { pattern: /^(auto|small|original|[1-9]\d*x[1-9]\d*)$/, expected: 'WxH, auto, small or original' },
    default: 'auto',
  }),
  ...targetSettings,
  /** Page of a TIFF or picture of an animation, from 1. Default: the first that is no reduced copy. */
  page: integer({ min: 1, default: undefined }),
  /** Bands of the file to train on, from 1: `1` as grey, `1,2,3` as red, green and blue. Default: the colours it says it has. */
  bands: text({
    form: {
      pattern: /^[1-9]\d{0,4}((,[1-9]\d{0,4}){2,3})?$/,
      expected: 'one band, three, or four with alpha, e.g. 1,2,3',
    },
    default: undefined,
  }),
});

const training = defineSettings('image', {
  ...trainingSettings,
  ...batchSettings,
  /** Weight λ of the Laplacian term in the loss (EVOS, Sec. 3.4); 0 leaves it out. */
  crossFrequencyWeight: number({ min: 0, default: 1e-5 }),
});

/** The settings of image fits. */
export const imageSettings = settingsOf({
  kind: 'image',
  several: 'images',
  own,
  training,
  strategies: () => strategiesFor(['views', 'prior', 'nearest']),
  backbones: () => backbonesFor(['grid', 'lattice', 'file']),
  presets: imagePresets,
  compared: imageComparison,
  // Some of the strategies compared look at every pixel.
  inComparisons: { resize: 'small' },
  perEntry: [
    'preset',
    'backbone',
    ...Object.keys(onnxFileBackbone.settings),
    ...Object.keys(trainingSettings),
    'batch',
    'crossFrequencyWeight',
  ],
  unused: unusedByImages,
  foreign: { ...withoutTiles, crossFrequency: 'crossFrequencyWeight 0 leaves the term out' },
  check: (settings) => [
    ...fileProblems(settings),
    ...depthProblems(settings, gridBackbones),
    ...resolutionProblems(settings),
  ],
});

/** The settings of `fitImage`, complete. */
export interface FitImageSettings extends ReturnType<typeof imageSettings.fit> {}

/**
 * The settings of `compare`. What differs from strategy to strategy is there only where it was named, for all alike;
 * otherwise each strategy has its own defaults.
 */
export interface CompareSettings extends ReturnType<typeof imageSettings.compare> {}

/** What a caller of `fitImage` may pass: everything has a default. */
export type FitImageSettingsInput = Partial<FitImageSettings>;

/** What a caller of `compare` may pass: everything has a default. */
export type CompareSettingsInput = Partial<CompareSettings>;
