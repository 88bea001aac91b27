// Made-up mesh fits for the reports' tests: figures of plausible shape from a seed, nothing measured. The pictures are
// drawn of a ring and of a dented one, which stands for a fit that is not done.
import sharp from 'sharp';
import type {
  CompareMeshReport,
  CompareMeshRow,
  MeshHistoryEntry,
  MeshMetrics,
} from '../../../../src/recipes/modalities/mesh/metrics.js';
import { meshSettings } from '../../../../src/recipes/modalities/mesh/settings.js';
import type { MeshComparisonContent } from '../../../../src/recipes/modalities/mesh/report/comparison.js';
import type { MeshReportContent } from '../../../../src/recipes/modalities/mesh/report/run.js';
import { renderPair, sideBySide, type Picture, type TriangleMesh } from '../../../../src/sdf/index.js';
import { metrics as imageMetrics } from '../image/report-data.js';

/** A ring around the z axis whose tube is `dent` thinner in places, and how far each vertex is off the round one. */
function ring(dent: number): { mesh: TriangleMesh; errors: Float32Array } {
  const [around, tube] = [48, 20];
  const positions: number[] = [];
  const triangles: number[] = [];
  const errors: number[] = [];
  for (let i = 0; i < around; i++) {
    for (let j = 0; j < tube; j++) {
      const [a, b] = [(2 * Math.PI * i) / around, (2 * Math.PI * j) / tube];
      const error = dent * Math.sin(5 * a) * Math.cos(b);
      const radius = 1 + (0.4 + error) * Math.cos(b);
      positions.push(radius * Math.cos(a), radius * Math.sin(a), (0.4 + error) * Math.sin(b));
      errors.push(error);
      const at = (k: number, l: number): number => (k % around) * tube + (l % tube);
      triangles.push(at(i, j), at(i + 1, j), at(i + 1, j + 1), at(i, j), at(i + 1, j + 1), at(i, j + 1));
    }
  }
  return {
    mesh: { positions: Float32Array.from(positions), triangles: Uint32Array.from(triangles) },
    errors: Float32Array.from(errors),
  };
}

const png = ({ data, width, height }: Picture): Promise<Buffer> =>
  sharp(data, { raw: { width, height, channels: 3 } })
    .png()
    .toBuffer();

/** What the report of a mesh fit shows, `size` pixels a side; and all three beside one another, as a run leaves them. */
export async function meshPictures(
  size = 48,
  dent = 0.08,
): Promise<MeshReportContent['images'] & { readonly three: Uint8Array }> {
  const { mesh, errors } = ring(dent);
  const pair = renderPair(ring(0).mesh, mesh, { width: size, height: size, errors, errorLimit: dent });
  const error = pair.error ?? pair.fitted;
  return {
    original: await png(pair.original),
    fitted: await png(pair.fitted),
    error: await png(error),
    errorLimit: dent / 2.8,
    selection: await png(error),
    selectionLimit: 0.5,
    three: await png(sideBySide([pair.original, pair.fitted, error])),
  };
}

/** Points in the made-up pools: named, so that nothing here follows a default. */
const samples = 262_144;

/** Twenty measurements of a run that approaches an IoU, a step taking `pace` seconds. */
export function meshHistory(end: number, pace: number, ratio: number): MeshHistoryEntry[] {
  return Array.from({ length: 20 }, (_, i): MeshHistoryEntry => {
    const step = (i + 1) * 150;
    const iou = end - 0.2 * Math.exp(-step / 500);
    return { step, seconds: step * pace, iou, iouNear: 1 - 6 * (1 - iou), loss: (1 - iou) / 20, ratio };
  });
}

/** The metrics of a made-up mesh fit, with whatever a test wants otherwise. */
export function meshMetrics(changes: Partial<MeshMetrics> = {}): MeshMetrics {
  const { version, seed, device, workers, microBatch, machine } = imageMetrics();
  const history = meshHistory(0.9971, 0.0136, 0.1);
  return {
    kind: 'mesh',
    version,
    input: {
      file: '/meshes/Stanford bunny.obj',
      vertices: 35_947,
      triangles: 69_451,
      watertight: false,
      warnings: [
        '223 edges at the rims of holes; the inside is guessed there',
        '12 triangles without area; they add nothing to the surface',
      ],
      frame: { center: [-0.0168404, 0.110154, -0.00153695], scale: 11.557 },
      sign: 'winding',
      signReason: 'winding number, since the mesh has 223 open edges',
    },
    strategy: 'evos-online',
    steps: 3000,
    seed,
    device,
    workers,
    microBatch,
    machine,
    model: { kind: 'hash-grid', parameters: 412_737, macsPerSample: 6_208, settings: {} },
    settings: meshSettings.fit({ split: 'int', steps: 3000, samples }),
    seconds: { train: 40.1, select: 0.72, evaluate: 3.1, total: 58.3 },
    samples: 0.1 * 3000 * samples,
    evaluations: 0,
    vertices: 181_204,
    triangles: 362_404,
    iou: 0.99713,
    iouNear: 0.98264,
    chamferL1: 0.000423,
    chamferL2: 4.2e-7,
    normalConsistency: 0.98512,
    history,
    ...changes,
  };
}

/** A made-up comparison of meshes. The uniform strategy never gets to the baseline's quality. */
export function meshComparison(changes: Partial<CompareMeshReport> = {}): CompareMeshReport {
  const { input, version, seed, device, workers, machine } = meshMetrics();
  const row = (strategy: string, end: number, pace: number, seconds: number | null): CompareMeshRow => {
    const history = meshHistory(end, pace, strategy === 'full' ? 1 : 0.1);
    return {
      strategy,
      folder: strategy,
      seconds: { train: 3000 * pace, select: 0.5, evaluate: 3, total: 3000 * pace + 8 },
      timeRatio: pace / 0.04,
      iou: end,
      iouNear: 1 - 6 * (1 - end),
      chamferL1: (1 - end) / 7,
      chamferL2: ((1 - end) / 7) ** 2,
      normalConsistency: 1 - 5 * (1 - end),
      secondsToBaseline: seconds,
      speedUp: seconds === null ? null : 120.5 / seconds,
      samples: 3000 * samples * (strategy === 'full' ? 1 : 0.1),
      history,
    };
  };
  return {
    kind: 'mesh-comparison',
    version,
    input,
    baseline: 'full',
    seed,
    device,
    workers,
    machine,
    settings: meshSettings.compare({ samples }),
    rows: [
      row('full', 0.9962, 0.04, 118.2),
      row('uniform', 0.9948, 0.013, null),
      row('evos-online', 0.9971, 0.0136, 24.1),
    ],
    ...changes,
  };
}

/** Pictures for every row of a made-up comparison. */
export async function meshComparisonPictures(
  report: CompareMeshReport,
  size = 48,
): Promise<MeshComparisonContent['images']> {
  const runs = report.rows.map(async ({ strategy }, i) => {
    const { three: preview, selection } = await meshPictures(size, 0.1 - 0.03 * i);
    return [strategy, { preview, selection }] as const;
  });
  return { runs: Object.fromEntries(await Promise.all(runs)) };
}
