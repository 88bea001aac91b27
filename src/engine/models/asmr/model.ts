// ASMR: a network of a grid that reads coordinates digit by digit, a digit a layer, so that points with the same coarse digits
// share the layers before the fine ones (Li et al., ASMR: Activation-Sharing Multi-Resolution Coordinate Networks for Efficient
// Inference, ICLR 2024). A hundred times fewer multiplications a point than SIREN where the whole grid is asked for.
import { ArgumentError } from '../../../core/errors.js';
import { resolveSettings } from '../../../core/resolve-settings.js';
import { integer, number, text } from '../../../core/settings.js';
import type { GraphBuilder, Value } from '../../graph/index.js';
import { checkPorts, defineBackbone, type ModelPorts } from '../backbone.js';
import type { ModelDefinition, ParameterSpec } from '../definition.js';
import { biasOf, chain, countAll, macsOf, uniform, weightOf, type Layer } from '../dense.js';
import { basesForm, basesText, chooseBases, productOf, readBases, usualLevels, type Bases } from './bases.js';
import { pointByPoint, wholeGrid, type AsmrLayer } from './graph.js';

/** Settings of an ASMR. */
export interface AsmrOptions {
  /** Points along each axis of the grid, outermost first; one to three axes of at least two points. */
  readonly shape: readonly number[];
  /** Numbers per output, at least 1. */
  readonly outputDim: number;
  /**
   * Bases of the digits, coarse to fine, an axis after the other: `4,4,4,8x4,4,6,8` for 512×768 as published. Their products
   * are the grid's points along each axis, or a little more. Default: by the grid's size and `levels`.
   */
  readonly bases?: string | undefined;
  /** Digits of a coordinate: one sine layer fewer, and a head. 4 as published for pictures. */
  readonly levels?: number | undefined;
  /** Width of the layers. 256 as published for pictures. */
  readonly width?: number;
  /** Frequency factor ω of every layer. 30 as published. */
  readonly omega?: number;
}

/** The published settings for pictures (ICLR 2024, Sec. 4, and the authors' code). */
export const ASMR_DEFAULTS = { width: 256, omega: 30 } as const;

/** ASMR by name. */
export const asmrBackbone = defineBackbone({
  name: 'asmr',
  summary: 'a network of one grid, with layers shared by points of the same coarse digits (Li et al., 2024)',
  settings: {
    /** Digits of a coordinate, each with a layer of its own; default: as many as bases has, or 4. */
    levels: integer({ min: 2, max: 16, default: undefined }),
    /** Bases of the digits, coarse to fine, rows and then columns: 4,4,4,8x4,4,6,8; default: by the grid's size. */
    bases: text({ form: basesForm, default: undefined }),
    /** Width of the layers. */
    width: integer({ min: 1, default: ASMR_DEFAULTS.width }),
    /** Frequency factor of every layer. */
    omega: number({ above: 0, default: ASMR_DEFAULTS.omega }),
  },
  needs: ['lattice'],
  learningRate: 1e-4,
  schedule: { learningRateSchedule: 'cosine', learningRateFinal: 0.1 },
  adam: () => ({}),
  create: ({ shape, ...ports }, settings) => create(ports, shape ?? [], settings),
});

/** Most axes of a grid. */
const mostAxes = 3;

/**
 * Defines an ASMR: hᵢ = sin(ω(Wᵢhᵢ₋₁ + bᵢ + ωMᵢdᵢ₊₁)) for each digit but the last, d₁ the input, then a linear head (Eq. 3
 * and 4; the second ω is the authors' code's). Digits go from 0 to 1. Parameters: `net.i.weight` [out, in] and `net.i.bias`,
 * uniform in ±1/axes in the first layer and in ±√(6/fanIn)/ω in others, biases too; `modulation.i.weight` [out, axes], as
 * PyTorch draws it. It knows the points of its grid alone, and takes the nearest for what lies between. `grid` of the model is
 * the same network over all of them at once.
 * @throws ArgumentError for a grid, bases or sizes that cannot be
 * @example
 * const model = asmr({ shape: [480, 640], outputDim: 3 });
 */
export function asmr({ shape, outputDim, ...given }: AsmrOptions): ModelDefinition {
  return create({ inputDim: shape.length, outputDim }, shape, given);
}

