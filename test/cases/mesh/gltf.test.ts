// glTF as people's tools write it: compressed, with and without plain data beside; members of the wrong type; counts that
// nothing stands for. An error is an InputError that names the member, and nothing goes on behind it.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { execFileSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  dracoGltf,
  meshoptGltf,
  plainGltf,
  posedGltf,
  toGlb,
  toGltf,
  type GltfFixture,
} from '../../../fixtures/mesh/gltf-documents.js';
import { sphere } from '../../../fixtures/mesh/surfaces.js';
import { InputError } from '../../../src/core/index.js';
import { loadMesh } from '../../../src/sdf/files/load.js';
import { load, written } from '../../sdf/files/written-meshes.js';
import { processorMilliseconds } from '../../support/processor-time.js';
import { volume } from './shapes.js';

const ball = sphere(1, 6, 9);
const fixtureOf = (json: Record<string, unknown>): GltfFixture => ({ ...plainGltf(ball), json });

/** What escaped: promises that nobody waited for, and what was printed. */
const escaped: unknown[] = [];
const catchIt = (reason: unknown): void => void escaped.push(reason);
beforeEach(() => {
  escaped.length = 0;
  process.on('unhandledRejection', catchIt);
  for (const how of ['log', 'warn', 'error'] as const) vi.spyOn(console, how).mockImplementation(catchIt);
});
afterEach(async () => {
  // A rejection is unhandled when the turn ends.
  await new Promise((resolve) => setTimeout(resolve, 20));
  process.off('unhandledRejection', catchIt);
  vi.restoreAllMocks();
  expect(escaped).toEqual([]);
});

describe('compressed glTF', () => {
  it.each<[string, () => Promise<GltfFixture>]>([
    ['EXT_meshopt_compression, required', () => meshoptGltf(ball, 'required')],
    ['KHR_meshopt_compression, required', () => meshoptGltf(ball, 'required', 'KHR_meshopt_compression')],
    ['EXT_meshopt_compression beside plain data', () => meshoptGltf(ball, 'optional')],
    ['Draco, required', () => dracoGltf(ball, 'required')],
    ['Draco one after the other, required', () => dracoGltf(ball, 'required', 'sequential')],
    ['Draco beside plain data', () => dracoGltf(ball, 'optional')],
  ])('by %s is the mesh', async (_, make) => {
    const fixture = await make();
    for (const [name, bytes] of [
      ['a.glb', toGlb(fixture)],
      ['a.gltf', toGltf(fixture)],
    ] as const) {
      const { mesh, report } = await load(name, bytes);
      expect(report).toMatchObject({ triangles: ball.triangles.length / 3, watertight: true });
      expect(volume(mesh)).toBeCloseTo(volume(ball), 5);
    }
  });

  it.each<[string, () => Promise<GltfFixture>, RegExp]>([
    ['meshopt', () => meshoptGltf(ball, 'required'), /bufferViews\[\d\]: its meshopt data are damaged/],
    ['Draco', () => dracoGltf(ball, 'required'), /meshes\[0\]\.primitives\[0\]: its Draco data are damaged/],
  ])('that is optional is left alone, whatever is wrong with it: %s', async (name, make, damaged) => {
    const ruin = ({ json, buffers }: GltfFixture): GltfFixture => ({
      json,
      buffers: [buffers[0]!.map((byte, i) => (i < 60 ? byte ^ 0x55 : byte)), ...buffers.slice(1)],
    });
    const required = ruin(await make());
    await expect(load('bad.glb', toGlb(required))).rejects.toThrow(damaged);
    const optional = ruin(
      await (name === 'meshopt' ? meshoptGltf(ball, 'optional') : dracoGltf(ball, 'optional')),
    );
    expect((await load('good.glb', toGlb(optional))).report.watertight).toBe(true);
    const wrong = JSON.stringify(toJson(optional)).replaceAll(
      '"bufferView":0,"attributes"',
      '"bufferView":"x","attributes"',
    );
    expect((await load('good.gltf', wrong)).report.watertight).toBe(true);
  });

  it.each(['meshopt', 'Draco'])(
    'is undone where nothing stands beside it, required or not: %s',
    async (name) => {
      const { json, buffers } = await (name === 'meshopt' ? meshoptGltf : dracoGltf)(ball, 'required');
      const { extensionsRequired, ...rest } = json;
      expect(extensionsRequired).toHaveLength(1);
      const { mesh } = await load('alone.glb', toGlb({ json: rest, buffers }));
      expect(volume(mesh)).toBeCloseTo(volume(ball), 5);
    },
  );

  it('reads plain data from a file of their own', async () => {
    const { json, buffers } = await meshoptGltf(ball, 'optional');
    const [packed, plain] = json['buffers'] as object[];
    await written('packed.bin', buffers[0]!);
    await written('packed.fallback.bin', buffers[1]!);
    const named = [
      { ...packed, uri: 'packed.bin' },
      { ...plain, uri: 'packed.fallback.bin' },
    ];
    const { mesh } = await load('packed.gltf', JSON.stringify({ ...json, buffers: named }));
    expect(volume(mesh)).toBeCloseTo(volume(ball), 5);
  });

  it('by something else is called not supported', async () => {
    const json = { ...plainGltf(ball).json, extensionsRequired: ['EXT_other_compression'] };
    await expect(load('other.glb', toGlb(fixtureOf(json)))).rejects.toThrow(
      /needs the extension EXT_other_compression, which is not supported/,
    );
  });

  it('does not ask for more memory than its bytes can stand for', async () => {
    const { json, buffers } = await meshoptGltf(ball, 'required');
    const views = JSON.stringify(json).replace(
      /"count":\d+,"mode":"ATTRIBUTES"/,
      '"count":400000000,"mode":"ATTRIBUTES"',
    );
    const fixture = { json: JSON.parse(views) as Record<string, unknown>, buffers };
    await expect(load('bomb.glb', toGlb(fixture))).rejects.toThrow(
      /got 400000000 elements of 12 bytes in \d+ compressed ones/,
    );
  });
});

