// Fitting an image: what the command line and an SDK user call. The run has a thread of its own, so that the caller's
// stays free; a selector that is the caller's own is a function, and keeps the run where it is.
import type { FitImageEvent } from '../../runs/events.js';
import { fitImageHere, resumeImageHere, type FitImageOptions, type ResumeImageOptions } from './run.js';
import { fitImageSettings, resolveSettings } from './options.js';
import { settingsOf } from '../../runs/folder.js';
import { inThread } from '../../runs/thread.js';

export type { FitImageOptions, ResumeImageOptions } from './run.js';

/**
 * Fits a network to an image and writes the run's folder. Nothing happens before the first event is asked for.
 * Leaving the loop early ends the run without files beyond the last checkpoint; use `signal` to stop in good order.
 *
 * Everything runs in worker threads, so the caller's thread is free between events; with a `selector` of the caller's
 * own, choosing, measuring and writing happen in the caller's thread.
 *
 * @throws InputError, ConfigError, DeviceError, OutputError before training starts; ConfigError when it diverges.
 */
export async function* fitImage(options: FitImageOptions): AsyncGenerator<FitImageEvent, void, undefined> {
  const { signal, selector, ...rest } = options;
  if (selector !== undefined) {
    yield* fitImageHere(options);
    return;
  }
  // Here too, where a setting that cannot even be sent to a thread gets a message that names it.
  resolveSettings(fitImageSettings, settingsOf(rest));
  yield* inThread({ name: 'fitImage', options: rest }, signal);
}

/**
 * Goes on with a run from its last checkpoint, bit for bit as if it had never stopped (on the CPU). Settings and
 * picture are the run's own; a run that had finished gets its files written anew. Threads as for `fitImage`.
 * @throws ResumeError when there is nothing to go on from, or it is damaged.
 */
export async function* resumeImage(
  options: ResumeImageOptions,
): AsyncGenerator<FitImageEvent, void, undefined> {
  const { signal, selector, ...rest } = options;
  if (selector === undefined) yield* inThread({ name: 'resumeImage', options: rest }, signal);
  else yield* resumeImageHere(options);
}
