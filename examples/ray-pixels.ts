// For trainers that only want to know which pixels to take: (camera, row, column), as nerfstudio's
// `PixelSampler.sample_method` returns them. Run it with `npx tsx examples/ray-pixels.ts`.
import { createRaySampler, pixelSource, type RayBatch } from 'evos/nerf';

// Theirs: photographs of two sizes, and errors that only they know.
const cameras = [
  { width: 640, height: 480 },
  { width: 480, height: 640 },
];
const errorsOf = (triples: Int32Array): Float32Array =>
  Float32Array.from({ length: triples.length / 3 }, (_, i) => ((triples[3 * i + 1] ?? 0) < 100 ? 0.2 : 0.01));

// #region hook
const sampler = createRaySampler(pixelSource(cameras), { strategy: 'evos-online', seed: 1 });

let batch: RayBatch;

/** `[n, 3]`: camera, row, column. */
function sampleMethod(n: number): Int32Array {
  batch = sampler.next(n);
  const { views, rows, columns } = batch;
  return Int32Array.from(
    { length: 3 * n },
    (_, i) => [views, rows, columns][i % 3]?.[Math.floor(i / 3)] ?? 0,
  );
}
// #endregion

let upper = 0;
for (let step = 0; step < 60; step++) {
  const triples = sampleMethod(512);
  if (step === 0) console.log(`first pixel: ${triples.slice(0, 3).join(', ')}`);
  if (step >= 40) for (let i = 1; i < triples.length; i += 3) upper += +((triples[i] ?? 0) < 100);
  sampler.report(batch!, errorsOf(triples)); // nerfstudio's own samplers get none: hand them over after the loss
}
console.log(`${((100 * upper) / (20 * 512)).toFixed(0)} % of the last pixels are where the errors are`);
