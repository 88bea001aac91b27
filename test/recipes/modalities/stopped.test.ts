// The weights of a run that was stopped, out of its checkpoint: the average, where the run has one.
import { expect, it } from 'vitest';
import { siren } from '../../../src/engine/models/index.js';
import { storedParameters } from '../../../src/recipes/modalities/stopped.js';

const model = siren({ inputDim: 2, outputDim: 1, width: 3, depth: 0 });
const total = model.parameters.reduce((sum, { count }) => sum + count, 0);
const rising = (from: number): Float32Array => Float32Array.from({ length: total }, (_, i) => from + i);

it('the weights of a stopped run are the average of its weights, or the last where it has none', () => {
  const numbers = (arrays: Readonly<Record<string, Float32Array>>): number[] =>
    storedParameters({ trainer: { values: {}, arrays } }, model).flatMap((values) => [...values]);
  expect(numbers({ parameters: rising(0) })).toEqual([...rising(0)]);
  expect(numbers({ parameters: rising(0), average: rising(100) })).toEqual([...rising(100)]);
  expect(() => numbers({ parameters: rising(0), average: new Float32Array(2) })).toThrow(
    /2 numbers of "average"/,
  );
});
