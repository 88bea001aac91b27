// A mesh out of a radiance field: the surface at which its density passes a level. A field knows no surfaces; what comes
// out is as good as the density is concentrated, and holds whatever the photographs did not rule out.
import { ArgumentError, EvosError } from '../../../core/errors.js';
import type { FieldSpace, RadianceTrainer } from '../../../engine/index.js';
import { extractDefaults, extractSurface, toMeshFrame, type TriangleMesh } from '../../../sdf/index.js';
import { vertexNormals } from '../../../sdf/files/export-normals.js';
import { pointsPerBatch } from '../../../sdf/extract/evaluate.js';
import type { Waiting } from '../../runs/modality.js';

/** The numbers behind a scene's mesh. */
export const sceneMeshDefaults = {
  /** Cells along the cube's side, all of whose corners are asked for: 2 million at 128, 17 at 256. */
  resolution: extractDefaults.resolution,
  /**
   * A piece this share of the cube's side thick takes half of the light at the level that counts as solid: thinner than
   * the parts of a scene, thicker than what training leaves blurred. Of the Blender sets, whose cube has the side 3, that is
   * a density of 30, within the 10 to 50 that are usual for them.
   */
  halfLight: 1 / 128,
  /** Pieces of fewer vertices than this share of all are left out: specks that float in the air. */
  speck: 0.001,
} as const;

/** Who is asked for densities: a trainer of radiance fields, or anything that answers like one. */
export type SceneQuery = Pick<RadianceTrainer, 'query'>;

/** How to extract. */
export interface SceneMeshOptions extends Waiting {
  /** Cells along the cube's side, 4–1024. Default: 256. */
  readonly resolution?: number;
  /** The density of the surface, per unit of the world's length; default ln 2 / (side / 128). */
  readonly level?: number;
  /** Pieces of fewer vertices than this share of all are left out, 0 to 1; default 0.001. 0 keeps everything. */
  readonly speck?: number;
}

/** An extracted scene. */
export interface SceneMesh {
  /** In the world's units, closed and manifold, counter-clockwise seen from where the density is lower. */
  readonly surface: TriangleMesh;
  /** `[V, 3]`: colours of the vertices in linear light, 0–1, each seen from straight before the surface. */
  readonly colours: Float32Array;
  /** The density of the surface, per unit of the world's length. */
  readonly level: number;
  /** Cells along the cube's side. */
  readonly resolution: number;
  /** Pieces that are not connected, in the mesh and left out as specks. */
  readonly pieces: number;
  readonly specks: number;
  /** Points at which the field was evaluated. */
  readonly evaluated: number;
}

/**
 * Extracts the surface at a level of density by marching cubes (`evos/sdf`) over the cube of the field's space, and asks
 * for the colours of its vertices.
 *
 * What to expect: within solid things no photograph says what the density is, so there may be cavities with walls of their
 * own, unseen from outside; where few photographs look there are floaters, of which only specks are left out; glass and
 * fur come out solid or not at all; highlights are part of the colours. Of a contracted space only the cube is extracted:
 * the background is cut off, and what the cube cuts through gets a flat lid.
 *
 * @throws ArgumentError for an option out of range; EvosError when no density in the cube passes the level, or the field
 *   gives numbers that are not finite; the signal's reason when it is aborted
 */
export async function extractSceneMesh(
  field: SceneQuery,
  space: Pick<FieldSpace, 'centre' | 'half'>,
  {
    resolution = sceneMeshDefaults.resolution,
    level,
    speck = sceneMeshDefaults.speck,
    signal,
    onProgress,
  }: SceneMeshOptions = {},
): Promise<SceneMesh> {
  const solid = level ?? Math.LN2 / (sceneMeshDefaults.halfLight * 2 * space.half);
  if (!(solid > 0 && Number.isFinite(solid))) {
    throw new ArgumentError(`got a level of ${solid}; expected a density above 0`);
  }
  if (!(speck >= 0 && speck <= 1)) throw new ArgumentError(`got a speck of ${speck}; expected 0 to 1`);
  const frame = { center: space.centre, scale: 1 / space.half };
  let densest = 0;
  const evaluate = async (points: Float32Array): Promise<Float32Array> => {
    for (let i = 0; i < points.length; i++) points[i] = points[i]! * space.half + space.centre[i % 3]!;
    const { densities } = await field.query(points);
    // What is no number stays the densest, and the extraction complains of it.
    for (const density of densities) densest = Math.max(densest, density);
    return densities.map((density) => distanceLike(density / solid));
  };
  const found = await extractSurface({
    evaluate,
    resolution,
    // A density says nothing of how far the surface is, so nothing may be passed over.
    exhaustive: true,
    ...(signal && { signal }),
    onProgress: ({ share }) => onProgress?.(0.95 * share),
  }).catch((error: unknown) => {
    if (!(error instanceof EvosError) || error.code !== 'input' || !(densest <= solid)) throw error;
    throw new EvosError(
      'input',
      `no density in the cube of side ${2 * space.half} reaches the level ${solid.toPrecision(3)}; the densest point has ` +
        `${densest.toPrecision(3)}; train the field further, or name a lower level`,
      { cause: error },
    );
  });
  const { surface, pieces, specks } = withoutSpecks(toMeshFrame(found.mesh, frame), speck);
  const colours = await vertexColours(field, surface, signal);
  onProgress?.(1);
  return { surface, colours, level: solid, resolution, pieces, specks, evaluated: found.evaluated };
}

