// What the kernels of a pass are given, in the order in which they run: a plan on paper, with no device in it.
import type { GridLayout } from '../models/index.js';
import type { LossOptions } from '../models/loss.js';
import type { NetworkLayout, PaddedLayer } from './layout.js';
import { decodingOf, type FrequencySetup } from './picture.js';
import type { MicroBatch, StepPlan } from './plan.js';
import { adamKernel, mostGroups } from './wgsl/adam.js';
import { denseKernel, type Tile } from './wgsl/dense.js';
import { fits, fusedKernel } from './wgsl/fused.js';
import { gridAdamKernel, gridExponent, gridScale, lookupKernel, scatterKernel } from './wgsl/grid.js';
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
  /** The picture whose frequencies may be supervised. */
  readonly frequency?: FrequencySetup | undefined;
}

/** A pass over some samples. */
export interface PassSetup extends MicroBatch {
  readonly tile: Tile;
  /** The samples are the pool's, which is on the device; else they have been sent. */
  readonly resident: boolean;
  /** Their targets are bytes. */
  readonly coded: boolean;
  /** The samples follow one another from here on; undefined: they are named by index. */
  readonly from: number | undefined;
  readonly weighted: boolean;
  /** Samples of the whole step. */
  readonly samples: number;
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
  /** The gradient has the frequency term's part, which is there already. */
  readonly supervised?: boolean;
}

/** Whether the network is narrow enough to be one kernel. */
export const isFused = ({ network, writing }: CommandSetup): boolean =>
  writing.fused !== false && fits(network.layers);

/** A layer's result, which the next layer reads; the samples' own inputs before the first. */
const resultOf = (layer: number): string => (layer < 0 ? 'inputs' : `result${layer}`);

/** Gradients by layers' results take turns in two buffers; that by the answer has its own width. */
const gradientOf = (layer: number, last: number): string =>
  layer === last ? 'gradient' : `gradient${Math.abs(layer % 2)}`;

/** A layer's activation as its kernels take it. */
function factorOf({ activation }: Pick<PaddedLayer, 'activation'>, forward: boolean): number {
  if (activation.name !== 'sine') return 1;
  return forward ? activation.omega / Math.PI : activation.omega;
}

/** Kernel sources are made once for each set of choices. */
const sources = new Map<string, KernelSource>();
export function once({ order = 'plain' }: Writing, key: string, make: () => KernelSource): KernelSource {
  const name = `${key} ${order}`;
  const source = sources.get(name) ?? make();
  sources.set(name, source);
  return source;
}

/** What the loss's kernels multiply with, and how they decode predictions where the frequency term needs it. */
const lossFactors = (
  { loss, frequency }: CommandSetup,
  { samples }: PassSetup,
  outputs: number,
): number[] => [
  ...[1 / (samples * outputs), loss.truncate ?? 0],
  ...(frequency === undefined ? [] : decodingOf(frequency)),
];

/** Workgroups of 256 numbers each, on two axes where they are many. */
export function groupsOf(count: number): Command['groups'] {
  const groups = Math.ceil(count / 256);
  return [Math.min(groups, mostGroups), Math.ceil(groups / mostGroups), 1];
}

/** The buffer of what samples count for, or of what takes its place. */
const weightsOf = ({ supervised }: PassSetup): string => (supervised === true ? 'luma slopes' : 'weightings');

/** How kernels find a pass's samples. */
function samplesOf({ rows, first, from, weighted }: PassSetup) {
  const flags = (from === undefined ? 0 : sampleFlags.whole) | (weighted ? sampleFlags.weighted : 0);
  return { rows, first, total: from ?? 0, flags };
}

/** What begins a buffer's name where samples are not the pool's. */
const sourceOf = ({ resident }: PassSetup): string => (resident ? '' : 'sent ');

/** The first layer's input: the samples' own numbers, or what the grid has there. */
function inputCommand({ network, writing }: CommandSetup, pass: PassSetup, input: PaddedLayer): Command {
  const { grid } = network;
  const params = { ...samplesOf(pass), inner: grid?.dims ?? input.fanIn, outer: input.inner };
  const samples = [`${sourceOf(pass)}points`, 'indices', 'weightings'];
  const groups = [Math.ceil((pass.rows * input.inner) / 1024), 1, 1] as const;
  if (grid === undefined) {
    const kernel = once(writing, 'gather', () => gatherKernel(writing));
    return { kernel, buffers: [...samples, 'inputs'], params, groups };
  }
  return {
    kernel: once(writing, `lookup ${grid.dims}`, () => lookupKernel(grid.dims, writing)),
    buffers: [...samples, 'levels', 'grid', 'inputs'],
    params: { ...params, chunk: grid.levels.length },
    groups,
  };
}

/** What is wanted of a pass's samples, as flags. */
function wantedOf({ places, gradient, predicts }: PassSetup): number {
  return (
    (places.errors === undefined ? 0 : sampleFlags.errors) |
    (places.absolute === undefined ? 0 : sampleFlags.absolute) |
    (places.predictions === undefined ? 0 : sampleFlags.predictions) |
    (gradient ? sampleFlags.gradient : 0) |
    (predicts === true ? sampleFlags.predicts : 0)
  );
}

/** Places of what a pass finds, in the kernels' order. */
const placesOf = ({ loss, errors = 0, absolute = 0, predictions = 0 }: PassSetup['places']): number[] => [
  loss,
  errors,
  absolute,
  predictions,
];

