// Pictures of a fit without any error: there is no scale to colour it by, and it is drawn all the same.
import { expect, it } from 'vitest';
import { sphere } from '../../../../fixtures/mesh/surfaces.js';
import { drawTally } from '../../../../src/recipes/modalities/mesh/draws.js';
import { drawMeshPictures } from '../../../../src/recipes/modalities/mesh/pictures.js';

it('are the same where only the scale of their errors differs, and white without any', async () => {
  const ball = sphere(0.5, 8, 12);
  const vertices = ball.positions.length / 3;
  const drawn = async (error: number) => {
    const { error: png, errorLimit } = await drawMeshPictures({
      original: ball,
      fitted: ball,
      errors: new Float32Array(vertices).fill(error),
      frame: { center: [0, 0, 0], scale: 1 },
      counts: drawTally({ inputs: new Float32Array(3), size: 1 }).counts,
      report: () => undefined,
    });
    return { png: Buffer.from(png), errorLimit };
  };
  const [none, some, more] = [await drawn(0), await drawn(0.1), await drawn(0.2)];
  expect([none.errorLimit, some.errorLimit, more.errorLimit]).toEqual([
    0,
    Math.fround(0.1),
    Math.fround(0.2),
  ]);
  expect(some.png.equals(more.png)).toBe(true);
  expect(some.png.equals(none.png)).toBe(false);
});
