// What the kernels of a pass are given, in the order in which they run: a plan on paper, with no device in it.
import type { LossOptions } from '../models/loss.js';
import type { NetworkLayout, PaddedLayer } from './layout.js';
import type { MicroBatch, StepPlan } from './plan.js';
import { adamKernel, mostGroups } from './wgsl/adam.js';
import { denseKernel, type Tile } from './wgsl/dense.js';
import type { KernelSource, Params, Writing } from './wgsl/ids.js';
import { gatherKernel, headKernel, sampleFlags } from './wgsl/samples.js';
import { narrowWeightsKernel, weightFlags, weightsKernel } from './wgsl/weights.js';

/** One dispatch. */
export interface Command {
  readonly kernel: KernelSource;
  /** Names of its buffers, in the kernel's order. */
  readonly buffers: readonly string[];
  readonly params: Params;
  readonly groups: readonly [x: number, y: number, z: number];
}

/** What the commands of a network have in common. */
export interface CommandSetup {
  readonly network: NetworkLayout;
  readonly loss: LossOptions;
  readonly writing: Writing;
}

/** A pass over some samples. */
export interface PassSetup extends MicroBatch {
  readonly tile: Tile;
  /** The samples are the pool's, which is on the device; else they have been sent. */
  readonly resident: boolean;
  /** The samples follow one another from here on; undefined: they are named by index. */
  readonly from: number | undefined;
  readonly weighted: boolean;
  /** 1 / (samples · outputs) of the whole step. */
  readonly scale: number;
  /** Where what the pass finds begins in `out`. */
  readonly places: {
    readonly loss: number;
    readonly errors?: number;
    readonly absolute?: number;
    readonly predictions?: number;
  };
  /** No targets: only predictions are wanted. */
  readonly predicts?: boolean;
  readonly gradient: boolean;
}

/** A layer's result, which the next layer reads; the samples' own inputs before the first. */
const resultOf = (layer: number): string => (layer < 0 ? 'inputs' : `result${layer}`);

/** Gradients by layers' results take turns in two buffers; that by the answer has its own width. */
const gradientOf = (layer: number, last: number): string =>
  layer === last ? 'gradient' : `gradient${layer % 2}`;

/** A layer's activation as its kernels take it. */
function factorOf({ activation }: PaddedLayer, forward: boolean): number {
  if (activation.name !== 'sine') return 1;
  return forward ? activation.omega / Math.PI : activation.omega;
}

/** Kernel sources are made once for each set of choices. */
const sources = new Map<string, KernelSource>();
function once({ order = 'plain' }: Writing, key: string, make: () => KernelSource): KernelSource {
  const name = `${key} ${order}`;
  const source = sources.get(name) ?? make();
  sources.set(name, source);
  return source;
}

