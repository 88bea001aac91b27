// Snapshots as bytes, for clients to keep: a frame without its length, and a checksum.
import { crc32 } from 'node:zlib';
import { ResumeError } from '../../core/errors.js';
import type { Snapshot } from '../../core/index.js';
import { encodeFrame, openFrame, readArrays } from './frames.js';

const kind = 'evos selector snapshot';
const lengthBytes = 4;

/** What a client is given to keep. */
export interface Kept {
  readonly snapshot: Snapshot;
  /** The selections whose report may still come, see `Session`. */
  readonly recent: unknown;
}

/** Packs a snapshot. */
export function encodeSnapshot({ snapshot: { values, arrays }, recent }: Kept): Uint8Array {
  const frame = encodeFrame({ kind, version: 1, values, recent }, arrays);
  const bytes = new Uint8Array(frame.length);
  bytes.set(frame.subarray(lengthBytes));
  const end = bytes.length - lengthBytes;
  new DataView(bytes.buffer).setUint32(end, crc32(bytes.subarray(0, end)), true);
  return bytes;
}

/**
 * Unpacks a snapshot; what is in it is for the selector to judge.
 * @throws ResumeError
 */
export function decodeSnapshot(bytes: Uint8Array): Kept {
  const end = bytes.length - lengthBytes;
  const whole =
    end > 0 &&
    new DataView(bytes.buffer, bytes.byteOffset).getUint32(end, true) === crc32(bytes.subarray(0, end));
  if (!whole) {
    throw new ResumeError(
      `The snapshot is damaged: its ${bytes.length} bytes do not fit their checksum. Send the bytes that a snapshot gave, ` +
        'or start anew.',
    );
  }
  const opened = openFrame(bytes.subarray(0, end));
  const { kind: found, version, values, recent } = opened.header;
  if (found !== kind || version !== 1 || !isRecord(values)) {
    throw new ResumeError(
      `The snapshot is of another kind or of version ${JSON.stringify(version)}: this version of evos reads 1. Restore it ` +
        'with the version that took it, or start anew.',
    );
  }
  return { snapshot: { values, arrays: readArrays(opened) }, recent };
}

const isRecord = (value: unknown): value is Snapshot['values'] =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
