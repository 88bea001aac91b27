// What the kernels of a pass over rays or points are given, in the order in which they run: a plan on paper, with no device in it.
import { densityGridDefaults, type Looks } from '../../training/rays/density-grid.js';
import { adamCommands, once, type Command } from '../commands.js';
import type { PaddedLayer } from '../layout.js';
import type { ActivationName } from '../wgsl/activation.js';
import { denseKernel, type Tile } from '../wgsl/dense.js';
import { gridExponent, gridScale, lookupKernel, scatterKernel } from '../wgsl/grid.js';
import type { Writing } from '../wgsl/ids.js';
import { drawKernel, marchFlags, scanKernel, walkKernel } from '../wgsl/march.js';
import { answersKernel, joinKernel, rayFlags, renderKernel, seenKernel } from '../wgsl/rays.js';
import { gatherKernel, sampleFlags } from '../wgsl/samples.js';
import { thinBlocks, thinGroups, thinKernel, thinWeightsKernel } from '../wgsl/thin.js';
import { narrowWeightsKernel, weightFlags, weightsKernel } from '../wgsl/weights.js';
import type { FieldLayout } from './layout.js';
import { isThin, planField, rayPlaces, type FieldPlan } from './plan.js';
import { lookCommands, noteCommand, settleCommand, type Tally } from './upkeep.js';

/** A pass over samples of rays, or over points. */
export interface FieldPass {
  /** Samples, or points. */
  readonly rows: number;
  readonly plan: FieldPlan;
  readonly writing: Writing;
}

/** What a pass over rays is for. Its rows are as many samples as its rays can have: kernels end where there are fewer. */
export interface RaysPass extends FieldPass {
  readonly rays: number;
  /** Samples of a ray at most. */
  readonly samplesPerRay: number;
  /** Rays of the whole step; undefined: a view, which is not compared with anything. */
  readonly batch: number | undefined;
  /** Whether it is to be told what the rays should have seen. */
  readonly targets: boolean;
  /** Whether the gradient is wanted, and whether it is added to that of an earlier pass. */
  readonly gradient: 'none' | 'first' | 'further';
}

/** A command of a pass. */
export interface FieldCommand extends Command {
  /** Its rows are the samples that were drawn: how many these are is known on the device alone. */
  readonly counted?: true;
}

/** The kernel of a layer's product, and its workgroups. @param outer numbers per row of what it gives */
function product(
  pass: 'forward' | 'inputs',
  name: ActivationName,
  {
    rows,
    outer,
    thin,
    tile,
    writing,
  }: Pick<FieldPass, 'rows' | 'writing'> & {
    readonly outer: number;
    readonly thin: boolean;
    readonly tile: Tile;
  },
): Pick<Command, 'kernel' | 'groups'> {
  if (thin) {
    return {
      kernel: once(writing, `thin ${pass} ${name}`, () => thinKernel(pass, name, writing)),
      groups: [thinGroups(rows, outer), 1, 1],
    };
  }
  return {
    kernel: once(writing, `${pass} ${name} ${tile}`, () => denseKernel(pass, name, tile, writing)),
    groups: [Math.ceil(outer / tile), Math.ceil(rows / tile), 1],
  };
}

const lines = (rows: number): Command['groups'] => [Math.ceil(rows / 64), 1, 1];

/** Writes commands for one field. */
export class FieldCommands {
  readonly #layout: FieldLayout;
  readonly #layers: readonly PaddedLayer[];
  readonly #last: number;

  constructor(layout: FieldLayout) {
    this.#layout = layout;
    this.#layers = layout.network.layers;
    this.#last = this.#layers.length - 1;
  }