/** From the samples to the answer, the loss and what is wanted of each sample. */
export function forwardCommands(setup: CommandSetup, pass: PassSetup): Command[] {
  const { network, loss, writing } = setup;
  const { rows, tile, places, coded, supervised = false } = pass;
  const { layers } = network;
  const [input, head] = [layers[0], layers.at(-1)];
  if (input === undefined || head === undefined) return [];
  const { flags, ...samples } = samplesOf(pass);
  const source = sourceOf(pass);
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
  const wanted = wantedOf(pass);
  const { loss: name = 'squared', truncate } = loss;
  const truncates = truncate !== undefined;
  return [
    inputCommand(setup, pass, input),
    ...hidden,
    {
      kernel: once(writing, `head ${name} ${truncates} ${coded} ${supervised}`, () =>
        headKernel(name, truncates, writing, coded, supervised),
      ),
      buffers: [
        resultOf(last - 1),
        'weights',
        `${source}targets`,
        'indices',
        weightsOf(pass),
        'gradient',
        'out',
      ],
      params: {
        ...samples,
        ...{ inner: head.inner, outer: head.outer, block: head.block, chunk: head.fanOut },
        flags: flags | wanted,
        factors: lossFactors(setup, pass, head.fanOut),
        places: placesOf(places),
      },
      groups: [Math.ceil(rows / 64), 1, 1],
    },
  ];
}

/** From the loss back to the sums of the layers' gradients. @param adds to what an earlier pass left there */
export function backwardCommands(
  setup: CommandSetup,
  pass: PassSetup,
  { slices, chunk }: StepPlan,
  adds: boolean,
): Command[] {
  const { network, writing } = setup;
  const { rows, tile } = pass;
  const { layers, total, grid } = network;
  const last = layers.length - 1;
  return [...layers.keys()].reverse().flatMap((i): Command[] => {
    const layer = layers[i];
    // What the grid gives has no activation.
    const none: Pick<PaddedLayer, 'activation'> = { activation: { name: 'identity' } };
    const before = layers[i - 1] ?? (grid === undefined ? undefined : none);
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
      ...(i > 0 || grid === undefined ? [] : [scatterCommand(setup, pass, grid, inner, gradientOf(-1, 0))]),
    ];
  });
}

/**
 * A pass of a narrow network: its samples' inputs, everything up to the sums of gradients in one kernel, and a grid's own.
 * @param adds to what an earlier pass left there
 */
export function fusedCommands(
  setup: CommandSetup,
  pass: PassSetup,
  { slices, chunk }: StepPlan,
  adds: boolean,
): Command[] {
  const { network, writing, loss } = setup;
  const { layers, total, grid } = network;
  const { places, gradient } = pass;
  const [input, head] = [layers[0], layers.at(-1)];
  if (input === undefined || head === undefined) return [];
  const shape = {
    ...{ total, loss: loss.loss ?? 'squared', truncates: loss.truncate !== undefined },
    ...{ inputs: grid !== undefined, coded: pass.coded },
    supervised: pass.supervised === true,
    layers: layers.map(({ fanOut, inner, outer, block, bias, activation }) => ({
      ...{ fanOut, inner, outer, block, biased: bias !== undefined, activation: activation.name },
      omega: activation.name === 'sine' ? activation.omega : 1,
    })),
  };
  const { flags, ...samples } = samplesOf(pass);
  const dense: Command = {
    kernel: once(writing, `fused ${JSON.stringify(shape)}`, () => fusedKernel(shape, writing)),
    buffers: [
      ...['inputs', 'weights', 'turned', `${sourceOf(pass)}targets`],
      ...['indices', weightsOf(pass), 'out', 'sums'],
    ],
    params: {
      ...samples,
      chunk,
      flags: flags | wantedOf(pass) | (adds ? sampleFlags.adds : 0),
      factors: lossFactors(setup, pass, head.fanOut),
      places: placesOf(places),
    },
    groups: [slices, 1, 1],
  };
  return [
    inputCommand(setup, pass, input),
    dense,
    ...(gradient && grid !== undefined ? [scatterCommand(setup, pass, grid, input.inner, 'inputs')] : []),
  ];
}

/**
 * From the gradient by what the grid gave to the sums of its table's rows.
 * @param outer numbers per row of that gradient
 * @param gradient the buffer that has it
 */
function scatterCommand(
  { writing }: CommandSetup,
  pass: PassSetup,
  grid: GridLayout,
  outer: number,
  gradient: string,
): Command {
  const { dims, levels } = grid;
  const { rows, samples } = pass;
  return {
    kernel: once(writing, `scatter ${dims}`, () => scatterKernel(dims, writing)),
    buffers: [...[`${sourceOf(pass)}points`, 'indices', 'weightings'], ...['levels', gradient, 'grid sums']],
    params: {
      ...samplesOf(pass),
      ...{ inner: dims, outer, chunk: levels.length },
      factors: [gridScale(gridExponent(samples))],
    },
    groups: [Math.ceil((rows * levels.length) / 256), 1, 1],
  };
}

/** The updates out of the sums; their factors, Adam's numbers, are set step by step. @param samples of the step */
export function adamCommands({ network, writing }: CommandSetup, slices: number, samples: number): Command[] {
  const { total, layers, grid } = network;
  const dense: Command = {
    kernel: once(writing, 'adam', () => adamKernel(writing)),
    buffers: ['sums', 'table', 'weights', 'turned', 'm', 'v'],
    params: { rows: slices, inner: layers.length, total },
    groups: groupsOf(total),
  };
  if (grid === undefined) return [dense];
  return [
    dense,
    {
      kernel: once(writing, 'grid-adam', () => gridAdamKernel(writing)),
      buffers: ['grid sums', 'grid', 'grid m', 'grid v'],
      params: { rows: grid.rows, block: gridExponent(samples) },
      groups: groupsOf(grid.rows),
    },
  ];
}
