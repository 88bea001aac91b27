// The picture whose frequencies a step may supervise: what is known of it, and its numbers on the device. Of what was predicted only
// luma is kept, since that is all the term reads.
import type { Snapshot } from '../../core/index.js';
import type { CrossFrequencyOptions } from '../training/options.js';
import { floatsIn } from '../training/state.js';
import type { Memory } from './memory.js';

/** A picture, as kernels take it. */
export interface FrequencySetup {
  readonly width: number;
  readonly height: number;
  /** Columns times rows. */
  readonly pixels: number;
  /** Weight λ of the term. */
  readonly weight: number;
  /** Half the range, and what 0 stands for. */
  readonly decode: readonly [half: number, middle: number];
  /** How much each channel counts towards luma. */
  readonly luma: readonly number[];
}

/** What the kernels need of a trainer's options. */
export function frequencySetup({
  width,
  height,
  range,
  luma,
  weight,
}: CrossFrequencyOptions): FrequencySetup {
  const half = (range.max - range.min) / 2;
  return { width, height, pixels: width * height, weight, decode: [half, range.min + half], luma };
}

/** Factors from the third on: half the range, what 0 stands for, and each channel's part of luma. */
export const decodingOf = ({ decode, luma }: FrequencySetup): number[] => [...decode, ...luma];

/** What a snapshot kept of an evaluation: luma, or the predictions that ONNX Runtime's trainer keeps. */
export function keptIn(snapshot: Snapshot, { pixels, decode, luma }: FrequencySetup): Float32Array {
  if (snapshot.arrays['cache'] === undefined) return floatsIn(snapshot, 'luma', pixels);
  const predictions = floatsIn(snapshot, 'cache', pixels * luma.length);
  const [half, middle] = decode;
  const decoded = predictions.map((value) => Math.min(255, Math.max(0, value * half + middle)));
  return Float32Array.from({ length: pixels }, (_, i) =>
    luma.reduce((sum, part, c) => sum + part * (decoded[i * luma.length + c] ?? 0), 0),
  );
}

/** Makes the buffers, and sends the target's response. */
export async function reservePicture(memory: Memory, response: Float32Array): Promise<void> {
  for (const name of ['luma', 'kept luma', 'difference', 'response'])
    await memory.reserve(name, response.byteLength);
  memory.write('response', response);
  for (const name of ['luma slopes', 'pixels']) await memory.reserve(name, 16);
}