  /** Densities at points, and colours where directions are given. */
  points(pass: FieldPass, colours: boolean): Command[] {
    const { rows, writing } = pass;
    return [
      ...this.#density(pass),
      ...(colours ? this.#colour(pass) : []),
      {
        kernel: once(writing, 'answers', () => answersKernel(writing)),
        buffers: [this.#features, this.#shades, 'out'],
        params: {
          rows,
          flags: colours ? rayFlags.colours : 0,
          factors: this.#answers,
          places: [0, rows],
        },
        groups: lines(rows),
      },
    ];
  }

  /** Where rays' samples lie, what the rays see, how wrong it is, and the sums of the gradient. */
  rays(pass: RaysPass): FieldCommand[] {
    const { rays, batch, writing } = pass;
    const { colours, errors, absolute, targets } = rayPlaces(rays);
    const steps = pass.gradient !== 'none';
    const render: Command = {
      kernel: once(writing, 'render', () => renderKernel(writing)),
      buffers: [this.#features, this.#shades, 'stretches', 'rays', 'gradient', 'slopes', 'out'],
      params: {
        rows: rays,
        first: targets,
        flags:
          (steps ? rayFlags.gradient : 0) |
          (batch === undefined ? rayFlags.view : 0) |
          (pass.targets ? rayFlags.targets : 0),
        factors: [...this.#answers, 1 / (3 * (batch ?? 1)), this.#layout.space.far],
        places: [colours, errors, absolute],
      },
      groups: lines(rays),
    };
    const counted = (commands: readonly Command[]): FieldCommand[] =>
      commands.map((command) => ({ ...command, counted: true }));
    return [
      ...this.#march(pass),
      ...counted([...this.#density(pass), ...this.#colour(pass)]),
      render,
      ...(steps ? counted([this.#note(pass), ...this.#backward(pass)]) : []),
    ];
  }

  /** Moves the cells of the density grid that a step's samples were in. @param pass its last one */
  settle(pass: Pick<RaysPass, 'rows' | 'rays' | 'batch' | 'samplesPerRay' | 'writing'>): FieldCommand {
    if (pass.rays !== pass.batch) return settleCommand(this.#tally(pass), undefined);
    return { ...settleCommand(this.#tally(pass), pass.rows), counted: true };
  }

  /** Looks into cells of the density grid. @param steps taken @param looks into which @param atOnce points of a pass at most */
  look(
    setup: Pick<RaysPass, 'writing'> & { seed: number; steps: number; looks: Looks; atOnce: number },
  ): Command[] {
    const { mostLogDensity } = this.#layout;
    return lookCommands({ ...setup, mostLogDensity }, (rows) => ({
      commands: this.#density({ rows, plan: planField(this.#layout, rows), writing: setup.writing }),
      features: this.#features,
    }));
  }

  /** The updates out of the sums. @param factors Adam's numbers. @param batch rays of the step */
  update({ slices }: FieldPlan, batch: number, factors: readonly number[], writing: Writing): Command[] {
    return adamCommands({ network: this.#layout.network, loss: {}, writing }, slices, batch).map(
      (command) => ({ ...command, params: { ...command.params, factors } }),
    );
  }

  /** The density network's answer, and the colour network's. */
  get #features(): string {
    return `result${this.#layout.split - 1}`;
  }
  get #shades(): string {
    return `result${this.#last}`;
  }
  get #answers(): readonly number[] {
    return [this.#layout.colourRate, this.#layout.mostLogDensity];
  }

  #tally({
    batch = 0,
    samplesPerRay,
    writing,
  }: Pick<RaysPass, 'batch' | 'samplesPerRay' | 'writing'>): Tally {
    return { samples: batch * samplesPerRay, mostLogDensity: this.#layout.mostLogDensity, writing };
  }

  #note(pass: RaysPass): Command {
    return noteCommand(this.#tally(pass), pass.rows, this.#features);
  }

  #march(pass: RaysPass): Command[] {
    const { rays, samplesPerRay, batch, writing } = pass;
    const { space } = this.#layout;
    const params = {
      ...{ rows: rays, inner: densityGridDefaults.resolution, chunk: samplesPerRay },
      flags:
        (space.contracted ? marchFlags.contracted : 0) |
        (batch === undefined ? marchFlags.middles : marchFlags.weighted),
      factors: [space.near / space.half, space.far / space.half, space.half],
    };
    return [
      {
        kernel: once(writing, 'walk', () => walkKernel(writing)),
        buffers: ['cells', 'survey', 'rays', 'walks'],
        params,
        groups: lines(rays),
      },
      {
        kernel: once(writing, 'scan', () => scanKernel(writing)),
        buffers: ['walks', 'rays', 'count'],
        params,
        groups: [1, 1, 1],
      },
      {
        kernel: once(writing, 'draw', () => drawKernel(writing)),
        buffers: ['cells', 'survey', 'rays', 'walks', 'points', 'stretches', 'owners'],
        params,
        groups: lines(rays),
      },
    ];
  }

  /** What a layer reads. */
  #inputOf(layer: number): string {
    if (layer === 0) return 'inputs';
    return layer === this.#layout.split ? 'seen' : `result${layer - 1}`;
  }

  /** A layer's activation as its kernels take it. */
  #factorOf(layer: number, forward: boolean): number {
    const { activation } = this.#layers[layer] as PaddedLayer;
    switch (activation.name) {
      case 'sine':
        return forward ? activation.omega / Math.PI : activation.omega;
      case 'relu':
        return layer < this.#layout.split ? 1 : this.#layout.colourRate;
      case 'identity':
        // Of the colour's last layer the factor is up to rendering.
        return 1;
    }
  }

  #density(pass: FieldPass): Command[] {
    return [this.#encode(pass), ...this.#forward(pass, 0, this.#layout.split)];
  }

  #colour(pass: FieldPass): Command[] {
    const { rows, writing } = pass;
    const seen: Command = {
      kernel: once(writing, 'seen', () => seenKernel(writing)),
      buffers: [this.#features, 'owners', 'rays', 'seen'],
      params: { rows },
      groups: lines(rows),
    };
    return [seen, ...this.#forward(pass, this.#layout.split, this.#layers.length)];
  }

  /** The first layer's input: what the grid has at the points, or the points themselves. */
  #encode({ rows, writing }: FieldPass): Command {
    const { grid } = this.#layout.network;
    const outer = this.#layers[0]?.inner ?? 0;
    const params = { rows, inner: 3, outer, flags: sampleFlags.whole };
    const samples = ['points', 'none', 'none'];
    const groups = [Math.ceil((rows * outer) / 1024), 1, 1] as const;
    if (grid === undefined) {
      const kernel = once(writing, 'gather', () => gatherKernel(writing));
      return { kernel, buffers: [...samples, 'inputs'], params, groups };
    }
    return {
      kernel: once(writing, 'lookup', () => lookupKernel(3, writing)),
      buffers: [...samples, 'levels', 'grid', 'inputs'],
      params: { ...params, chunk: grid.levels.length },
      groups,
    };
  }

  #forward({ rows, plan, writing }: FieldPass, from: number, to: number): Command[] {
    const { tile } = plan;
    return this.#layers.slice(from, to).map((layer, i): Command => {
      const { name } = layer.activation;
      const { inner, outer, block } = layer;
      const at = from + i;
      return {
        ...product('forward', name, { rows, outer, thin: isThin(layer), tile, writing }),
        buffers: [this.#inputOf(at), 'weights', `result${at}`],
        params: { rows, inner, outer, block, factors: [this.#factorOf(at, true)] },
      };
    });
  }

  #backward(pass: RaysPass): Command[] {
    const { rows, writing, batch = 1 } = pass;
    const { split, network } = this.#layout;
    const commands: Command[] = [];
    let gradient = 'gradient';
    // Gradients take turns in two buffers.
    let side = 0;
    const next = (): string => `gradient${(side = 1 - side)}`;
    for (let i = this.#last; i >= 0; i--) {
      commands.push(this.#weights(pass, i, gradient));
      if (i === 0 && network.grid === undefined) break;
      const by = next();
      commands.push(this.#inputs(pass, i, gradient, by));
      gradient = by;
      if (i !== split) continue;
      gradient = next();
      commands.push({
        kernel: once(writing, 'join', () => joinKernel(writing)),
        buffers: [by, 'slopes', gradient],
        params: { rows },
        groups: lines(rows),
      });
    }
    if (network.grid !== undefined) {
      const { levels } = network.grid;
      commands.push({
        kernel: once(writing, 'scatter', () => scatterKernel(3, writing)),
        buffers: ['points', 'none', 'none', 'levels', gradient, 'grid sums'],
        params: {
          ...{ rows, inner: 3, outer: this.#layers[0]?.inner ?? 0, chunk: levels.length },
          flags: sampleFlags.whole,
          factors: [gridScale(gridExponent(batch))],
        },
        groups: [Math.ceil((rows * levels.length) / 256), 1, 1],
      });
    }
    return commands;
  }

  /** The gradient by a layer's weights. */
  #weights({ rows, plan, writing, gradient: turn }: RaysPass, i: number, gradient: string): Command {
    const layer = this.#layers[i] as PaddedLayer;
    const { inner, outer, block, fanIn, fanOut } = layer;
    const { tile, slices, chunk } = plan;
    const { total } = this.#layout.network;
    const flags = turn === 'further' ? weightFlags.adds : 0;
    const params = { rows, inner, outer, block, chunk, total };
    const buffers = [this.#inputOf(i), gradient, 'sums'];
    if (isThin(layer)) {
      return {
        kernel: once(writing, 'thin weights', () => thinWeightsKernel(writing)),
        buffers,
        params: { ...params, flags },
        groups: [thinBlocks(inner, outer), slices, 1],
      };
    }
    if (Math.min(inner, outer) > 16) {
      return {
        kernel: once(writing, `weights ${tile}`, () => weightsKernel(tile, writing)),
        buffers,
        params: { ...params, flags },
        groups: [Math.ceil(outer / tile), Math.ceil(inner / tile), slices],
      };
    }
    // Of the narrow side only what is not padding; of two narrow ones the input counts as such.
    const turned = inner > 16;
    const few = Math.ceil((turned ? fanOut : fanIn) / 4);
    return {
      kernel: once(writing, 'narrow', () => narrowWeightsKernel(writing)),
      buffers,
      params: { ...params, flags: flags | (turned ? weightFlags.turned : 0) },
      groups: [Math.ceil((turned ? inner : outer) / 64), few, slices],
    };
  }

  /** The gradient by a layer's inputs, with the slope of what gave them. */
  #inputs({ rows, plan, writing }: RaysPass, i: number, gradient: string, by: string): Command {
    const layer = this.#layers[i] as PaddedLayer;
    const { inner, outer, block } = layer;
    // What the grid gives and what the colour's network sees has no activation.
    const plain = i === 0 || i === this.#layout.split;
    const name = plain ? 'identity' : (this.#layers[i - 1] as PaddedLayer).activation.name;
    return {
      ...product('inputs', name, { rows, outer: inner, thin: isThin(layer), tile: plan.tile, writing }),
      buffers: [gradient, 'turned', this.#inputOf(i), by],
      params: {
        ...{ rows, inner: outer, outer: inner, block },
        factors: [plain ? 1 : this.#factorOf(i - 1, false)],
      },
    };
  }
}
