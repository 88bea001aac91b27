// Runs on meshes of these cases: far from the origin, from the file to what is rendered and resumed; and two-sided.
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { fitMesh, renderMeshModel, resumeMesh, type MeshMetrics } from 'evos/recipes';
import { meshBounds } from 'evos/sdf';
import { loadMesh } from 'evos/sdf/files';
import { temporaryFolder } from '../../support/command.js';
import { cubeCorners, objFaces, objVertices } from './shapes.js';

const small = {
  steps: 40,
  samples: 8192,
  split: 'int',
  loss: 'l1',
  ratio: 0.25,
  levels: 2,
  log2TableSize: 12,
  baseResolution: 4,
  finestResolution: 12,
  width: 16,
  depth: 1,
  learningRate: 0.02,
  resolution: 32,
  device: 'cpu',
  workers: 1,
} as const;

const folder = temporaryFolder();
const metricsOf = async (run: string): Promise<MeshMetrics> =>
  JSON.parse(await readFile(path.join(run, 'metrics.json'), 'utf8')) as MeshMetrics;

/** Runs to the end. @returns the notes that it told */
async function finish(events: AsyncIterable<object>): Promise<string[]> {
  const notes: string[] = [];
  for await (const event of events) if ('notes' in event) notes.push(...(event.notes as string[]));
  return notes;
}

describe('a run on a mesh far from the origin', () => {
  const utm = [500_123.4, 4_649_776.2, 88.7] as const;
  const run = path.join(folder, 'far');

  it('keeps its place from the file to what is rendered, and goes on', async () => {
    const input = path.join(folder, 'far.obj');
    const corners = cubeCorners.map((point) => point.map((value, axis) => 1.3 * value + utm[axis]!));
    await writeFile(input, [...objVertices(corners), ...objFaces()].join('\n'));
    await finish(fitMesh({ ...small, input, out: run }));
    const { input: info, iou } = await metricsOf(run);
    info.frame.center.forEach((value, axis) => expect(value).toBeCloseTo(utm[axis]! + 0.65, 5));
    expect(iou).toBeGreaterThan(0.8);

    // Its mesh is found again to the bit.
    await finish(resumeMesh({ folder: run, steps: 44 }));
    expect((await metricsOf(run)).history.at(-1)).toMatchObject({ step: 44 });

    for (const format of ['ply', 'obj', 'glb', 'stl'] as const) {
      const { file, notes } = await renderMeshModel({ model: run, format, resolution: 32 });
      expect(notes.length).toBe(format === 'stl' ? 1 : 0);
      if (format === 'stl') continue;
      const { mesh } = await loadMesh(file);
      const { min, max } = meshBounds(mesh);
      for (const axis of [0, 1, 2] as const) {
        const middle = (min[axis] + max[axis]) / 2 + mesh.origin![axis];
        expect(Math.abs(middle - utm[axis] - 0.65)).toBeLessThan(0.1);
      }
    }
  });
});

describe('a run on a mesh with two-sided faces', () => {
  it('has an inside, and says what became of the faces', async () => {
    const input = path.join(folder, 'two-sided.obj');
    const lines = objFaces().flatMap((line) => [
      line,
      `f ${line.split(' ').slice(1).toReversed().join(' ')}`,
    ]);
    await writeFile(input, [...objVertices(), ...lines].join('\n'));
    const notes = await finish(fitMesh({ ...small, input, out: path.join(folder, 'two-sided') }));
    expect(notes).toContain('12 faces there twice, once turned round; one of each is kept');
    expect((await metricsOf(path.join(folder, 'two-sided'))).iou).toBeGreaterThan(0.8);
  });
});
