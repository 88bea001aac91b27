// Fitting a scene: what the command line and an SDK user call. Threads as for images.
import type { FitSceneEvent } from '../../runs/events.js';
import { settingsOf } from '../../runs/folder.js';
import { inThread } from '../../runs/thread.js';
import { fitSceneSettings, resolveSceneSettings } from './options.js';
import type { FitSceneOptions, ResumeSceneOptions } from './run.js';

export type { FitSceneOptions, ResumeSceneOptions } from './run.js';

/**
 * Fits a radiance field to the photographs of a scene, renders and measures those that were held out, and writes the run's
 * folder. Nothing happens before the first event is asked for. Leaving the loop early ends the run without files beyond
 * the last checkpoint; use `signal` to stop in good order.
 *
 * Everything runs in worker threads, so the caller's thread is free between events. During training quality is measured
 * on a lattice of pixels of the held-out photographs, some 16,000 together; at the end on all of them.
 *
 * @throws InputError, ConfigError, DeviceError, OutputError before training starts; ConfigError when it diverges.
 */
export async function* fitScene(options: FitSceneOptions): AsyncGenerator<FitSceneEvent, void, undefined> {
  const { signal, ...rest } = options;
  // Here too, where a setting that cannot even be sent to a thread gets a message that names it.
  resolveSceneSettings(fitSceneSettings, settingsOf(rest));
  yield* inThread({ name: 'fitScene', options: rest }, signal);
}

/**
 * Goes on with a run from its last checkpoint, bit for bit as if it had never stopped (on the CPU). The settings are the
 * run's own; the photographs are read again from where they were. A run that had finished gets its files written anew.
 * Threads as for `fitScene`.
 * @throws ResumeError when there is nothing to go on from, it is damaged, or the scene is not as it was.
 */
export async function* resumeScene(
  options: ResumeSceneOptions,
): AsyncGenerator<FitSceneEvent, void, undefined> {
  const { signal, ...rest } = options;
  yield* inThread({ name: 'resumeScene', options: rest }, signal);
}
