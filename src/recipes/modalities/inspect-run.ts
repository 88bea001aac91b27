// What a run came to, before all that it is: `evos inspect` begins with quality and time. A run that was stopped is told by its
// last checkpoint.
import path from 'node:path';
import { InputError } from '../../core/errors.js';
import type { JsonValue, Timings } from '../../core/index.js';
import { loadCheckpoint } from '../runs/checkpoint.js';
import { runFiles } from '../runs/folder.js';
import { trainingSeconds, type RunMetrics } from '../runs/metrics.js';
import { valueOf, type Measure } from '../runs/modality.js';
import { inspectModel } from '../runs/models/model-file.js';
import { checkPlugins } from '../runs/plugins.js';
import { modalities, usePlugins } from './registry.js';
import { readStopped, stepWords } from './stopped.js';

/** A model or a finished run; of a run what it came to comes first. */
export async function inspectRun(given: string): Promise<object> {
  const { path: file, kind, ...rest } = await inspectModel(given);
  const { run } = rest;
  return { path: file, kind, ...(run === undefined ? {} : { result: resultOf(kind, run) }), ...rest };
}

/** Quality by the modality's measures, and time. */
function resultOf(kind: string, run: RunMetrics): object {
  const { strategy, steps, seconds } = run;
  const measures = modalities().find((each) => each.kind === kind)?.measures ?? [];
  return {
    ...figuresOf(
      measures.filter(({ result }) => result),
      run,
    ),
    strategy,
    steps,
    trainingSeconds: trainingSeconds(run),
    totalSeconds: seconds.total,
  };
}

const figuresOf = (measures: readonly Measure[], values: object): object =>
  Object.fromEntries(measures.map((measure) => [measure.key, valueOf({ key: measure.key }, values)]));

/** A run without a model: where it stands, what was last measured, and what it is. @throws ResumeError as `readStopped` */
export async function inspectStopped(folder: string): Promise<object> {
  const file = path.join(folder, runFiles.checkpoint);
  const { settings: stored } = await loadCheckpoint(file);
  const { kind, plugins } = {
    ...(stored as { readonly kind?: string; readonly plugins?: JsonValue } | null),
  };
  await usePlugins(await checkPlugins(plugins, folder));
  const modality = modalities().find((each) => each.kind === kind);
  const run = modality && (await readStopped(modality, folder));
  if (modality === undefined || run === undefined) {
    const kinds = modalities().map((each) => each.kind);
    throw new InputError(
      `${folder} holds a run of the kind "${kind ?? 'unknown'}", expected one of ${kinds.join(', ')}; a run of a plugin ` +
        'needs --plugin FILE',
    );
  }
  const { measures } = modality;
  const { history, elapsed, total } = run.checkpoint.run.values;
  const last = Array.isArray(history) ? history.at(-1) : undefined;
  const measured = typeof last === 'object' && last !== null && !Array.isArray(last) ? last : undefined;
  const { train = 0, select = 0 } = { ...(elapsed as Partial<Timings> | undefined) };
  return {
    path: file,
    kind: modality.kind,
    stopped: `at ${stepWords(run.at)}; evos fit --resume goes on with it`,
    result: {
      ...(measured === undefined
        ? {}
        : {
            ...figuresOf(
              measures.filter(({ history: curve }) => curve),
              measured,
            ),
            measuredAtStep: measured['step'],
          }),
      strategy: run.settings.strategy,
      step: run.at.step,
      steps: run.at.steps,
      trainingSeconds: train + select,
      totalSeconds: total,
    },
    input: run.info,
    settings: run.settings,
  };
}
