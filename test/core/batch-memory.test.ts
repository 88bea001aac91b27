// Batches: memory that only grows, samples whose indices stay unmade, and which samples are none of a pool's.
import { describe, expect, it } from 'vitest';
import { batchOf, BatchMemory, checkSamples, outsidePool } from '../../src/core/batch-memory.js';
import { ArgumentError } from '../../src/core/errors.js';
import { allOf, someOf } from '../../src/core/samples.js';

describe('samples', () => {
  it('are some by index, kept as they are, or all, in order and made once', () => {
    const indices = Uint32Array.of(4, 2);
    expect(someOf(indices)).toEqual({ indices, whole: false, size: 2 });
    expect(someOf(indices).indices).toBe(indices);
    const all = allOf(3);
    expect([all.whole, all.size, [...all.indices]]).toEqual([true, 3, [0, 1, 2]]);
    expect(all.indices).toBe(all.indices);
  });
});

describe('the memory of batches', () => {
  it('has room for what was asked for, and is the same for all that it has room for', () => {
    const memory = new BatchMemory(3, 2);
    memory.reserve(4);
    const { inputs, targets } = memory;
    expect([inputs.length, targets.length]).toEqual([12, 8]);
    memory.reserve(4);
    memory.reserve(1);
    expect(memory.inputs).toBe(inputs);
    expect(memory.targets).toBe(targets);
    memory.reserve(5);
    expect([memory.inputs.length, memory.targets.length]).toEqual([15, 10]);
  });

  it('gives batches as views of it, as long as their samples', () => {
    const memory = new BatchMemory(3, 2);
    memory.reserve(4);
    memory.inputs.set([1, 2, 3, 4, 5, 6, 7]);
    memory.targets.set([8, 9, 10, 11, 12]);
    const indices = Uint32Array.of(7, 5);
    const batch = memory.batch(someOf(indices));
    expect(batch).toEqual({
      ...{ indices, whole: false, size: 2 },
      ...{ inputs: Float32Array.of(1, 2, 3, 4, 5, 6), targets: Float32Array.of(8, 9, 10, 11) },
    });
    expect([batch.inputs.buffer, batch.targets.buffer]).toEqual([
      memory.inputs.buffer,
      memory.targets.buffer,
    ]);
  });

  it('leaves indices unmade, and weights out where there are none', () => {
    const samples = {
      ...{ whole: true, size: 2 },
      get indices(): Uint32Array {
        throw new Error('made');
      },
    };
    const [inputs, targets, weights] = [1, 2, 3].map((value) => Float32Array.of(value));
    const batch = batchOf(samples, inputs!, targets!);
    expect([batch.whole, batch.size, batch.inputs, batch.targets]).toEqual([true, 2, inputs, targets]);
    expect('weights' in batch).toBe(false);
    expect(() => batch.indices).toThrow('made');
    expect(batchOf(samples, inputs!, targets!, weights).weights).toBe(weights);
  });
});

describe('samples of a pool', () => {
  it('are taken where they are as many as they say', () => {
    expect(() => checkSamples(allOf(5), 5, 'pixels of this image')).not.toThrow();
    expect(() => checkSamples(someOf(Uint32Array.of(9, 9)), 5, 'pixels of this image')).not.toThrow();
  });

  it('are refused where they are of another, or none', () => {
    const check = (samples: object) => () => checkSamples(samples as never, 5, 'pixels of this image');
    expect(check(allOf(6))).toThrow(
      new ArgumentError(
        'got all samples of a pool of 6; expected 5, pixels of this image; use a selector made with the pool’s size',
      ),
    );
    const expected =
      'as samples; expected a selection, someOf(indices) or allOf(size), of as many indices as its size';
    for (const samples of [
      Uint32Array.of(1),
      { size: 1, indices: [1] },
      { size: 2, indices: Uint32Array.of(1) },
    ]) {
      expect(check(samples)).toThrow(ArgumentError);
      expect(check(samples)).toThrow(expected);
    }
    expect(outsidePool(9, 2, 5, 'pixels of this image')).toEqual(
      new ArgumentError(
        'got index 9 at position 2; expected indices below 5, pixels of this image; use indices of a selector made with the pool’s size',
      ),
    );
  });
});