/**
 * Negative inside, and not as steep as density, which rises a thousandfold within a cell: straight lines between its
 * logarithms find the level where lines between densities would find the cell's outer edge.
 */
function distanceLike(ratio: number): number {
  // NaN stays NaN, for the extraction to complain of.
  return ratio < 1e-3 ? Math.log(1e3) : ratio > 1e3 ? -Math.log(1e3) : -Math.log(ratio);
}

/** Colours as seen along the surface's normals, in linear light. */
async function vertexColours(
  field: SceneQuery,
  mesh: TriangleMesh,
  signal: AbortSignal | undefined,
): Promise<Float32Array> {
  const directions = vertexNormals(mesh).map((value) => -value);
  const colours = new Float32Array(mesh.positions.length);
  for (let from = 0; from < colours.length; from += 3 * pointsPerBatch) {
    signal?.throwIfAborted();
    const to = Math.min(colours.length, from + 3 * pointsPerBatch);
    const seen = await field.query(mesh.positions.slice(from, to), directions.slice(from, to));
    colours.set(seen.colours.map(toLinear), from);
  }
  return colours;
}

/** IEC 61966-2-1: fields are trained on sRGB values, mesh files hold linear ones. */
function toLinear(value: number): number {
  const clamped = Math.min(1, Math.max(0, value));
  return clamped <= 0.04045 ? clamped / 12.92 : ((clamped + 0.055) / 1.055) ** 2.4;
}

/** The mesh without its small pieces; the largest piece stays whatever its size. */
export function withoutSpecks(
  mesh: TriangleMesh,
  share: number,
): { readonly surface: TriangleMesh; readonly pieces: number; readonly specks: number } {
  const { positions, triangles } = mesh;
  const vertices = positions.length / 3;
  const root = Uint32Array.from({ length: vertices }, (_, i) => i);
  const find = (vertex: number): number => {
    let at = vertex;
    while (root[at] !== at) at = root[at] = root[root[at]!]!;
    return at;
  };
  for (let i = 0; i < triangles.length; i += 3) {
    const first = find(triangles[i]!);
    for (let k = 1; k < 3; k++) root[find(triangles[i + k]!)] = first;
  }
  const sizes = new Uint32Array(vertices);
  for (let i = 0; i < vertices; i++) sizes[find(i)]!++;
  const all = sizes.reduce((count, size) => count + (size > 0 ? 1 : 0), 0);
  const least = Math.min(
    share * vertices,
    sizes.reduce((most, size) => Math.max(most, size), 0),
  );
  const pieces = sizes.reduce((count, size) => count + (size > 0 && size >= least ? 1 : 0), 0);
  if (pieces === all) return { surface: mesh, pieces, specks: 0 };

  const numbers = new Uint32Array(vertices);
  let kept = 0;
  const places = new Float32Array(positions.length);
  for (let i = 0; i < vertices; i++) {
    if (sizes[find(i)]! < least) continue;
    places.set(positions.subarray(3 * i, 3 * i + 3), 3 * kept);
    numbers[i] = kept++;
  }
  const left = triangles.filter((vertex) => sizes[find(vertex)]! >= least).map((vertex) => numbers[vertex]!);
  return {
    surface: { ...mesh, positions: places.slice(0, 3 * kept), triangles: left },
    pieces,
    specks: all - pieces,
  };
}
