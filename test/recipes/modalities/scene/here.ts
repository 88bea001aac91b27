// Runs of scenes in the thread of the test, with trainers that are none.
import type {
  FitSceneEvent,
  FitSceneOptions,
  ResumeSceneOptions,
} from '../../../../src/recipes/modalities/scene/fit.js';
import { sceneModality, type SceneTypes } from '../../../../src/recipes/modalities/scene/modality.js';
import type { SceneTrainerFactory } from '../../../../src/recipes/modalities/scene/model.js';
import { sceneRunWith } from '../../../../src/recipes/modalities/scene/run.js';
import { hostOf } from '../../../../src/recipes/modalities/start.js';
import type { RunEvent } from '../../../../src/recipes/runs/events.js';
import { fitHere, resumeHere } from '../../../../src/recipes/runs/fit.js';

/** The modality, with trainers of a factory. */
const modalityWith = (make: SceneTrainerFactory) => ({
  ...sceneModality,
  load: () => Promise.resolve(sceneRunWith(make)),
});

/** A fit in this thread, with trainers of a factory. */
export function fitSceneHere(
  { input: file, out, overwrite = false, signal, ...settings }: FitSceneOptions,
  make: SceneTrainerFactory,
): AsyncGenerator<RunEvent<SceneTypes>> {
  const places = { input: file, overwrite, ...(out && { out }), ...(signal && { signal }) };
  return fitHere(modalityWith(make), places, settings, hostOf([]));
}

/** Goes on in this thread. */
export const resumeSceneHere = ({ expected, ...places }: ResumeSceneOptions, make: SceneTrainerFactory) =>
  resumeHere(modalityWith(make), places, expected, hostOf([]));

/** All events of a run. */
export async function collect(
  events: AsyncIterable<FitSceneEvent>,
  on: (event: FitSceneEvent) => void = () => undefined,
): Promise<FitSceneEvent[]> {
  const all: FitSceneEvent[] = [];
  for await (const event of events) {
    all.push(event);
    on(event);
  }
  return all;
}
