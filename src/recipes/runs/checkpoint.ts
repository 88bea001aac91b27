// Checkpoints: the state of a trainer, a selector and the run around them in one safetensors file, enough to go
// on bit for bit. Arrays become tensors, everything else JSON in the file's metadata, and a checksum over both
// tells a damaged file from a good one before anything is restored from it.
import { createHash } from 'node:crypto';
import { ArgumentError, ResumeError } from '../../core/errors.js';
import type { JsonValue, Snapshot, StateArray } from '../../core/index.js';
import { messageOf, readBytes, writeWhole } from './files.js';
import {
  decodeSafetensors,
  safetensorsPieces,
  readMetadata,
  type Tensor,
  type TensorFile,
} from './safetensors.js';

/** Where a run stood after a step. */
export interface Checkpoint {
  /** The last finished step; 0 before the first. */
  readonly step: number;
  /** The run's settings, so that a resumed run can prove it is the same one. */
  readonly settings: JsonValue;
  readonly trainer: Snapshot;
  readonly selector: Snapshot;
  /** What the recipe itself keeps: history, seconds, counts. */
  readonly run: Snapshot;
}

const format = 'evos-checkpoint';
/** Raised whenever an older reader would misread the file. */
const formatVersion = '2';
const parts = ['trainer', 'selector', 'run'] as const;

/**
 * Writes a checkpoint, whole or not at all. Every number comes back exactly as it was, −0 included.
 * @throws ArgumentError when a value is not JSON (NaN and infinities are not), naming where it stands.
 * @throws OutputError when the file cannot be written; the checkpoint before it is then still there.
 */
export async function saveCheckpoint(file: string, checkpoint: Checkpoint): Promise<void> {
  const metadata: Record<string, string> = {
    format,
    formatVersion,
    step: toJson(checkpoint.step, 'step'),
    settings: toJson(checkpoint.settings, 'settings'),
  };
  const tensors: [string, Tensor][] = [];
  for (const part of parts) {
    const { values, arrays } = checkpoint[part];
    metadata[part] = toJson(values, part);
    for (const [name, data] of Object.entries(arrays))
      tensors.push([`${part}.${name}`, { shape: [data.length], data }]);
  }
  const content = { metadata, tensors: Object.fromEntries(tensors) };
  await writeWhole(
    file,
    safetensorsPieces({ ...content, metadata: { ...metadata, checksum: checksum(content) } }),
  );
}

/**
 * Reads a checkpoint back.
 * @returns snapshots with memory of their own, the caller's to keep.
 * @throws ResumeError naming the file when it is missing, damaged, no checkpoint, or of another format version.
 */
export async function loadCheckpoint(file: string): Promise<Checkpoint> {
  const content = await read(file);
  const { checksum: expected, ...metadata } = content.metadata;
  if (metadata['format'] !== format) {
    throw new ResumeError(
      `${file} is a safetensors file but no evos checkpoint; name the checkpoint of a run`,
    );
  }
  if (metadata['formatVersion'] !== formatVersion) {
    throw new ResumeError(
      `${file} has checkpoint format ${metadata['formatVersion'] ?? 'unknown'}, this version of evos reads ` +
        `${formatVersion}; resume with the version that wrote it, or start the run anew`,
    );
  }
  if (checksum({ ...content, metadata }) !== expected)
    throw damaged(file, 'its checksum does not match its content');

  const value = (key: string): JsonValue => {
    const json = metadata[key];
    if (json === undefined) throw damaged(file, `it has no ${key}`);
    try {
      return JSON.parse(json) as JsonValue;
    } catch (cause) {
      throw damaged(file, `its ${key} is not JSON`, cause);
    }
  };
  const snapshot = (part: (typeof parts)[number]): Snapshot => {
    const values = value(part);
    if (typeof values !== 'object' || values === null || Array.isArray(values)) {
      throw damaged(file, `its ${part} is not an object`);
    }
    const arrays: [string, StateArray][] = [];
    for (const [name, { data }] of Object.entries(content.tensors)) {
      if (name.startsWith(`${part}.`)) arrays.push([name.slice(part.length + 1), data]);
    }
    return { values, arrays: Object.fromEntries(arrays) };
  };

  const step = value('step');
  if (typeof step !== 'number' || !Number.isSafeInteger(step) || step < 0) {
    throw damaged(file, `its step is ${JSON.stringify(step)}, expected a whole number from 0`);
  }
  return {
    step,
    settings: value('settings'),
    trainer: snapshot('trainer'),
    selector: snapshot('selector'),
    run: snapshot('run'),
  };
}

/**
 * What a checkpoint says of its run, without reading its tensors.
 * @returns undefined where there is no checkpoint, or none that can be read: `loadCheckpoint` says why
 */
export async function readCheckpointSettings(
  file: string,
): Promise<{ readonly kind?: JsonValue; readonly plugins?: JsonValue } | undefined> {
  const metadata = await readMetadata(file);
  if (metadata?.['format'] !== format || metadata['formatVersion'] !== formatVersion) return undefined;
  let settings: JsonValue;
  try {
    settings = JSON.parse(metadata['settings'] ?? 'null') as JsonValue;
  } catch {
    return undefined;
  }
  return typeof settings === 'object' && settings !== null && !Array.isArray(settings) ? settings : undefined;
}

async function read(file: string): Promise<TensorFile> {
  let bytes: Uint8Array;
  try {
    bytes = await readBytes(file);
  } catch (cause) {
    const message = `no checkpoint to resume from: ${messageOf(cause)}; without it, start the run anew`;
    throw new ResumeError(message, { cause });
  }
  try {
    return decodeSafetensors(bytes, file);
  } catch (cause) {
    throw damaged(file, messageOf(cause), cause);
  }
}

function damaged(file: string, problem: string, cause?: unknown): ResumeError {
  const message = `the checkpoint ${file} is damaged: ${problem}; delete it and start the run anew`;
  return new ResumeError(message, { cause });
}

/** A file's checksum: SHA-256 over metadata but the checksum itself, tensor names, types and bytes, in an order of its own. */
export function checksum({ metadata, tensors }: TensorFile): string {
  const hash = createHash('sha256');
  const byName = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number =>
    a < b ? -1 : 1;
  hash.update(JSON.stringify(Object.entries(metadata).sort(byName)));
  for (const [name, { shape, data }] of Object.entries(tensors).sort(byName)) {
    hash.update(JSON.stringify([name, data.constructor.name, shape]));
    hash.update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  }
  return hash.digest('hex');
}

/**
 * JSON.stringify with two differences that resuming bit for bit needs: −0 keeps its sign, and what JSON would silently
 * turn into something else (NaN, undefined, a typed array) is refused.
 */
function toJson(value: unknown, where: string): string {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'number' && Number.isFinite(value)) return Object.is(value, -0) ? '-0' : String(value);
  if (Array.isArray(value))
    return `[${Array.from(value, (entry, i) => toJson(entry, `${where}[${i}]`)).join()}]`;
  if (isPlainObject(value)) {
    const members = Object.entries(value).map(
      ([key, entry]) => `${JSON.stringify(key)}:${toJson(entry, `${where}.${key}`)}`,
    );
    return `{${members.join()}}`;
  }
  throw new ArgumentError(
    `a checkpoint cannot hold ${describe(value)} at ${where}; expected finite numbers, text, booleans, null, lists or plain objects`,
  );
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function describe(value: unknown): string {
  if (typeof value === 'object' && value !== null) return `a ${value.constructor.name}`;
  return typeof value === 'number' || value === undefined ? String(value) : `a ${typeof value}`;
}