const toJson = (fixture: GltfFixture): unknown => JSON.parse(Buffer.from(toGltf(fixture)).toString());

/** The sound document, a part of it replaced. */
function changed(pathOf: string, value: unknown): string {
  const json = toJson(plainGltf(ball)) as Record<string, unknown>;
  const steps = pathOf.split('.');
  let at: Record<string, unknown> = json;
  for (const step of steps.slice(0, -1)) at = at[step] as Record<string, unknown>;
  at[steps.at(-1)!] = value;
  return JSON.stringify(json);
}

describe('a glTF document with a member of the wrong type', () => {
  it('is read where that is a version as a number', async () => {
    const { mesh } = await load('a.gltf', changed('asset.version', 2));
    expect(volume(mesh)).toBeCloseTo(volume(ball), 5);
  });

  it.each<[string, unknown, RegExp]>([
    ['asset', null, /: asset: expected object, received null/],
    ['asset.version', {}, /: asset\.version: /],
    ['buffers.0', null, /: buffers\[0\]: expected object, received null/],
    ['buffers', { a: { byteLength: 36 } }, /: buffers: expected array, received object/],
    ['buffers.0.uri', 5, /: buffers\[0\]\.uri: expected string, received number/],
    ['buffers.0.byteLength', -4, /: buffers\[0\]\.byteLength: /],
    ['bufferViews', null, /: bufferViews: expected array, received null/],
    ['bufferViews.0.byteOffset', 0.5, /: bufferViews\[0\]\.byteOffset: /],
    ['extensionsRequired', 'KHR_x', /: extensionsRequired: expected array, received string/],
    ['meshes', { a: {} }, /: meshes: expected array, received object/],
    ['meshes.0.primitives', { attributes: {} }, /: meshes\[0\]\.primitives: expected array, received object/],
    [
      'meshes.0.primitives.0.attributes',
      { POSITION: '0' },
      /: meshes\[0\]\.primitives\[0\]\.attributes\.POSITION: /,
    ],
    ['meshes.0.primitives.0.mode', 9, /: meshes\[0\]\.primitives\[0\]\.mode: got 9/],
    ['nodes', { a: {} }, /: nodes: expected array, received object/],
    ['nodes', [null], /: nodes\[0\]: expected object, received null/],
    ['nodes.0.mesh', 7, /: nodes\[0\]\.mesh: got mesh 7 of 1/],
    ['nodes.0.skin', 0, /: nodes\[0\]\.skin: got skin 0 of 0/],
    ['nodes.0.children', [0], /: nodes: some are their own ancestors/],
    ['nodes.0.matrix', [1, 2, 3], /: nodes\[0\]\.matrix: /],
    ['scenes', { a: {} }, /: scenes: expected array, received object/],
    ['scenes.0.nodes', [4], /: scenes\[0\]\.nodes: got node 4 of 1/],
    ['scene', 3, /: scene: got scene 3 of 1/],
    ['accessors', [], /: meshes\[0\]\.primitives\[0\]\.attributes\.POSITION: got accessor 0 of 0/],
    ['accessors.0.type', 'VEC9', /: accessors\[0\]: got the type VEC9/],
    ['accessors.0.count', 1e9, /: accessors\[0\]: got 1000000000 elements of 12 bytes/],
    ['accessors.0.bufferView', 9, /: accessors\[0\]\.bufferView: got buffer view 9 of 2/],
    [
      'accessors.1.componentType',
      5126,
      /: meshes\[0\]\.primitives\[0\]\.indices: got elements that are no unsigned/,
    ],
    ['bufferViews.1.buffer', 5, /: bufferViews\[1\]\.buffer: got buffer 5 of 1/],
    ['buffers.0.uri', 'data:,%zz', /got the buffer "data:,%zz"/],
    ['buffers.0.uri', 'a\u0000b', /got the buffer "a\\u0000b"; expected a file in the same folder/],
  ])('is refused by name: %s is %j', async (where, value, message) => {
    const loading = load('bad.gltf', changed(where, value));
    await expect(loading).rejects.toThrow(InputError);
    await expect(loading).rejects.toThrow(message);
  });

  it.each(['null', '[]', '5', '"text"', 'true'])('or is no document at all: %s', async (text) => {
    await expect(load('bad.gltf', text)).rejects.toThrow(InputError);
  });
});

