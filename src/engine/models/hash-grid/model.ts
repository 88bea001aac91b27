// Multiresolution hash grid with a small network behind it (Müller et al., Instant Neural Graphics Primitives with a
// Multiresolution Hash Encoding, SIGGRAPH 2022). A point is looked up in grids from coarse to fine, each with trained
// numbers at its corners; what it finds there goes through one or two layers with ReLU. Few multiplications and much
// memory: far more detail for the time than a network alone.
import { ArgumentError } from '../../../core/errors.js';
import type { JsonValue } from '../../../core/index.js';
import { checkSetting, resolveSettings } from '../../../core/resolve-settings.js';
import { defineSettings, integer, number } from '../../../core/settings.js';
import type { GraphBuilder, Value } from '../../graph/index.js';
import type { ModelDefinition, ParameterSpec } from '../definition.js';
import { biasOf, chain, countAll, glorot, macsOf, uniform, weightOf } from '../dense.js';
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

/** Its settings by name. Undefined ones follow from the samples where these are a grid, and are as above elsewhere. */
export const hashGridSettings = defineSettings('hash-grid', {
  /** Grids, coarse to fine; for pictures by default as their size and `quality` ask for. */
  levels: integer({ min: 1, max: 64, default: undefined }),
  /** Base-2 logarithm of the most rows a level has; for pictures by default as many as the finest level has corners. */
  log2TableSize: integer({ min: 3, max: 24, default: undefined }),
  /** Cells along an axis on the coarsest level. */
  baseResolution: integer({ min: 2, max: 65_536, default: HASH_GRID_DEFAULTS.baseResolution }),
  /** Cells along an axis on the finest level, at least as many as on the coarsest; for pictures by default as `quality` allows. */
  finestResolution: integer({ min: 2, max: 2 ** 19, default: undefined }),
  /** Width of the layers. */
  width: integer({ min: 1, default: HASH_GRID_DEFAULTS.width }),
  /** Layers with ReLU behind the grid; of a scene, those of the colour. */
  depth: integer({ min: 1, default: HASH_GRID_DEFAULTS.depth }),
});

/** Those that follow from the samples, with defaults. */
export const sizesOf = (
  usual: Pick<Required<HashGridOptions>, 'levels' | 'log2TableSize' | 'finestResolution'>,
) => ({
  levels: { ...hashGridSettings.levels, default: usual.levels },
  log2TableSize: { ...hashGridSettings.log2TableSize, default: usual.log2TableSize },
  finestResolution: { ...hashGridSettings.finestResolution, default: usual.finestResolution },
});

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
 * @example
 * const trainer = createTrainer({ model: hashGrid({ inputDim: 2, outputDim: 3 }), adam: HASH_GRID_ADAM });
 */
export function hashGrid(options: HashGridOptions): ModelDefinition {
  const settings = complete(options);
  const { inputDim, outputDim, levels, featuresPerLevel, width, depth, outputBias } = settings;
  const layout = layOutGrid({ ...settings, dims: inputDim, features: featuresPerLevel });
  const encodedWidth = levels * featuresPerLevel;
  const layers = chain('net', [encodedWidth, ...Array<number>(depth).fill(width), outputDim]);
  const parameters: ParameterSpec[] = [
    {
      name: 'grid.table',
      shape: [layout.rows, featuresPerLevel],
      count: layout.rows * featuresPerLevel,
    },
    ...layers.map(weightOf),
    ...(outputBias === false ? [] : [biasOf({ name: `net.${depth}`, fanIn: width, fanOut: outputDim })]),
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
    parameterCount: countAll(parameters),
    macsPerSample: macsOf(layers),
    opset: 18,
    smooth: false,
    ...(featuresPerLevel === 2 && {
      microBatch: samplesPerPass,
      encoding: {
        layout,
        width: encodedWidth,
        lookUp: (b, x, table) => gridLookup(b, layout, x, table),
        build: head,
        dense: layers.map(({ fanIn, fanOut }, i) => ({
          ...{ fanIn, fanOut, activation: { name: i < depth ? 'relu' : 'identity' } },
          ...(i < depth || outputBias === false ? { bias: false } : {}),
        })),
      },
    }),

    initialise: (random) =>
      parameters.map((spec) => {
        const { name, count } = spec;
        if (name.endsWith('bias')) return new Float32Array(count).fill(outputBias === false ? 0 : outputBias);
        return name === 'grid.table' ? uniform(random, count, tableRange) : glorot(random, spec);
      }),

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

/** Beyond this float32 coordinates have no bits left for the place within a cell. */
const mostCells = 2 ** 19;

/** What a grid has beside its settings by name, or within other bounds than a scene's field. */
const further = {
  ...{ inputDim: integer({ min: 2, max: 3, default: 2 }), outputDim: integer({ min: 1, default: 1 }) },
  featuresPerLevel: integer({ min: 1, max: 16, default: HASH_GRID_DEFAULTS.featuresPerLevel }),
  perLevelScale: number({ min: 1, default: undefined }),
  depth: integer({ min: 1, max: 2, default: HASH_GRID_DEFAULTS.depth }),
};

function complete({ outputBias = HASH_GRID_DEFAULTS.outputBias, ...options }: HashGridOptions) {
  const { levels, baseResolution: base } = { ...HASH_GRID_DEFAULTS, ...options };
  // Without a number of its own the finest level is never coarser than the coarsest.
  const standard = Math.max(base, HASH_GRID_DEFAULTS.finestResolution);
  const finestResolution = integer({ min: base, max: mostCells, default: standard });
  const shape = { ...hashGridSettings, ...sizesOf(HASH_GRID_DEFAULTS), ...further, finestResolution };
  const {
    perLevelScale: scale,
    finestResolution: finest,
    ...given
  } = resolveSettings('hashGrid', shape, options);
  if (outputBias !== false) checkSetting('outputBias', number({ default: 0 }), outputBias);
  if (scale === undefined) {
    // Eq. 3; a single level has its base resolution.
    const perLevelScale = levels === 1 ? 1 : (finest / base) ** (1 / (levels - 1));
    return { ...given, outputBias, perLevelScale, finestResolution: finest };
  }
  if (options.finestResolution !== undefined) {
    throw new ArgumentError(
      'hashGrid: got finestResolution and perLevelScale, expected one of them: each follows from the other',
    );
  }
  const cells = base * scale ** (levels - 1);
  if (cells > mostCells) {
    throw new ArgumentError(
      `hashGrid: perLevelScale ${scale} makes ${cells.toPrecision(3)} cells on the finest level, ` +
        `expected at most ${mostCells}`,
    );
  }
  return { ...given, outputBias, perLevelScale: scale, finestResolution: undefined };
}

/** What a grid is told apart by: how fine it is was said in one way or the other. */
function jsonOf({
  perLevelScale,
  finestResolution,
  ...rest
}: ReturnType<typeof complete>): Record<string, JsonValue> {
  return { ...rest, ...(finestResolution === undefined ? { perLevelScale } : { finestResolution }) };
}
