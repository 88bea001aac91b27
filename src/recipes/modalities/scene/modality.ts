// Scenes: the rays of photographs are the samples, and a field learns density and colour.
import { text, toggle } from '../../../core/settings.js';
import type { FinishEvent } from '../../runs/events.js';
import { defineModality } from '../../runs/modality.js';
import { extraction } from '../extraction.js';
import type { SceneInput } from './input.js';
import type { SceneFigures, SceneHistoryEntry, SceneInfo, SceneMetrics, SceneViewEvent } from './metrics.js';
import { sceneExtensions } from './name.js';
import { sceneSettings, type CompareSceneSettings, type FitSceneSettings } from './settings.js';

/** The types of this modality. */
export interface SceneTypes {
  readonly settings: FitSceneSettings;
  readonly compare: CompareSceneSettings;
  readonly input: SceneInput;
  readonly info: SceneInfo;
  readonly entry: SceneHistoryEntry;
  readonly figures: SceneFigures;
  readonly metrics: SceneMetrics;
  readonly progress: FinishEvent | SceneViewEvent;
}

/** The modality. */
export const sceneModality = defineModality<SceneTypes>({
  kind: 'scene',
  one: 'a scene',
  several: 'scenes',
  formats: 'a folder with transforms.json, poses_bounds.npy or a COLMAP model',
  extensions: sceneExtensions,
  folders: true,
  example: 'fox/',
  packages: ['sharp'],
  recognise: async (file) => (await import('../../../nerf/files/load.js')).isScene(file),
  expects:
    'a scene has transforms.json, transforms_train.json, poses_bounds.npy, or sparse/0/cameras.bin in its folder',
  settings: sceneSettings,
  sections: { fit: 'fitScene', compare: 'compareScene' },
  calls: { fit: 'fitScene', compare: 'compareScene', compareAll: 'compareAllScenes' },
  measures: [
    {
      key: 'psnr',
      title: 'PSNR',
      unit: 'dB',
      decimals: 2,
      history: true,
      progress: true,
      result: true,
      column: { title: 'PSNR', keep: 7 },
    },
    { key: 'ssim', title: 'SSIM', decimals: 4, result: true, column: { title: 'SSIM', keep: 2 } },
  ],
  footnotes: ['PSNR, SSIM: of the held-out photographs; to baseline goes by a lattice of their pixels.'],
  tasks: { render: 'rendering the held-out views', turntable: 'rendering the turntable' },
  render: {
    options: {
      size: {
        setting: text({
          form: { pattern: /^[1-9]\d{0,4}x[1-9]\d{0,4}$/, expected: 'WxH in pixels, e.g. 1920x1080' },
          default: undefined,
        }),
        words: 'width and height in pixels, WxH',
      },
      camera: {
        setting: text({ default: undefined }),
        words:
          "the camera path, nerfstudio's camera_path.json or frames as in transforms.json, in the world of the " +
          "scene's files (default: once round the scene)",
      },
      mesh: { setting: toggle(false), words: 'the surface of its density as a coloured mesh' },
      ...extraction,
    },
    suggestion: '--mesh',
    instead: '--size says how large its pictures are, --mesh makes a mesh of it',
  },
  inspect: {
    options: {
      images: {
        setting: text({ default: undefined }),
        words: 'the folder of its photographs (default: images, or as transforms.json says)',
      },
    },
  },
  describe({ photographs: { train, test }, sizes, extent }) {
    const [size = '', ...others] = Object.keys(sizes);
    const shown = `${size.replace('×', 'x')}${others.length > 0 ? ' and other sizes' : ''}`;
    return [
      `${train} photograph${train === 1 ? '' : 's'} of ${shown}, ${test} held out`,
      `Where things are: ${extent}`,
    ];
  },
  load: async () => (await import('./run.js')).sceneRun,
});
