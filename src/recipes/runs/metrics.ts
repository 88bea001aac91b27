// Figures as they are recorded: what counts as training time; and PSNRs, since JSON has no infinities, and a picture met
// exactly has an infinite one.
import type { ImageQuality, QualityMeter } from '../../image/index.js';
import type { TrainingFigures } from './artifacts.js';

/** What an exact reconstruction's PSNR is recorded as, in decibels. */
export const exactPsnr = 200;

const bounded = (decibels: number): number => Math.min(exactPsnr, Math.max(-exactPsnr, decibels));

/** Measures a reconstruction; PSNRs beyond ±200 dB are recorded as ±200. */
export function measureFigures(meter: QualityMeter, values: Float32Array): ImageQuality {
  const quality = meter.measure(values);
  return { ...quality, psnr: bounded(quality.psnr), psnrImagePeak: bounded(quality.psnrImagePeak) };
}

/** Training seconds, what a strategy is charged with: quality for the record is none of it. */
export const trainingSeconds = ({ seconds }: Pick<TrainingFigures, 'seconds'>): number =>
  seconds.train + seconds.select;
