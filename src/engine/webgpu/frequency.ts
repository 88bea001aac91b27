// The dispatches of cross-frequency supervision: what a step adds to those of a plain one.
import { groupsOf, once, type Command, type CommandSetup, type PassSetup } from './commands.js';
import { decodingOf, type FrequencySetup } from './picture.js';
import { clearKernel, compareKernel, keepKernel, slopeKernel } from './wgsl/frequency.js';
import { sampleFlags } from './wgsl/samples.js';

/** Where a pass's pixels are: in the picture's order from the first on, or by number in a buffer. */
export interface Pixels extends Pick<PassSetup, 'rows' | 'first' | 'resident'> {
  readonly from: number | undefined;
}

const pixelsOf = ({ rows, first, from }: Pixels) => ({
  ...{ rows, first, total: from ?? 0, flags: from === undefined ? 0 : sampleFlags.whole },
});

/** A pool on the device has pixels' numbers among its samples'. */
const numbersOf = ({ resident }: Pixels): string => (resident ? 'indices' : 'pixels');

/** The picture is what was kept, and no pixel differs. */
export function clearCommand({ writing }: CommandSetup, { pixels }: FrequencySetup): Command {
  return {
    kernel: once(writing, 'frequency-clear', () => clearKernel(writing)),
    buffers: ['kept luma', 'luma', 'difference'],
    params: { rows: pixels },
    groups: groupsOf(pixels),
  };
}

/** What a pass predicted goes into the picture. @param predictions where they begin in `out` */
export function keepCommand(
  { writing, network }: CommandSetup,
  picture: FrequencySetup,
  pixels: Pixels,
  predictions: number,
): Command {
  return {
    kernel: once(writing, 'frequency-keep', () => keepKernel(writing)),
    buffers: ['out', numbersOf(pixels), 'luma', 'kept luma'],
    params: {
      ...pixelsOf(pixels),
      chunk: network.layers.at(-1)?.fanOut ?? 0,
      factors: [0, 0, ...decodingOf(picture)],
      places: [0, 0, 0, predictions],
    },
    groups: groupsOf(pixels.rows),
  };
}

/** The term of a whole step. @param loss where the workgroups' parts of it begin in `out` @param squares where differences' squares go */
export function compareCommand(
  { writing }: CommandSetup,
  { width, height, weight }: FrequencySetup,
  pixels: Pixels,
  loss: number,
  squares: number | undefined,
): Command {
  const { flags, ...rows } = pixelsOf(pixels);
  const wanted = squares === undefined ? 0 : sampleFlags.errors;
  return {
    kernel: once(writing, 'frequency-compare', () => compareKernel(writing)),
    buffers: ['luma', 'response', numbersOf(pixels), 'difference', 'out'],
    params: {
      ...{ ...rows, flags: flags | wanted, inner: width, outer: height },
      ...{ factors: [weight / pixels.rows], places: [loss, squares ?? 0] },
    },
    groups: groupsOf(pixels.rows),
  };
}

/** The term's slope by the luma of a pass's pixels. @param samples of the step */
export function slopeCommand(
  { writing }: CommandSetup,
  { width, height, weight }: FrequencySetup,
  pixels: Pixels,
  samples: number,
): Command {
  return {
    kernel: once(writing, 'frequency-slope', () => slopeKernel(writing)),
    buffers: ['difference', numbersOf(pixels), 'luma slopes'],
    params: { ...pixelsOf(pixels), inner: width, outer: height, factors: [(2 * weight) / samples] },
    groups: groupsOf(pixels.rows),
  };
}
