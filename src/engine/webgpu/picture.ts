// The picture whose frequencies a step may supervise: what is known of it, and its numbers on the device. Of what was predicted only
// luma is kept, since that is all the term reads.
import type { CrossFrequencyOptions } from '../training/options.js';
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

/** Makes the buffers, and sends the target's response. */
export async function reservePicture(memory: Memory, response: Float32Array): Promise<void> {
  for (const name of ['luma', 'kept luma', 'difference', 'response'])
    await memory.reserve(name, response.byteLength);
  memory.write('response', response);
  for (const name of ['luma slopes', 'pixels']) await memory.reserve(name, 16);
}
