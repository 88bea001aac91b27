// From a field to a mesh: marching cubes over the network's cube, evaluated near the surface only.
//
// Why marching cubes: its vertices lie on the surface itself and can be brought nearer to it one by one, and with the
// triangulation of table.ts the mesh is closed and manifold. Surface nets, tried on a torus and a box at 64, are as
// far from the one as the middles of these triangles and a sixth farther from the other, and are not always manifold; dual
// contouring keeps sharp edges but needs the field's gradient and may cross itself; tetrahedra need twice the triangles.
import { checkInteger, checkNumber } from '../../core/check.js';
import { ArgumentError, EvosError } from '../../core/errors.js';
import { present } from '../../core/present.js';
import { Field, type FieldEvaluator } from './evaluate.js';
import { polygonise } from './polygons.js';
import { scanSurface } from './scan.js';
import { searchSurface } from './search.js';
import type { Frame, TriangleMesh } from '../mesh.js';
import { toMeshUnits } from '../metrics/volume.js';

/** The defaults of extraction. */
export const extractDefaults = {
  /** Cells along the cube's side: a mesh that fills nine tenths of it has details of half a per cent of its size. */
  resolution: 256,
  /** The surface is where the field has this value. */
  level: 0,
  /**
   * Each vertex is evaluated once and moved. On a torus at 256 that brings vertices 90 times nearer to the surface, the
   * mesh as a whole (its triangles stay flat) a sixth nearer, for a tenth more evaluations. A second one buys nothing.
   */
  refine: 1,
  /** Half more than a true distance's slope, since networks overshoot it near details; 2 costs a fifth more. */
  slope: 1.5,
} as const;

/** Most cells along the cube's side: points are numbered in 32 bits, edges among them. */
export const largestResolution = 1024;

/** How to extract. */
export interface ExtractOptions {
  /** The field, negative inside; asked in batches of up to 65,536 points. */
  readonly evaluate: FieldEvaluator;
  /** Cells along the cube's side, 4–1024; default 256. Vertices lie 2 / resolution network units apart. */
  readonly resolution?: number;
  /** The surface's value in network units; default 0. A positive one thickens the shape. */
  readonly level?: number;
  /** Evaluations at each vertex to bring it nearer to the surface, 0–8; default 1. 0 is plain linear interpolation. */
  readonly refine?: number;
  /** How fast the field changes at most, per network unit; default 1.5. Parts may be missed where it is steeper. */
  readonly slope?: number;
  /** Whether to evaluate every point of the grid, which misses nothing; default false. */
  readonly exhaustive?: boolean;
  /** Ends the extraction before its next batch. */
  readonly signal?: AbortSignal;
  /** Told the share that is done (0–1, an estimate that never falls) and the points evaluated so far. */
  readonly onProgress?: (progress: { readonly share: number; readonly evaluated: number }) => void;
}

/** An extracted surface. */
export interface ExtractedSurface {
  /** In network units, closed and manifold, counter-clockwise seen from where the field is positive. */
  readonly mesh: TriangleMesh;
  /** Points at which the field was evaluated. */
  readonly evaluated: number;
}

/**
 * The surface of a field within the cube [−1, 1]³.
 *
 * Everything on the cube's faces counts as outside: where the inside reaches them the mesh has a flat lid there, so that
 * it is always closed. Memory grows with the surface: around one of 6 square units, which fills the cube, the whole
 * process takes some 0.4 GB at 512 and 1 GB at 1,024.
 *
 * Source: W. Lorensen and H. Cline, "Marching cubes", SIGGRAPH 1987, with a table of our own.
 *
 * @throws ArgumentError for an option out of range, or when the evaluator does not return one value per point; EvosError
 *   when the field has no surface in the cube, or a value is not finite; the signal's reason when it is aborted
 * @example
 * // A ball of radius 0.5, in place of a network.
 * const evaluate = (points: Float32Array): Promise<Float32Array> =>
 *   Promise.resolve(
 *     Float32Array.from({ length: points.length / 3 }, (_, i) => Math.hypot(...points.subarray(3 * i, 3 * i + 3)) - 0.5),
 *   );
 * const { mesh } = await extractSurface({ evaluate, resolution: 64 });
 */
export async function extractSurface(options: ExtractOptions): Promise<ExtractedSurface> {
  const { resolution, level, refine, slope } = checked(options);
  const field = new Field(options.evaluate, level, options.signal);
  let shown = 0;
  const report = (from: number, to: number) => (share: number) => {
    shown = Math.max(shown, from + (to - from) * share);
    options.onProgress?.({ share: shown, evaluated: field.evaluated });
  };
  // Refining asks once per vertex, of which there are about half as many as points near the surface.
  const searched = 1 / (1 + 0.5 * refine);
  const found = options.exhaustive
    ? await scanSurface(field, resolution, report(0, 0.95))
    : await searchSurface(field, resolution, slope, report(0, searched));
  // The lid on the cube's faces is no surface of the field's.
  if (found.cells.length === 0 || !field.seen.inside || !field.seen.outside) {
    throw new EvosError(
      'input',
      `the field has no surface within the cube [−1, 1]³: none of the ${field.evaluated} values asked for is ` +
        `${field.seen.inside ? 'above' : 'below'} ${level}; expected negative values inside and positive ones outside; ` +
        'train the model further, check its sign, or, for thin shapes, raise the resolution or set exhaustive',
    );
  }
  const mesh = await polygonise(found, field, refine, report(options.exhaustive ? 0.95 : searched, 1));
  report(0, 1)(1);
  return { mesh, evaluated: field.evaluated };
}

function checked(options: ExtractOptions) {
  if (typeof options.evaluate !== 'function') {
    throw new ArgumentError(
      'evaluate must be a function from points to values; pass one that runs the model, or an analytic field',
    );
  }
  // An undefined setting must not hide its default.
  const { resolution, level, refine, slope } = { ...extractDefaults, ...present(options) };
  return {
    resolution: checkInteger('resolution', resolution, 4, largestResolution, 'cells along the cube’s side'),
    level: checkNumber('level', level, { low: -2, high: 2 }, 'the value of the field at the surface'),
    refine: checkInteger('refine', refine, 0, 8, 'evaluations per vertex'),
    slope: checkNumber('slope', slope, { low: 0, high: 1e6, open: true }, 'change of the field per unit'),
  };
}

/**
 * A mesh of the network's cube in the frame and units of the mesh the network was fitted to.
 * @param frame around `origin`, as that mesh's positions are; see `nearFrame` for one that is not
 * @param origin that mesh's, where it has one
 * @returns positions of its own; the triangles are shared
 * @throws never
 * @example
 * const shown = toMeshFrame(mesh, { center: [0, 0, 0], scale: 0.5 });
 */
export function toMeshFrame(
  { positions, triangles }: TriangleMesh,
  frame: Frame,
  origin?: TriangleMesh['origin'],
): TriangleMesh {
  return { positions: toMeshUnits(positions, frame), triangles, ...present({ origin }) };
}
