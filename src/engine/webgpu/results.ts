// What comes back of a task: the results of its submits lie one behind the other in one buffer, as many as one may have.
import type { Want } from '../../core/index.js';
import { each } from '../training/each.js';
import { bindingBytes } from './plan.js';
import type { Program, Wanted } from './program.js';

/** What a task found; arrays hold `size` samples and are written by it. */
export interface Found {
  loss: number;
  readonly errors: Float32Array;
  readonly absolute: Float32Array;
  readonly predictions: Float32Array;
  readonly frequency: Float32Array;
}

/** What a task may find of each sample. */
export const outputs = [
  'errors',
  'absolute',
  'predictions',
  'frequency',
] as const satisfies readonly (keyof Wanted)[];

/** Which of them are wanted. */
export const wantedOf = (wants: readonly Want[]): Wanted => each(outputs, (name) => wants.includes(name));

/** Numbers of a sample in each. @param outputDim numbers of a prediction */
export const widthsOf = (outputDim: number): Readonly<Record<keyof Wanted, number>> => ({
  ...{ errors: 1, absolute: 1, predictions: outputDim, frequency: 1 },
});

/** Memory for what a task finds, which grows. */
export const noneFound = (): { -readonly [Name in keyof Found]: Found[Name] } => ({
  loss: 0,
  errors: new Float32Array(),
  absolute: new Float32Array(),
  predictions: new Float32Array(),
  frequency: new Float32Array(),
});

/** Submits whose results come back together: where each one's begin, in bytes, and the bytes of all. */
export interface Part {
  readonly programs: readonly Program[];
  readonly starts: readonly number[];
  readonly bytes: number;
}

/** Deals submits out to parts, in their order. */
export function dealOut(programs: readonly Program[]): Part[] {
  const parts: Part[] = [];
  for (const program of programs) {
    const own = program.total * 4;
    const before = parts.at(-1);
    if (before === undefined || before.bytes + own > bindingBytes) {
      parts.push({ programs: [program], starts: [0], bytes: own });
      continue;
    }
    const { programs, starts, bytes } = before;
    parts[parts.length - 1] = {
      programs: [...programs, program],
      starts: [...starts, bytes],
      bytes: bytes + own,
    };
  }
  return parts;
}

/** Takes what a part found out of its buffer. @param outputDim numbers of a prediction */
export function take({ programs, starts }: Part, all: Float32Array, found: Found, outputDim: number): void {
  const widths = widthsOf(outputDim);
  programs.forEach(({ first, size, parts, places, total }, k) => {
    const from = (starts[k] ?? 0) / 4;
    const numbers = all.subarray(from, from + total);
    for (let i = 0; i < parts; i++) found.loss += numbers[i] ?? 0;
    for (const name of outputs) {
      const [at, width] = [places[name], widths[name]];
      if (at !== undefined) found[name].set(numbers.subarray(at, at + size * width), first * width);
    }
  });
}
