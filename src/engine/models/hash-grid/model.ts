// Multiresolution hash grid with a small network behind it (Müller et al., Instant Neural Graphics Primitives with a
// Multiresolution Hash Encoding, SIGGRAPH 2022). A point is looked up in grids from coarse to fine, each with trained
// numbers at its corners; what it finds there goes through one or two layers with ReLU. Few multiplications and much
// memory: far more detail for the time than a network alone.
import { ArgumentError, type JsonValue } from '../../../core/index.js';
import type { GraphBuilder, Value } from '../../graph/index.js';
import type { ModelDefinition, ParameterSpec, RandomSource } from '../definition.js';
import { gridLookup } from './graph.js';
import { layOutGrid } from './layout.js';

/** The backbone's name. */
export const hashGridName = 'hash-grid';

/** Settings of a hash grid. */
export interface HashGridOptions {
  /** Axes: 2 or 3. Inputs are in [−1, 1]; points outside get the border's values. */
  readonly inputDim: number;
  /** Numbers per output, at least 1. */
  readonly outputDim: number;
  /** Grids, coarse to fine. 16 as published. */
  readonly levels?: number;
  /**
   * Numbers at a corner; 2 as published. With 2 the CPU trains through a kernel; with others through the plain graph,
   * which is many times slower.
   */
  readonly featuresPerLevel?: number;
  /** Base-2 logarithm of the most rows a level has, 3 to 24. */
  readonly log2TableSize?: number;
  /** Cells along an axis on the coarsest level, at least 2. 16 as published. */
  readonly baseResolution?: number;
  /** Cells along an axis on the finest level. */
  readonly finestResolution?: number;
  /** In place of `finestResolution`: by how much each level is finer than the one before, at least 1. */
  readonly perLevelScale?: number;
  /** Width of the network's layers. 64 as published. */
  readonly width?: number;
  /** Layers with ReLU, 1 or 2. 2 as published, 1 for NeRF's density. */
  readonly depth?: number;
  /** What the trained bias of the outputs starts from; `false`: no bias, as published. */
  readonly outputBias?: number | false;
}

/**
 * Published (Sec. 3 and 5.2) but for the sizes of the grid, which are for two CPU cores and steps of some ten thousand
 * samples; there 16 levels, 2¹⁹ rows and 2,048 cells. A table of 2¹⁶ rows stays in a core's cache while it is used.
 */
export const HASH_GRID_DEFAULTS = {
  levels: 12,
  featuresPerLevel: 2,
  log2TableSize: 16,
  baseResolution: 16,
  finestResolution: 512,
  width: 64,
  depth: 2,
  outputBias: 0,
} as const;

/** Adam's settings in the authors' code: numbers of the table get small gradients, and seldom. */
export const HASH_GRID_ADAM = { learningRate: 1e-2, beta1: 0.9, beta2: 0.99, epsilon: 1e-15 } as const;

/**
 * A level's table comes from far into the cache once per pass, its rows are read many times: twice as fast at 32,768 as
 * at 2,048, and the small network does not mind.
 */
const samplesPerPass = 32_768;

/** The published range of the table's first numbers, ±. */
const tableRange = 1e-4;

/**
 * Defines a hash grid. Parameters: `grid.table` [rows, featuresPerLevel], uniform in ±10⁻⁴, then the network's weights
 * `net.0.weight` [out, in], … without biases, drawn as by Glorot & Bengio, and the outputs' bias. Its graph needs
 * operator set 18 (exclusive or), which ONNX Runtime has since 1.14. Train it with `HASH_GRID_ADAM`.
 * @throws ArgumentError for settings out of range.
 */
