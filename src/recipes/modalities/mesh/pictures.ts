// What a finished mesh fit shows: original, fit and error side by side, and where training looked.
import { createImage } from '../../../image/index.js';
import { encodePng } from '../../../image/files/index.js';
import {
  frontCamera,
  renderMesh,
  renderPair,
  sideBySide,
  usualErrorLimit,
  type Frame,
  type Picture,
  type SdfPool,
  type TriangleMesh,
} from '../../../sdf/index.js';

/** The pictures, as PNG files. */
export interface MeshPictures {
  /** Original, fitted, error. */
  readonly preview: Uint8Array;
  /** Each of the three alone, for the report. */
  readonly original: Uint8Array;
  readonly fitted: Uint8Array;
  readonly error: Uint8Array;
  /** The distance at the end of the error's colours. */
  readonly errorLimit: number;
  readonly selection: Uint8Array;
}

/** What they are made from. */
export interface PictureContent {
  readonly original: TriangleMesh;
  /** In the original's frame. */
  readonly fitted: TriangleMesh;
  /** Signed distances from the fitted vertices to the original, `[V]`; `errorLimit` is in their unit. */
  readonly errors: Float32Array;
  readonly frame: Frame;
  readonly pool: SdfPool;
  /** How often each sample was trained on, `[N]`. */
  readonly counts: Uint32Array;
  /** Told the share that is done. */
  readonly report: (share: number) => void;
}

/** Three of them side by side fill a wide screen; they take time with the square of it. */
const size = { width: 640, height: 640 };

/** Draws and encodes them. */
export async function drawMeshPictures(content: PictureContent): Promise<MeshPictures> {
  const { original, fitted, errors, frame, pool, counts, report } = content;
  // A fit without any error has no scale: any will do.
  const errorLimit = usualErrorLimit(errors) || Number.EPSILON;
  // One camera for all, so that each picture's places are the others'.
  const drawn = { ...size, camera: frontCamera(original, size.width / size.height) };
  const pair = renderPair(original, fitted, { ...drawn, errors, errorLimit });
  report(0.6);
  const { error } = pair;
  if (error === undefined) throw new TypeError('renderPair drew no errors');
  const rates = drawRates(pool, counts, fitted.positions, frame);
  const selection = renderMesh(fitted, { ...drawn, errors: rates, errorLimit: fullColour });
  report(0.8);
  return {
    preview: await toPng(sideBySide([pair.original, pair.fitted, error])),
    original: await toPng(pair.original),
    fitted: await toPng(pair.fitted),
    error: await toPng(error),
    errorLimit,
    selection: await toPng(selection),
  };
}

/** Four times as often as the average sample, or a quarter as often: powers of two. */
const fullColour = 2;

/** Cells along the cube's side: tens of samples in each that the surface passes through, with usual pools. */
const cells = 48;

/**
 * How often the samples around each vertex were trained on, against the pool's average: 0 is as often, 1 twice as often,
 * −1 half as often. Means over a grid of cells, samples and vertices weighted linearly by where they lie between cells.
 * @param positions `[V, 3]` in the mesh's units
 * @returns `[V]`, within ±fullColour
 */
export function drawRates(
  { inputs }: Pick<SdfPool, 'inputs'>,
  counts: Uint32Array,
  positions: Float32Array,
  { center, scale }: Frame,
): Float32Array {
  const side = cells + 1;
  const draws = new Float64Array(side ** 3);
  const samples = new Float64Array(side ** 3);
  let total = 0;
  for (let i = 0; i < counts.length; i++) {
    const count = counts[i]!;
    total += count;
    atCorners(inputs[3 * i]!, inputs[3 * i + 1]!, inputs[3 * i + 2]!, (corner, weight) => {
      draws[corner]! += weight * count;
      samples[corner]! += weight;
    });
  }
  const average = total / counts.length;
  const rates = new Float32Array(positions.length / 3);
  for (let v = 0; v < rates.length; v++) {
    let [drawn, present] = [0, 0];
    const at = (axis: 0 | 1 | 2): number => (positions[3 * v + axis]! - center[axis]) * scale;
    atCorners(at(0), at(1), at(2), (corner, weight) => {
      drawn += weight * draws[corner]!;
      present += weight * samples[corner]!;
    });
    // Where there are no samples, nothing was drawn more or less often than elsewhere.
    const rate = present > 0 && average > 0 ? Math.log2(drawn / present / average) : 0;
    rates[v] = Math.min(fullColour, Math.max(-fullColour, rate));
  }
  return rates;
}

/** The corners of the cell that a point of the network's cube lies in, and its share of each. */
function atCorners(x: number, y: number, z: number, visit: (corner: number, weight: number) => void): void {
  const side = cells + 1;
  const place = (value: number): number => Math.min(cells, Math.max(0, ((value + 1) / 2) * cells));
  const [px, py, pz] = [place(x), place(y), place(z)];
  const [ix, iy, iz] = [floor(px), floor(py), floor(pz)];
  const [fx, fy, fz] = [px - ix, py - iy, pz - iz];
  for (let c = 0; c < 8; c++) {
    const [dx, dy, dz] = [c & 1, (c >> 1) & 1, c >> 2];
    const weight = (dx ? fx : 1 - fx) * (dy ? fy : 1 - fy) * (dz ? fz : 1 - fz);
    visit(ix + dx + side * (iy + dy + side * (iz + dz)), weight);
  }
}

/** The last cell reaches to the cube's face. */
const floor = (place: number): number => Math.min(cells - 1, Math.floor(place));

function toPng({ width, height, data }: Picture): Promise<Uint8Array> {
  return encodePng(createImage({ width, height, channels: 3 }, data));
}
