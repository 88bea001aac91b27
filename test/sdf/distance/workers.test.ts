// Worker threads give the same answers as none, end, and leave the process free to end. Through the built package, whose
// threads they are.
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { createDistanceField } from 'evos/sdf';
import { bowl, torusKnot } from '../../../fixtures/mesh/surfaces.js';
import { cubePoints } from '../oracle.js';

describe('workers', () => {
  const points = cubePoints(8_000, 1.3, 21);

  it.each(['auto', 'winding', 'parity'] as const)(
    'one, two or three give what none gives, sign %s',
    async (sign) => {
      const mesh = torusKnot(0.2, 200, 20);
      const answers = [];
      for (const workers of [0, 1, 2, 3]) {
        const field = await createDistanceField(mesh, { workers, sign });
        answers.push([
          await field.distances(points),
          await field.inside(points),
          await field.closest(points),
        ]);
        await field.dispose();
      }
      for (const answer of answers) expect(answer).toEqual(answers[0]);
    },
  );

  it('answer overlapping calls each with its own', async () => {
    const field = await createDistanceField(bowl(1, 0.3, 20, 30), { workers: 2 });
    const [all, half, inside] = await Promise.all([
      field.distances(points),
      field.distances(points.subarray(12_000)),
      field.inside(points),
    ]);
    expect(half).toEqual(all.subarray(4_000));
    inside.forEach((value, i) => expect(value === 1).toBe(all[i]! < 0));
    await field.dispose();
    await expect(field.inside(points)).rejects.toThrow(/disposed of/);
  });

  it('fill an array that is given', async () => {
    const field = await createDistanceField(bowl(1, 0.3, 20, 30), { workers: 2 });
    const out = new Float32Array(8_000);
    expect(await field.distances(points, out)).toBe(out);
    expect(out).toEqual(await field.distances(points));
    await field.dispose();
  });

  it('keep no process alive, even when nobody disposes of them', () => {
    const index = fileURLToPath(new URL('../../../dist/sdf/index.js', import.meta.url));
    const script = `
      import { createDistanceField } from ${JSON.stringify(`file://${index}`)};
      const mesh = { positions: Float32Array.of(0, 0, 0, 1, 0, 0, 0, 1, 0), triangles: Uint32Array.of(0, 1, 2) };
      const field = await createDistanceField(mesh, { workers: 2 });
      const distances = await field.distances(new Float32Array(30_000).fill(2));
      console.log(distances.length);
    `;
    const answer = execFileSync(process.execPath, ['--input-type=module', '-e', script], {
      timeout: 300_000,
    });
    expect(answer.toString().trim()).toBe('10000');
  });
});
