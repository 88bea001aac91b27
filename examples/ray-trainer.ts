// The ray sampler in somebody else's trainer. Run it with `npx tsx examples/ray-trainer.ts [STRATEGY]`.
import { createRaySampler } from 'evos/nerf';
import { everyRay, room, wallPoint } from './ray-scene.js';

// Theirs: a grid of colours in the room, read between its corners where a ray ends, and gradient descent on them.
const side = 40;
const grid = new Float32Array(3 * (side + 1) ** 3).fill(0.5);

function trainStep(
  origins: Float32Array,
  directions: Float32Array,
  targets: Float32Array,
  weights: Float32Array,
): Float32Array {
  const rendered = new Float32Array(targets.length);
  for (let at = 0; at < targets.length; at += 3) {
    const corners = [{ place: 0, weight: 1 }];
    for (const x of wallPoint(origins, directions, at)) {
      const along = Math.min(side - 1e-6, Math.max(0, ((x + 1) / 2) * side));
      for (const corner of corners.splice(0)) {
        const place = corner.place * (side + 1) + Math.floor(along);
        corners.push({ place, weight: corner.weight * (1 - (along % 1)) });
        corners.push({ place: place + 1, weight: corner.weight * (along % 1) });
      }
    }
    for (let c = 0; c < 3; c++) {
      const colour = corners.reduce((sum, { place, weight }) => sum + weight * (grid[3 * place + c] ?? 0), 0);
      rendered[at + c] = colour;
      for (const { place, weight } of corners) {
        const loss = (weights[at / 3] ?? 0) * (colour - (targets[at + c] ?? 0));
        grid[3 * place + c]! -= 0.8 * weight * loss;
      }
    }
  }
  return rendered;
}

const strategy: string = process.argv[2] ?? 'evos';
const source = room();

// #region hook
const sampler = createRaySampler(source, { strategy, seed: 1 });
for (let step = 0; step < 400; step++) {
  const n = 200 + (step % 100); // any number, another at every step
  const batch = sampler.next(n);
  const { origins, directions, targets, weights } = batch; // each ray's loss counts as often as its weight says
  const predictions = trainStep(origins, directions, targets, weights); // yours: one step, its colours back
  sampler.report(batch, { predictions });
}
// #endregion

const { origins, directions, targets } = everyRay(source);
const weightless = new Float32Array(targets.length / 3);
const error = trainStep(origins, directions, targets, weightless).reduce(
  (sum, value, i) => sum + (value - (targets[i] ?? 0)) ** 2 / targets.length,
  0,
);
console.log(`${strategy}: PSNR over all rays ${(-10 * Math.log10(error)).toFixed(2)} dB`);
