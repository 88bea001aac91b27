// Somebody's own training loop, with EVOS added. Run it with `npx tsx examples/drop-in.ts`.
import { createSelector } from 'evos';

// Theirs: 1,024 samples of a signal, a model of 64 cosines, one step of gradient descent.
const size = 1024;
const steps = 400;
const signal = Float64Array.from({ length: size }, (_, i) => Math.sin(i / 60) + (i % 512 < 100 ? 1 : 0));
const weights = new Float64Array(64);
const everything = Uint32Array.from({ length: size }, (_, i) => i);
const basis = (i: number, k: number): number => Math.cos((Math.PI * k * (i + 0.5)) / size);

function trainStep(indices: Uint32Array): Float32Array {
  const gradient = new Float64Array(weights.length);
  const errors = new Float32Array(indices.length);
  indices.forEach((i, n) => {
    const difference = weights.reduce((sum, weight, k) => sum + weight * basis(i, k), 0) - (signal[i] ?? 0);
    errors[n] = difference * difference;
    for (let k = 0; k < gradient.length; k++) gradient[k] = (gradient[k] ?? 0) + difference * basis(i, k);
  });
  gradient.forEach((slope, k) => (weights[k] = (weights[k] ?? 0) - (0.5 * slope) / indices.length));
  return errors;
}

// #region loop
const selector = createSelector({ strategy: 'evos-online', size, batchSize: 128 }); // added

for (let step = 1; step <= steps; step++) {
  const selection = selector.next(); // added
  const errors = trainStep(selection.indices); // yours: one step on these samples, their squared errors back
  selector.report(selection, { errors }); // added
}
// #endregion

const error = everything.reduce((sum, i) => {
  const value = weights.reduce((total, weight, k) => total + weight * basis(i, k), 0);
  return sum + (value - (signal[i] ?? 0)) ** 2 / size;
}, 0);
console.log(`mean squared error after ${steps} steps: ${error.toFixed(4)}`);
