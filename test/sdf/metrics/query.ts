// Questions about a mesh answered plainly, for tests: three-mesh-bvh for what is nearest, a given field for the inside.
import { BufferAttribute, BufferGeometry, Vector3 } from 'three';
import { MeshBVH } from 'three-mesh-bvh';
import type { TriangleMesh } from '../../../src/sdf/mesh.js';
import type { MeshQuery } from '../../../src/sdf/metrics/metrics.js';
import type { PointField } from '../extract/fields.js';

export function queryOf(mesh: TriangleMesh, field: PointField): MeshQuery {
  const geometry = new BufferGeometry();
  geometry.setAttribute('position', new BufferAttribute(mesh.positions, 3));
  geometry.setIndex(new BufferAttribute(mesh.triangles, 1));
  const bvh = new MeshBVH(geometry, { indirect: true });
  return {
    inside: (points) =>
      Promise.resolve(
        Uint8Array.from({ length: points.length / 3 }, (_, i) =>
          field(points[3 * i]!, points[3 * i + 1]!, points[3 * i + 2]!) < 0 ? 1 : 0,
        ),
      ),
    closest: (points) => {
      const distance = new Float32Array(points.length / 3);
      const triangle = new Uint32Array(points.length / 3);
      const hit = { point: new Vector3(), distance: 0, faceIndex: 0 };
      for (let i = 0; i < distance.length; i++) {
        bvh.closestPointToPoint(new Vector3().fromArray(points, 3 * i), hit);
        distance[i] = hit.distance;
        triangle[i] = hit.faceIndex;
      }
      return Promise.resolve({ distance, triangle });
    },
  };
}