export function hashGrid(options: HashGridOptions): ModelDefinition {
  const settings = complete(options);
  const { inputDim, outputDim, levels, featuresPerLevel, depth, outputBias } = settings;
  const layout = layOutGrid({ ...settings, dims: inputDim, features: featuresPerLevel });
  const encodedWidth = levels * featuresPerLevel;
  const sizes = [encodedWidth, ...Array<number>(depth).fill(settings.width), outputDim];
  const parameters: ParameterSpec[] = [
    {
      name: 'grid.table',
      shape: [layout.rows, featuresPerLevel],
      count: layout.rows * featuresPerLevel,
    },
    ...sizes.slice(1).map((out, i): ParameterSpec => {
      const fanIn = sizes[i] as number;
      return { name: `net.${i}.weight`, shape: [out, fanIn], count: out * fanIn };
    }),
    ...(outputBias === false ? [] : [{ name: `net.${depth}.bias`, shape: [outputDim], count: outputDim }]),
  ];

  const head = (b: GraphBuilder, encoded: Value, weights: readonly Value[]): Value => {
    let y = encoded;
    for (let i = 0; i < depth; i++) {
      y = b.relu(b.gemm(y, weights[i] as Value, undefined, { transB: true }));
    }
    return b.gemm(y, weights[depth] as Value, weights[depth + 1], { transB: true });
  };

  return {
    kind: hashGridName,
    settings: jsonOf(settings),
    inputDim,
    outputDim,
    parameters,
    parameterCount: parameters.reduce((sum, { count }) => sum + count, 0),
    macsPerSample: sizes.slice(1).reduce((sum, out, i) => sum + out * (sizes[i] as number), 0),
    opset: 18,
    smooth: false,
    ...(featuresPerLevel === 2 && {
      microBatch: samplesPerPass,
      encoding: {
        layout,
        width: encodedWidth,
        lookUp: (b, x, table) => gridLookup(b, layout, x, table),
        build: head,
      },
    }),

    initialise(random: RandomSource): Float32Array[] {
      return parameters.map(({ name, shape, count }) => {
        const [out = 1, fanIn = 1] = shape;
        if (name.endsWith('bias')) return new Float32Array(count).fill(outputBias === false ? 0 : outputBias);
        const bound = name === 'grid.table' ? tableRange : Math.sqrt(6 / (fanIn + out));
        return Float32Array.from({ length: count }, () => (2 * random.float() - 1) * bound);
      });
    },

    build(b: GraphBuilder, x: Value, values: readonly Value[]): Value {
      const [table, ...weights] = values;
      if (table === undefined || values.length !== parameters.length) {
        throw new ArgumentError(
          `hashGrid: expected ${parameters.length} parameter values, got ${values.length}`,
        );
      }
      return head(b, gridLookup(b, layout, x, table), weights);
    },
  };
}

type Complete = Required<Omit<HashGridOptions, 'finestResolution' | 'perLevelScale'>> & {
  readonly perLevelScale: number;
  /** Undefined where the scale was given. */
  readonly finestResolution: number | undefined;
};

function complete(options: HashGridOptions): Complete {
  const { finestResolution: standard, ...defaults } = HASH_GRID_DEFAULTS;
  const given = { ...defaults, ...options };
  whole('inputDim', given.inputDim, 2, 3);
  whole('outputDim', given.outputDim, 1);
  whole('levels', given.levels, 1, 64);
  whole('featuresPerLevel', given.featuresPerLevel, 1, 16);
  whole('log2TableSize', given.log2TableSize, 3, 24);
  whole('baseResolution', given.baseResolution, 2, 65_536);
  whole('width', given.width, 1);
  whole('depth', given.depth, 1, 2);
  if (given.outputBias !== false) inRange('outputBias', given.outputBias, -Infinity, 'a finite number');
  const { baseResolution: base, levels } = given;
  if (options.perLevelScale !== undefined) {
    if (options.finestResolution !== undefined) {
      throw new ArgumentError(
        'hashGrid: got finestResolution and perLevelScale, expected one of them: each follows from the other',
      );
    }
    inRange('perLevelScale', options.perLevelScale, 1, 'a number of at least 1');
    const finest = base * options.perLevelScale ** (levels - 1);
    if (finest > mostCells) {
      throw new ArgumentError(
        `hashGrid: perLevelScale ${options.perLevelScale} makes ${finest.toPrecision(3)} cells on the finest level, ` +
          `expected at most ${mostCells}`,
      );
    }
    return { ...given, perLevelScale: options.perLevelScale, finestResolution: undefined };
  }
  const finest = options.finestResolution ?? Math.max(base, standard);
  whole('finestResolution', finest, base, mostCells);
  // Eq. 3; a single level has its base resolution.
  const perLevelScale = levels === 1 ? 1 : (finest / base) ** (1 / (levels - 1));
  return { ...given, perLevelScale, finestResolution: finest };
}

/** Beyond this float32 coordinates have no bits left for the place within a cell. */
const mostCells = 2 ** 19;

function jsonOf({ perLevelScale, finestResolution, ...rest }: Complete): Record<string, JsonValue> {
  return { ...rest, ...(finestResolution === undefined ? { perLevelScale } : { finestResolution }) };
}

function whole(name: string, value: number, lowest: number, highest = Infinity): void {
  if (Number.isSafeInteger(value) && value >= lowest && value <= highest) return;
  const range = highest === Infinity ? `of at least ${lowest}` : `from ${lowest} to ${highest}`;
  throw new ArgumentError(`hashGrid: ${name} must be a whole number ${range}, got ${value}`);
}

function inRange(name: string, value: number, lowest: number, expected: string): void {
  if (Number.isFinite(value) && value >= lowest) return;
  throw new ArgumentError(`hashGrid: ${name} must be ${expected}, got ${value}`);
}
