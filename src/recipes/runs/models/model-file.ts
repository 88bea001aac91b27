// Model files of any kind: where they are, what they say of themselves.
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { InputError } from '../../../core/errors.js';
import { describeModel, type ModelDescription } from '../../../engine/index.js';
import { readBytes, readJson } from '../files.js';
import { runFiles } from '../folder.js';
import type { RunMetrics } from '../metrics.js';
import type { Modality } from '../modality.js';
import { settleFolder } from '../run-folder.js';

/** A run's folder stands for the model in it. */
export async function modelPath(given: string): Promise<string> {
  const isFolder = await stat(given).then(
    (found) => found.isDirectory(),
    () => false,
  );
  await settleFolder(isFolder ? given : path.dirname(given));
  return isFolder ? path.join(given, runFiles.model) : given;
}

/**
 * A model of one modality.
 * @param fields what is wanted of its metadata, which are JSON
 * @throws InputError when it is another model, or its metadata are damaged
 */
export async function readModel<Shape extends z.ZodRawShape>(
  file: string,
  { kind, one, example }: Pick<Modality, 'kind' | 'one' | 'example'>,
  fields: Shape,
): Promise<{ readonly bytes: Uint8Array; readonly fields: z.output<z.ZodObject<Shape>> }> {
  const bytes = await readBytes(file);
  const { metadata } = describeModel(bytes, file);
  const found = metadata['kind'];
  if (found !== kind) {
    const is = found === undefined ? 'not a model written by evos' : `a model of kind "${found}"`;
    throw new InputError(
      `${file} is ${is}, expected ${one} model such as a run of \`evos fit ${example}\` leaves behind`,
    );
  }
  const read = Object.keys(fields).map((name) => [name, parsed(metadata[name] ?? '')]);
  const checked = z.object(fields).safeParse(Object.fromEntries(read));
  if (checked.success) return { bytes, fields: checked.data };
  const [issue] = checked.error.issues;
  throw new InputError(
    `${file} has damaged metadata: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}; fit the ${kind} again`,
    { cause: checked.error },
  );
}

/** What a model or a run's folder holds: the name of its modality, or `unknown`. @throws InputError when it is no model. */
export async function modelKind(given: string): Promise<string> {
  const file = await modelPath(given);
  return describeModel(await readBytes(file), file).metadata['kind'] ?? 'unknown';
}

/** What `inspectModel` tells. */
export interface Inspection {
  readonly path: string;
  /** The modality's name, or `unknown` for a model written elsewhere. */
  readonly kind: string;
  readonly model: Omit<ModelDescription, 'metadata'> & {
    readonly macsPerSample?: number;
    /** The same where the whole grid is worked out at once, for a network that has such a form. */
    readonly sharedMacsPerSample?: number;
  };
  /** Metadata of the file, JSON values parsed. */
  readonly metadata: Readonly<Record<string, unknown>>;
  /** The metrics of the run, when a run's folder was given. */
  readonly run?: RunMetrics;
}

/** Says what a model or a run is. @throws InputError when it is neither. */
export async function inspectModel(given: string): Promise<Inspection> {
  const file = await modelPath(given);
  const { metadata, ...model } = describeModel(await readBytes(file), file);
  const macs = Number(metadata['macs_per_sample']);
  const shared = Number(metadata['macs_per_sample_shared']);
  const inspection: Inspection = {
    path: file,
    kind: metadata['kind'] ?? 'unknown',
    model: {
      ...model,
      ...(macs > 0 && { macsPerSample: macs }),
      ...(shared > 0 && { sharedMacsPerSample: Math.round(100 * shared) / 100 }),
    },
    metadata: Object.fromEntries(Object.entries(metadata).map(([key, value]) => [key, parsed(value)])),
  };
  if (file === given) return inspection;
  return { ...inspection, run: (await readJson(path.join(given, runFiles.metrics))) as RunMetrics };
}

function parsed(value: string): unknown {
  try {
    return JSON.parse(value) as unknown;
  } catch {
    return value;
  }
}