function create(ports: ModelPorts, shape: readonly number[], given: object): ModelDefinition {
  const { inputDim, outputDim } = ports;
  checkPorts(ports);
  checkShape(shape, inputDim);
  const { levels, bases: named, width, omega } = resolveSettings('asmr', asmrBackbone.settings, given);
  const bases = basesOf(shape, named, levels);
  const count = bases[0]?.length ?? 0;
  const layers = chain('net', [inputDim, ...Array<number>(count - 1).fill(width), outputDim]);
  const modulations = layers
    .slice(0, -1)
    .map(({ fanOut }, i): Layer => ({ name: `modulation.${i}`, fanIn: inputDim, fanOut }));
  const specs = layers.map((layer, i): ParameterSpec[] => {
    const modulation = modulations[i];
    return [weightOf(layer), biasOf(layer), ...(modulation === undefined ? [] : [weightOf(modulation)])];
  });
  const parameters = specs.flat();
  const form = { shape, bases, omega };

  const layersOf = (values: readonly Value[]): AsmrLayer[] => {
    if (values.length !== parameters.length) {
      throw new ArgumentError(`asmr: expected ${parameters.length} parameter values, got ${values.length}`);
    }
    return layers.map((_, i) => {
      const [weight, bias, modulation] = values.slice(3 * i) as [Value, Value, Value | undefined];
      return { weight, bias, modulation };
    });
  };

  return {
    kind: asmrBackbone.name,
    settings: {
      inputDim,
      outputDim,
      shape: [...shape],
      levels: count,
      bases: basesText(bases),
      width,
      omega,
    },
    inputDim,
    outputDim,
    parameters,
    parameterCount: countAll(parameters),
    macsPerSample: macsOf(layers) + macsOf(modulations),
    smooth: false,
    stepwise: true,
    grid: {
      shape,
      macsPerSample: sharedMacs(layers, modulations, bases) / productOf(shape),
      build: (b: GraphBuilder, values) => wholeGrid(b, form, layersOf(values), values[0]?.type),
    },

    initialise: (random) =>
      layers.flatMap(({ fanIn, fanOut }, i) => {
        const bound = i === 0 ? 1 / fanIn : Math.sqrt(6 / fanIn) / omega;
        const own = [uniform(random, fanIn * fanOut, bound), uniform(random, fanOut, bound)];
        const modulation = modulations[i];
        if (modulation === undefined) return own;
        return [
          ...own,
          uniform(random, modulation.fanIn * modulation.fanOut, 1 / Math.sqrt(modulation.fanIn)),
        ];
      }),

    build: (b, x, values) => pointByPoint(b, x, form, layersOf(values)),
  };
}

function checkShape(shape: readonly number[], inputDim: number): void {
  const fits = shape.length === inputDim && inputDim >= 1 && inputDim <= mostAxes;
  if (fits && shape.every((points) => Number.isInteger(points) && points >= 2)) return;
  throw new ArgumentError(
    `asmr: got a grid of ${shape.length === 0 ? 'no axes' : shape.join('×')} for ${inputDim} coordinates, expected as many axes, ` +
      `one to ${mostAxes}, each of at least two points: the network is one of a regular grid, whose shape it is made for`,
  );
}

function basesOf(shape: readonly number[], named: string | undefined, levels: number | undefined): Bases {
  if (named === undefined) return chooseBases(shape, levels ?? usualLevels);
  const bases = readBases(named, shape);
  if (levels === undefined || bases[0]?.length === levels) return bases;
  throw new ArgumentError(
    `bases: got ${named}, with ${bases[0]?.length ?? 0} levels, and levels ${levels}; expected them to agree; give one of them`,
  );
}

/** Multiply–accumulates of the whole grid: each layer once for all points with the same digits so far. */
function sharedMacs(layers: readonly Layer[], modulations: readonly Layer[], bases: Bases): number {
  const cells = layers.map((_, level) => productOf(bases.map((own) => own[level] ?? 1)));
  const products = layers.map(({ fanIn, fanOut }, i) => productOf(cells.slice(0, i + 1)) * fanIn * fanOut);
  const tables = modulations.map(({ fanIn, fanOut }, i) => (cells[i + 1] ?? 1) * fanIn * fanOut);
  return [...products, ...tables].reduce((sum, each) => sum + each, 0);
}
