// Chooses how to tell inside from outside for a mesh: by its edges, checked on a sample of points.
import { createRandom } from '../../core/numeric/random.js';
import { ClosestTriangle } from '../distance/closest.js';
import { DistanceKernel, pieceSize, type KernelSetup, type SignMethod } from '../distance/kernel.js';
import type { HalfEdges } from '../half-edges.js';
import { meshBounds, type TriangleMesh } from '../mesh.js';
import type { Orientation } from './orientation.js';

/** A method, and why. */
export interface SignChoice {
  readonly sign: SignMethod;
  /** A sentence for people. */
  readonly reason: string;
}

/** Points at which pseudo-normals must agree with the winding number. */
const checkedPoints = 1024;

/**
 * Chooses for a mesh.
 * @param setup as it would be for pseudo-normals
 */
export function chooseSign(
  mesh: TriangleMesh,
  edges: HalfEdges,
  orientation: Orientation,
  setup: KernelSetup,
): SignChoice {
  const { boundary, nonManifold, shellCount } = edges;
  const turned =
    orientation.turnedCount === 0
      ? ''
      : ` after turning ${orientation.turnedCount.toLocaleString('en')} triangles that faced the other way`;
  const open = [
    ...(boundary > 0 ? [`${boundary.toLocaleString('en')} edges at holes`] : []),
    ...(nonManifold > 0 ? [`${nonManifold.toLocaleString('en')} edges of more than two triangles`] : []),
  ];
  if (open.length > 0) {
    return { sign: 'winding', reason: `winding number${turned}, since the mesh has ${open.join(' and ')}` };
  }
  if (!orientation.consistent) {
    return {
      sign: 'parity',
      reason: 'parity of rays, since the mesh is closed but its triangles cannot all face the same way',
    };
  }
  const shells =
    shellCount === 1 ? '' : ` and its ${shellCount.toLocaleString('en')} shells do not contradict each other`;
  if (agrees(mesh, setup)) {
    return { sign: 'pseudonormal', reason: `pseudo-normals${turned}, since the mesh is watertight${shells}` };
  }
  return {
    sign: 'winding',
    reason: `winding number${turned}, since the mesh is watertight but its surface passes through itself or has shells in shells that face the same way`,
  };
}

/** Whether pseudo-normals and the winding number say the same of points near the surface and all over the mesh's box. */
function agrees(mesh: TriangleMesh, setup: KernelSetup): boolean {
  const random = createRandom(0);
  const { min, max } = meshBounds(mesh);
  const size = Math.max(max[0] - min[0], max[1] - min[1], max[2] - min[2]);
  const { corners } = setup.tree;
  const triangles = corners.length / 9;
  const closest = new ClosestTriangle(setup.tree);
  const byNormals = new DistanceKernel(setup);
  const byWinding = new DistanceKernel({ ...setup, sign: 'winding' });
  const order = new Uint32Array(checkedPoints).map((_, i) => i);
  const points = new Float32Array(3 * checkedPoints);
  for (let i = 0; i < checkedPoints; i++) {
    const corner = 9 * random.below(triangles);
    // Half of them near corners, at distances from a ten-thousandth of the mesh's size to a tenth.
    const away = size * 10 ** (-4 + 3 * random.float());
    for (let axis = 0; axis < 3; axis++) {
      points[3 * i + axis] =
        i % 2 === 0
          ? corners[corner + axis]! + away * (2 * random.float() - 1)
          : min[axis]! + (max[axis]! - min[axis]!) * (1.2 * random.float() - 0.1);
    }
  }
  const [mine, theirs] = [new Uint8Array(checkedPoints), new Uint8Array(checkedPoints)];
  for (let piece = 0; piece * pieceSize < checkedPoints; piece++) {
    byNormals.run({ points, order, inside: mine }, piece);
    byWinding.run({ points, order, inside: theirs }, piece);
  }
  return mine.every((value, i) => {
    if (value === theirs[i]) return true;
    // A point all but on the surface is on both its sides as far as float32 can tell.
    const [x, y, z] = [points[3 * i]!, points[3 * i + 1]!, points[3 * i + 2]!];
    const { square } = closest.locate(x, y, z, closest.find(x, y, z, -1));
    return Math.sqrt(square) < 1e-6 * size;
  });
}
