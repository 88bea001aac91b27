// Images: a picture's pixels are its samples, and a network learns their colours by place.
import { integer, number, text } from '../../../core/settings.js';
import type { Image } from '../../../image/index.js';
import { defineModality } from '../../runs/modality.js';
import {
  bytesInWords,
  type HistoryEntry,
  type ImageFigures,
  type ImageInfo,
  type ImageMetrics,
} from './metrics.js';
import { imageSettings, type CompareSettings, type FitImageSettings } from './settings.js';
import { unreadPictures } from './unread.js';

/** The types of this modality. */
export interface ImageTypes {
  readonly settings: FitImageSettings;
  readonly compare: CompareSettings;
  readonly input: Image;
  readonly info: ImageInfo;
  readonly entry: HistoryEntry;
  readonly figures: ImageFigures;
  readonly metrics: ImageMetrics;
  readonly progress: never;
}

const side = integer({ min: 1, max: 65_535, default: undefined });

/** The modality. */
export const imageModality = defineModality<ImageTypes>({
  kind: 'image',
  one: 'an image',
  several: 'images',
  formats: 'PNG, JPEG, WebP, AVIF, TIFF, GIF',
  extensions: ['.png', '.jpg', '.jpeg', '.jpe', '.jfif', '.webp', '.avif', '.tif', '.tiff', '.gif'],
  unread: unreadPictures,
  example: 'photo.jpg',
  packages: ['sharp'],
  settings: imageSettings,
  sections: { fit: 'fit', compare: 'compare' },
  calls: { fit: 'fitImage', compare: 'compare', compareAll: 'compareAll' },
  measures: [
    {
      key: 'psnr',
      title: 'PSNR',
      unit: 'dB',
      decimals: 2,
      perfect: { value: 200, words: 'identical at 8 bits' },
      history: true,
      progress: true,
      result: true,
      column: { title: 'PSNR', keep: 7 },
    },
    { key: 'psnrImagePeak', title: 'PSNR, image peak', unit: 'dB', decimals: 2, history: true },
    {
      key: 'ssim',
      title: 'SSIM',
      decimals: 4,
      history: true,
      progress: true,
      result: true,
      column: { title: 'SSIM', keep: 2 },
    },
  ],
  footnotes: [],
  tasks: {},
  render: {
    options: {
      size: {
        setting: text({
          form: { pattern: /^[1-9]\d{0,4}x[1-9]\d{0,4}$/, expected: 'WxH in pixels, e.g. 1920x1080' },
          default: undefined,
        }),
        words: 'width and height in pixels, WxH',
      },
      width: { setting: side, words: 'width in pixels; the height follows unless given' },
      height: { setting: side, words: 'height in pixels; the width follows unless given' },
      scale: {
        setting: number({ above: 0, max: 64, default: undefined }),
        words: 'size as a multiple of the size it was trained at',
      },
    },
    suggestion: '--scale 2',
    instead: '--scale or --size says how large the image is',
  },
  describe({ width, height, originalWidth, originalHeight }) {
    const same = width === originalWidth && height === originalHeight;
    return [`${width}x${height}${same ? '' : ` (from ${originalWidth}x${originalHeight})`}`];
  },
  outcome: ({ bytes }) => [bytesInWords(bytes)],
  load: async () => (await import('./run.js')).imageRun,
});