/** From the samples to the answer, the loss and what is wanted of each sample. */
export function forwardCommands({ network, loss, writing }: CommandSetup, pass: PassSetup): Command[] {
  const { rows, first, from, tile, places } = pass;
  const { layers } = network;
  const [input, head] = [layers[0], layers.at(-1)];
  if (input === undefined || head === undefined) return [];
  const chosen = (from === undefined ? 0 : sampleFlags.whole) | (pass.weighted ? sampleFlags.weighted : 0);
  const samples = { rows, first, total: from ?? 0 };
  const source = pass.resident ? '' : 'sent ';
  const last = layers.length - 1;
  const hidden = layers.slice(0, -1).map((layer, i): Command => {
    const { name } = layer.activation;
    return {
      kernel: once(writing, `forward ${name} ${tile}`, () => denseKernel('forward', name, tile, writing)),
      buffers: [resultOf(i - 1), 'weights', resultOf(i)],
      params: {
        rows,
        inner: layer.inner,
        outer: layer.outer,
        block: layer.block,
        factors: [factorOf(layer, true)],
      },
      groups: [Math.ceil(layer.outer / tile), Math.ceil(rows / tile), 1],
    };
  });
  const wanted =
    (places.errors === undefined ? 0 : sampleFlags.errors) |
    (places.absolute === undefined ? 0 : sampleFlags.absolute) |
    (places.predictions === undefined ? 0 : sampleFlags.predictions) |
    (pass.gradient ? sampleFlags.gradient : 0) |
    (pass.predicts === true ? sampleFlags.predicts : 0);
  const { loss: name = 'squared', truncate } = loss;
  const truncates = truncate !== undefined;
  return [
    {
      kernel: once(writing, 'gather', () => gatherKernel(writing)),
      buffers: [`${source}points`, 'indices', 'weightings', 'inputs'],
      params: { ...samples, inner: input.fanIn, outer: input.inner, flags: chosen },
      groups: [Math.ceil((rows * input.inner) / 1024), 1, 1],
    },
    ...hidden,
    {
      kernel: once(writing, `head ${name} ${truncates}`, () => headKernel(name, truncates, writing)),
      buffers: [
        resultOf(last - 1),
        'weights',
        `${source}targets`,
        'indices',
        'weightings',
        'gradient',
        'out',
      ],
      params: {
        ...samples,
        ...{ inner: head.inner, outer: head.outer, block: head.block, chunk: head.fanOut },
        flags: chosen | wanted,
        factors: [pass.scale, truncate ?? 0],
        places: [places.loss, places.errors ?? 0, places.absolute ?? 0, places.predictions ?? 0],
      },
      groups: [Math.ceil(rows / 64), 1, 1],
    },
  ];
}

/** From the loss back to the sums of the layers' gradients. @param adds to what an earlier pass left there */
export function backwardCommands(
  { network, writing }: CommandSetup,
  { rows, tile }: PassSetup,
  { slices, chunk }: StepPlan,
  adds: boolean,
): Command[] {
  const { layers, total } = network;
  const last = layers.length - 1;
  return [...layers.keys()].reverse().flatMap((i): Command[] => {
    const layer = layers[i];
    const before = layers[i - 1];
    if (layer === undefined) return [];
    const { inner, outer, block } = layer;
    const flags = adds ? weightFlags.adds : 0;
    const params = { rows, inner, outer, block, chunk, total };
    const narrow = Math.min(inner, outer) <= 16;
    // Of the narrow side only what is not padding; of two narrow ones the input counts as such.
    const turned = narrow && inner > 16;
    const few = Math.ceil((turned ? layer.fanOut : layer.fanIn) / 4);
    const weights: Command = {
      kernel: narrow
        ? once(writing, 'narrow', () => narrowWeightsKernel(writing))
        : once(writing, `weights ${tile}`, () => weightsKernel(tile, writing)),
      buffers: [resultOf(i - 1), gradientOf(i, last), 'sums'],
      params: { ...params, flags: flags | (turned ? weightFlags.turned : 0) },
      groups: narrow
        ? [Math.ceil((turned ? inner : outer) / 64), few, slices]
        : [Math.ceil(outer / tile), Math.ceil(inner / tile), slices],
    };
    if (before === undefined) return [weights];
    const { name } = before.activation;
    return [
      weights,
      {
        kernel: once(writing, `inputs ${name} ${tile}`, () => denseKernel('inputs', name, tile, writing)),
        buffers: [gradientOf(i, last), 'turned', resultOf(i - 1), gradientOf(i - 1, last)],
        params: { rows, inner: outer, outer: inner, block, factors: [factorOf(before, false)] },
        groups: [Math.ceil(inner / tile), Math.ceil(rows / tile), 1],
      },
    ];
  });
}

/** The update out of the slices' sums. @param factors Adam's numbers, see its kernel */
export function adamCommand(
  { network, writing }: CommandSetup,
  slices: number,
  factors: readonly number[],
): Command {
  const { total, layers } = network;
  const groups = Math.ceil(total / 256);
  return {
    kernel: once(writing, 'adam', () => adamKernel(writing)),
    buffers: ['sums', 'table', 'weights', 'turned', 'm', 'v'],
    params: { rows: slices, inner: layers.length, total, factors },
    groups: [Math.min(groups, mostGroups), Math.ceil(groups / mostGroups), 1],
  };
}
