// What the example's page makes of mesh files: three's loaders run as well without a browser.
import { describe, expect, it } from 'vitest';
import { exampleMesh, readMesh } from '../../examples/web/mesh-file.js';
import { encodeMesh, meshFormats } from '../../src/sdf/files/index.js';
import { inspectMesh, meshBounds, type TriangleMesh } from '../../src/sdf/index.js';

const fileOf = (name: string, content: Uint8Array | string): File =>
  new File([Uint8Array.from(Buffer.from(content))], name);

/** A tetrahedron beside the origin. */
const mesh: TriangleMesh = {
  positions: Float32Array.of(10, 0, 0, 14, 0, 0, 10, 2, 0, 10, 0, 2),
  triangles: Uint32Array.of(0, 2, 1, 0, 1, 3, 0, 3, 2, 1, 2, 3),
};

/** Of a GLB: another text in place of its JSON chunk's. */
function withJson(
  glb: Uint8Array,
  change: (json: { nodes: object[]; extensionsUsed?: string[] }) => void,
): Uint8Array {
  const view = Buffer.from(glb);
  const length = view.readUInt32LE(12);
  const json = JSON.parse(view.toString('utf8', 20, 20 + length)) as { nodes: object[] };
  change(json);
  const text = Buffer.from(JSON.stringify(json));
  const padded = Buffer.concat([text, Buffer.alloc((4 - (text.length % 4)) % 4, ' ')]);
  const header = Buffer.from(view.subarray(0, 20));
  header.writeUInt32LE(padded.length, 12);
  header.writeUInt32LE(view.length - length + padded.length, 8);
  return Buffer.concat([header, padded, view.subarray(20 + length)]);
}

/** The signed volume: positive where triangles face outside. */
function volume({ positions, triangles }: TriangleMesh): number {
  let sum = 0;
  for (let i = 0; i < triangles.length; i += 3) {
    const [a, b, c] = [0, 1, 2].map((k) =>
      positions.subarray(3 * triangles[i + k]!, 3 * triangles[i + k]! + 3),
    );
    const [x, y, z] = [0, 1, 2].map(
      (k) => b![(k + 1) % 3]! * c![(k + 2) % 3]! - b![(k + 2) % 3]! * c![(k + 1) % 3]!,
    );
    sum += (a![0]! * x! + a![1]! * y! + a![2]! * z!) / 6;
  }
  return sum;
}

describe('meshes dropped on the example page', () => {
  it.each(meshFormats)('are read from %s, corners joined, around their middle', async (format) => {
    const found = await readMesh(fileOf(`a.b.${format.toUpperCase()}`, await encodeMesh(mesh, format)));
    expect(found.origin).toEqual([12, 1, 1]);
    expect(meshBounds(found)).toEqual({ min: [-2, -1, -1], max: [2, 1, 1] });
    expect(inspectMesh(found)).toMatchObject({ vertices: 4, triangles: 4, watertight: true });
    expect(volume(found)).toBeCloseTo(8 / 3, 5);
  });

  it('face outside still where a node mirrors them', async () => {
    const mirrored = withJson(await encodeMesh(mesh, 'glb'), ({ nodes }) =>
      Object.assign(nodes[0]!, { scale: [-1, 1, 1] }),
    );
    const found = await readMesh(fileOf('a.glb', mirrored));
    expect(found.origin).toEqual([-12, 1, 1]);
    expect(volume(found)).toBeCloseTo(8 / 3, 5);
  });

  it('are refused by name where they cannot be read', async () => {
    const draco = withJson(await encodeMesh(mesh, 'glb'), (json) => {
      json.extensionsUsed = ['KHR_draco_mesh_compression'];
    });
    const ply = (faces: string): string =>
      `ply\nformat ascii 1.0\nelement vertex 5\nproperty float x\nproperty float y\nproperty float z\n${faces}`;
    const corners = '0 0 0\n1 0 0\n1 1 0\n0 1 0\n0 0 1\n';
    const list = 'property list uchar int vertex_indices\nend_header\n';
    const refused: [string, Uint8Array | string, RegExp][] = [
      ['a.glb', draco, /^a\.glb is compressed by Draco, which this page does not support/],
      ['a.gltf', '{"asset":{"version":"2.0"}}', /^a\.gltf is no binary glTF/],
      ['a.glb', 'glTF', /^a\.glb cannot be read as GLB/],
      ['a.obj', 'v 0 0 0\n', /^a\.obj has no triangles/],
      ['a.ply', 'no ply', /^a\.ply/],
      ['a.ply', ply('end_header\n') + corners, /^a\.ply has no faces/],
      [
        'a.ply',
        `${ply(`element face 1\n${list}`)}${corners}5 0 1 2 3 4\n`,
        /^a\.ply .*more than four corners .*not supported/,
      ],
      ['a.obj', 'v nan 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 3\n', /^a\.obj has corners that are not numbers/],
    ];
    for (const [name, content, message] of refused) {
      await expect(readMesh(fileOf(name, content)), `${name} ${message}`).rejects.toThrow(message);
    }
  });

  it('have an example that has an inside', () => {
    const { triangles, ...found } = exampleMesh();
    expect(inspectMesh({ triangles, ...found })).toMatchObject({ watertight: true, components: 1 });
    expect(triangles.length / 3).toBe(9600);
  });
});