describe('a glTF document that asks for more than there is', () => {
  it('is refused at once where an accessor has no bytes', async () => {
    const json = toJson(plainGltf(ball)) as { accessors: Record<string, unknown>[] };
    json.accessors[0] = { componentType: 5126, count: 500_000_000, type: 'VEC3' };
    const start = processorMilliseconds();
    await expect(load('bomb.gltf', JSON.stringify(json))).rejects.toThrow(
      /accessors\[0\]: got 500000000 elements without a buffer view in a file of fewer bytes/,
    );
    expect(processorMilliseconds() - start).toBeLessThan(1000);
  });

  it('is refused where nodes have two parents', async () => {
    const json = { ...plainGltf(ball).json, nodes: [{ children: [2] }, { children: [2] }, { mesh: 0 }] };
    await expect(load('bad.glb', toGlb(fixtureOf(json)))).rejects.toThrow(
      /node 2 has node 0 as a parent too/,
    );
  });

  it('is not kept waiting by a pipe in place of a buffer', async () => {
    const pipes = await mkdtemp(path.join(tmpdir(), 'evos-pipe-'));
    await mkdir(path.join(pipes, 'below'));
    execFileSync('mkfifo', [path.join(pipes, 'below', 'a.bin')]);
    const { json } = plainGltf(ball);
    const file = path.join(pipes, 'a.gltf');
    await writeFile(file, JSON.stringify({ ...json, buffers: [{ byteLength: 4, uri: 'below/a.bin' }] }));
    await expect(loadMesh(file)).rejects.toThrow(/got the buffer "below\/a\.bin"/);
    await rm(pipes, { recursive: true });
  });

  it('leaves nothing behind that fails later', async () => {
    // Indices out of range, beside a compressed view that is not required.
    const { json, buffers } = await meshoptGltf(ball, 'optional');
    const plain = Buffer.from(buffers[1]!);
    plain.writeUInt32LE(5000, ball.positions.byteLength);
    await expect(load('bad.glb', toGlb({ json, buffers: [buffers[0], plain] }))).rejects.toThrow(
      /meshes\[0\]\.primitives\[0\]\.indices: a triangle names vertex 5000 of/,
    );
    const posed = posedGltf();
    const text = JSON.stringify(toJson(posed)).replace('"joints":[6,7]', '"joints":[6]');
    await expect(load('bad.gltf', text)).rejects.toThrow(/got joint 1 of 1/);
  });
});
