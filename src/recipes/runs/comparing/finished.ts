// What an earlier sitting of a comparison left of a run: finished runs are read, not run again, and none may be of other
// settings, another input or another plugin.
import { existsSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { ResumeError } from '../../../core/errors.js';
import { readCheckpointSettings } from '../checkpoint.js';
import type { RunTypes } from '../events.js';
import { messageOf, readJson } from '../files.js';
import { checkExpected } from '../fit.js';
import { runFiles } from '../folder.js';
import type { Modality } from '../modality.js';
import { checkPlugins } from '../plugins.js';

const finite = z.number();

/** What any run's metrics.json must have for a table; the rest is the modality's own. */
const finishedShape = z.looseObject({
  kind: z.string(),
  version: z.string(),
  input: z.looseObject({ file: z.string() }),
  strategy: z.string(),
  steps: finite,
  seed: finite,
  device: z.string(),
  workers: finite,
  machine: z.looseObject({ cpu: z.string(), cores: finite, node: z.string(), date: z.string() }),
  settings: z.looseObject({}),
  seconds: z.looseObject({ total: finite, train: finite, select: finite, evaluate: finite }),
  samples: finite,
  history: z.array(z.looseObject({ step: finite, seconds: finite })),
});

/**
 * The metrics of a run that an earlier sitting finished.
 * @returns undefined where it has not finished
 * @throws ResumeError where it is of other settings, or the file is damaged
 */
export async function finishedMetrics<Types extends RunTypes>(
  { kind, settings }: Modality<Types>,
  folder: string,
  expected: Types['settings'],
): Promise<Types['metrics'] | undefined> {
  const file = path.join(folder, runFiles.metrics);
  if (!existsSync(file)) return undefined;
  const damaged = (problem: string, cause?: unknown): ResumeError =>
    new ResumeError(
      `${file}: ${problem}; expected the metrics of a finished run. Delete the file, and it is written anew from the run's checkpoint`,
      { cause },
    );
  let content: unknown;
  try {
    content = await readJson(file);
  } catch (error) {
    throw damaged(messageOf(error), error);
  }
  const read = finishedShape.safeParse(content);
  if (!read.success) {
    const [issue] = read.error.issues;
    throw damaged(`${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`);
  }
  if (read.data.kind !== kind) throw damaged(`is of the kind "${read.data.kind}", expected "${kind}"`);
  checkExpected(read.data.settings, settings.fit(expected), folder);
  return content as Types['metrics'];
}

/**
 * Makes sure that a run that has begun is of the settings and plugins expected of it.
 * @throws ResumeError naming the first that differs
 */
export async function checkBegun<Types extends RunTypes>(
  modality: Modality<Types>,
  folder: string,
  expected: Types['settings'],
): Promise<void> {
  const stored: Readonly<Record<string, unknown>> | undefined = await readCheckpointSettings(
    path.join(folder, runFiles.checkpoint),
  );
  // What is wrong with a checkpoint that cannot be read is told by the run that goes on from it.
  const { settings, plugins } = stored ?? {};
  if (typeof settings !== 'object' || settings === null) return;
  await checkPlugins(plugins, folder);
  checkExpected(settings, modality.settings.fit(expected), folder);
}

/** The device of the first of these runs that has begun; undefined where none has. @param folders of runs */
export async function begunDevice(folders: readonly string[]): Promise<string | undefined> {
  for (const folder of folders) {
    const file = path.join(folder, runFiles.checkpoint);
    if (!existsSync(file)) continue;
    const stored: Readonly<Record<string, unknown>> | undefined = await readCheckpointSettings(file);
    const { device } = Object(stored?.['settings']) as { readonly device?: unknown };
    if (typeof device === 'string') return device;
  }
  return undefined;
}
