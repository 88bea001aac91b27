// Fitting images, and comparing strategies on one: what an SDK user calls.
import type { CampaignEvent, ComparisonEvent, RunEvent } from '../../runs/events.js';
import {
  secondsToReach,
  type CampaignPlaces,
  type ComparisonPlaces,
} from '../../runs/comparing/comparison.js';
import {
  startCompare,
  startCompareAll,
  startFit,
  startResume,
  type FitOptions,
  type ResumeOptions,
} from '../start.js';
import type { HistoryEntry } from './metrics.js';
import { imageModality, type ImageTypes } from './modality.js';
import type { CompareSettingsInput, FitImageSettings, FitImageSettingsInput } from './settings.js';

/** What `fitImage` takes: the settings, and where from and where to. */
export interface FitImageOptions extends FitImageSettingsInput, FitOptions {
  /** Path of a PNG, JPEG, WebP, AVIF, TIFF or GIF. */
  readonly input: string;
}

/** What `resumeImage` takes. */
export type ResumeImageOptions = ResumeOptions<FitImageSettings>;

/** What `compare` takes. */
export interface CompareOptions extends CompareSettingsInput, ComparisonPlaces {
  /** Path of a PNG, JPEG, WebP, AVIF, TIFF or GIF. */
  readonly input: string;
}

/** What `compareAll` takes. */
export interface CompareAllOptions extends CompareSettingsInput, CampaignPlaces {
  /** Paths of pictures, each once. */
  readonly inputs: readonly string[];
}

/** What `fitImage` yields. After an abort the last event is `end` with reason `aborted`. */
export type FitImageEvent = RunEvent<ImageTypes>;

/** What `compare` yields. */
export type CompareEvent = ComparisonEvent<ImageTypes>;

/** What `compareAll` yields. */
export type CompareAllEvent = CampaignEvent<ImageTypes>;

/**
 * Fits a network to an image and writes the run's folder. Nothing happens before the first event is asked for.
 * Leaving the loop early ends the run without files beyond the last checkpoint; use `signal` to stop in good order.
 *
 * Everything runs in worker threads, so the caller's thread is free between events; with a `selector` of the caller's
 * own, choosing, measuring and writing happen in the caller's thread.
 *
 * @throws InputError, ConfigError, DeviceError, OutputError before training starts; ConfigError when it diverges.
 */
export function fitImage(options: FitImageOptions): AsyncGenerator<FitImageEvent, void, undefined> {
  return startFit(imageModality, options);
}

/**
 * Goes on with a run from its last checkpoint, bit for bit as if it had never stopped (on the CPU). Settings and
 * picture are the run's own; a run that had finished gets its files written anew. Threads as for `fitImage`.
 * @throws ResumeError when there is nothing to go on from, or it is damaged.
 */
export function resumeImage(options: ResumeImageOptions): AsyncGenerator<FitImageEvent, void, undefined> {
  return startResume(imageModality, options);
}

/**
 * Runs each strategy from the same initial weights and writes compare.json, compare.csv and compare.html beside the
 * runs' own folders. The first strategy is the baseline the others are compared with.
 *
 * The strategies take turns, from one quality measurement to the next, so that a machine that grows faster or slower
 * meanwhile does so for all of them; each is charged with its own turns alone. The next turn is that of the strategy
 * with the least share of its own steps done, so that long and short runs end together.
 */
export function compare(options: CompareOptions): AsyncGenerator<CompareEvent, void, undefined> {
  return startCompare(imageModality, options);
}

/**
 * Compares strategies on several pictures, with one seed or several (`seeds`), and writes what they come to together:
 * compare.html, compare.csv with a row for each picture, seed and strategy, curves.csv, compare.tex and compare.json. Each picture
 * and seed has a folder of its own, as `compare` leaves it. One comparison follows the other; with `resume` those that are
 * finished are read, and the one that was cut short goes on.
 * @throws InputError for a picture that cannot be used, before anything is trained; ResumeError where what has begun is of other
 *   settings, or a picture has changed
 */
export function compareAll(options: CompareAllOptions): AsyncGenerator<CompareAllEvent, void, undefined> {
  return startCompareAll(imageModality, options);
}

/** Training seconds at which a history first reaches a PSNR; null when it never does. */
export function secondsTo(history: readonly HistoryEntry[], psnr: number): number | null {
  return secondsToReach(history, (entry) => entry.psnr, psnr);
}
