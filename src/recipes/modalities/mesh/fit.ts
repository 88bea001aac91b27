// Fitting a mesh: what the command line and an SDK user call. Threads as for images.
import type { FitMeshEvent } from '../../runs/events.js';
import { fitMeshSettings, resolveMeshSettings } from './options.js';
import type { FitMeshOptions, ResumeMeshOptions } from './run.js';
import { settingsOf } from '../../runs/folder.js';
import { inThread } from '../../runs/thread.js';

export type { FitMeshOptions, ResumeMeshOptions } from './run.js';

/**
 * Fits a network to the signed distances of a mesh, extracts the mesh that it has learnt, compares the two, and writes
 * the run's folder. Nothing happens before the first event is asked for. Leaving the loop early ends the run without
 * files beyond the last checkpoint; use `signal` to stop in good order.
 *
 * Everything runs in worker threads, so the caller's thread is free between events; with a `selector` of the caller's
 * own, choosing, measuring and writing happen in the caller's thread.
 *
 * @throws InputError (also for a mesh without an inside), ConfigError, DeviceError, OutputError before training starts;
 *   ConfigError when it diverges; EvosError when there is no surface in what was learnt: the checkpoint is then there.
 */
export async function* fitMesh(options: FitMeshOptions): AsyncGenerator<FitMeshEvent, void, undefined> {
  const { signal, selector, ...rest } = options;
  if (selector !== undefined) {
    // Loaded where it is needed: it brings three with it.
    yield* (await import('./run.js')).fitMeshHere(options);
    return;
  }
  // Here too, where a setting that cannot even be sent to a thread gets a message that names it.
  resolveMeshSettings(fitMeshSettings, settingsOf(rest));
  yield* inThread({ name: 'fitMesh', options: rest }, signal);
}

/**
 * Goes on with a run from its last checkpoint, bit for bit as if it had never stopped (on the CPU). Settings and mesh
 * are the run's own; a run that had finished gets its files written anew. Threads as for `fitMesh`.
 * @throws ResumeError when there is nothing to go on from, or it is damaged.
 */
export async function* resumeMesh(options: ResumeMeshOptions): AsyncGenerator<FitMeshEvent, void, undefined> {
  const { signal, selector, ...rest } = options;
  if (selector === undefined) yield* inThread({ name: 'resumeMesh', options: rest }, signal);
  else yield* (await import('./run.js')).resumeMeshHere(options);
}
