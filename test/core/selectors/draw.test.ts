// One selection's memory: views of what was asked for, allocated only when selections grow, and the weights of its samples.
import { expect, it } from 'vitest';
import { Draw } from '../../../src/core/selectors/draw.js';

it('has room for as many samples as it is told, in the memory of the largest', () => {
  const draw = new Draw();
  draw.resize(6);
  expect(draw.indices).toHaveLength(6);
  expect(draw.individuals).toBe(draw.indices);
  expect(draw.inverse).toHaveLength(0);
  const { indices } = draw;
  draw.resize(6);
  expect(draw.indices).toBe(indices);
  draw.resize(2);
  expect(draw.size).toBe(2);
  expect(draw.indices).toHaveLength(2);
  expect(draw.indices.buffer).toBe(indices.buffer);
  draw.resize(7);
  expect(draw.indices).toHaveLength(7);
  expect(draw.indices.buffer).not.toBe(indices.buffer);
});

it('keeps what a sample counts for apart from its index where individuals are blocks', () => {
  const draw = new Draw();
  draw.resize(5, true);
  const { individuals, inverse } = draw;
  expect([individuals.length, inverse.length]).toEqual([5, 5]);
  expect(new Set([draw.indices.buffer, individuals.buffer, inverse.buffer]).size).toBe(3);
  draw.resize(5, true);
  expect(draw.individuals).toBe(individuals);
  expect(draw.inverse).toBe(inverse);
  draw.resize(3, true);
  expect([draw.individuals.length, draw.inverse.length]).toEqual([3, 3]);
  expect(draw.individuals.buffer).toBe(individuals.buffer);
  expect(draw.inverse.buffer).toBe(inverse.buffer);
  // Samples that stand for themselves in between, the strategy's own or not, are not written over.
  const own = Uint32Array.of(7, 8, 9);
  for (const between of [() => draw.resize(3), () => draw.take(own)]) {
    between();
    const { indices } = draw;
    expect(draw.individuals).toBe(indices);
    expect([draw.size, draw.inverse.length]).toEqual([3, 0]);
    draw.resize(3, true);
    expect(draw.indices).not.toBe(own);
    expect(draw.individuals).not.toBe(own);
    expect(draw.individuals).not.toBe(draw.indices);
    expect(draw.individuals.buffer).toBe(individuals.buffer);
    expect(draw.inverse).toHaveLength(3);
  }
  draw.resize(8, true);
  expect([draw.indices.length, draw.individuals.length, draw.inverse.length]).toEqual([8, 8, 8]);
});

it('keeps a note of each sample until it is cleared', () => {
  const draw = new Draw();
  draw.resize(4);
  draw.note();
  const { buffer } = draw.notes;
  expect(draw.notes).toHaveLength(4);
  draw.resize(3);
  draw.note();
  expect(draw.notes).toHaveLength(3);
  expect(draw.notes.buffer).toBe(buffer);
  draw.resize(5);
  draw.note();
  expect(draw.notes).toHaveLength(5);
  draw.takeAll(9);
  [draw.id, draw.patches, draw.open, draw.awaited] = [3, 1, true, true];
  draw.weights = draw.inverse;
  draw.clear();
  const { id, size, whole, patches, open, awaited, weights, notes } = draw;
  expect({ id, size, whole, patches, open, awaited, weights }).toEqual({
    ...{ id: 0, size: 0, whole: false, patches: 0, open: false, awaited: false, weights: undefined },
  });
  expect(notes).toHaveLength(0);
});

it('weighs samples by a power of how rare they are, or not at all', () => {
  const draw = new Draw();
  draw.resize(3, true);
  draw.inverse.set([4, 1, 0.25]);
  draw.weigh(0);
  expect(draw.weights).toBeUndefined();
  draw.weigh(0.5);
  expect(draw.weights).toEqual(Float32Array.of(2, 1, 0.5));
  const { weights } = draw;
  draw.weigh(1);
  expect(draw.weights).toEqual(Float32Array.of(4, 1, 0.25));
  expect(draw.weights).toBe(weights);
  draw.resize(2, true);
  draw.weigh(1);
  expect(draw.weights).toEqual(Float32Array.of(4, 1));
});
