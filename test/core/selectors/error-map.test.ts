// The error map by itself: where an error goes on the grid.
import { expect, it } from 'vitest';
import { errorMap } from '../../../src/core/selectors/error-map/error-map.js';

it('spreads an error over the four nearest cells, by how near their centres are', () => {
  const side = 8;
  // Sixteen samples to come: a grid of ⌊3.5·16^¼⌋ = 7 cells a side.
  const cells = 7;
  const settings = { size: side * side, views: [{ width: side, height: side }], batchSize: 1, interval: 16 };
  for (let seed = 0; seed < 40; seed++) {
    const selector = errorMap({ ...settings, seed });
    const selection = selector.next();
    const index = selection.indices[0]!;
    selector.report(selection, Float32Array.of(2));
    const centre = (pixel: number): number =>
      Math.min(cells - 1, Math.max(0, ((pixel + 0.5) * cells) / side - 0.5));
    const near = (cell: number, pixel: number): number => Math.max(0, 1 - Math.abs(cell - centre(pixel)));
    const errors = selector.snapshot().arrays['errors']!;
    expect(errors).toHaveLength(cells * cells);
    errors.forEach((error, cell) => {
      const [row, column] = [Math.floor(cell / cells), cell % cells];
      const expected = 2 * near(row, Math.floor(index / side)) * near(column, index % side);
      expect(error, `seed ${seed}, cell ${cell}`).toBeCloseTo(expected, 5);
    });
  }
});
