// metrics.json and compare.json of images, and how PSNRs are recorded there.
import type { ImageQuality } from '../../../image/index.js';
import {
  exactPsnr,
  type AnyCompareReport,
  type AnyCompareRow,
  type CommonHistoryEntry,
  type CommonMetrics,
  type InputInfo,
  type TrainingFigures,
} from '../../runs/metrics.js';
import { byteCount } from '../../report/format.js';
import type { CompareSettings, FitImageSettings } from './settings.js';

/** Quality of an image fit. */
export interface ImageFigures {
  /** Peak 255, on the 8-bit picture; 200 stands for no difference at all. */
  readonly psnr: number;
  /** The official code's convention: peak is the image's maximum, not rounded. */
  readonly psnrImagePeak: number;
  /** null for pictures with a side below the window's 11 pixels. */
  readonly ssim: number | null;
}

/** One line of an image fit's history. */
export interface HistoryEntry extends CommonHistoryEntry, ImageFigures {
  /** How many pixels were measured, where that was a sample of them; of a sample there is no SSIM. */
  readonly pixels?: number;
}

/** What a run's metrics say of its image. */
export interface ImageInfo extends InputInfo {
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  readonly originalWidth: number;
  readonly originalHeight: number;
}

/** How large the model is, and the picture that it is of. */
export interface ImageBytes {
  /** The model's parameters, four bytes each as they are written, and two each as half precision would have them. */
  readonly model: number;
  readonly modelHalf: number;
  /** The picture's samples as they are, of one or two bytes, and as a PNG. */
  readonly raw: number;
  readonly png: number;
}

/** Those sizes in words. */
export const bytesInWords = ({ model, modelHalf, raw, png }: ImageBytes): string =>
  `Model ${byteCount(model)} as floats, ${byteCount(modelHalf)} as half floats; picture ${byteCount(raw)} raw, ` +
  `${byteCount(png)} as PNG`;

/** metrics.json of an image fit. */
export interface ImageMetrics
  extends CommonMetrics<ImageInfo, FitImageSettings>, TrainingFigures, ImageFigures {
  readonly kind: 'image';
  readonly ssimOfficial: number;
  readonly bytes: ImageBytes;
  readonly history: readonly HistoryEntry[];
}

/** One strategy's line in a comparison. */
export interface CompareRow extends AnyCompareRow<HistoryEntry>, ImageFigures {}

/** compare.json */
export interface CompareReport extends AnyCompareReport<CompareSettings, CompareRow, ImageInfo> {}

/** PSNRs beyond ±200 dB are recorded as ±200. */
export const bounded = (decibels: number): number => Math.min(exactPsnr, Math.max(-exactPsnr, decibels));

/** The same of a reconstruction's. */
export const boundedQuality = (quality: ImageQuality): ImageQuality => ({
  ...quality,
  psnr: bounded(quality.psnr),
  psnrImagePeak: bounded(quality.psnrImagePeak),
});
