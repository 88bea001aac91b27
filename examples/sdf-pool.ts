// The pool and the selector in somebody else's SDF trainer. Run it with `npx tsx examples/sdf-pool.ts [MESH]`.
import { createDistanceField, createPointSelector, createSdfPool } from 'evos/sdf';
import { loadMesh } from 'evos/sdf/files';

// Theirs: a grid of values, read between its corners, and gradient descent on them.
const side = 20;
const steps = 1000;
const seed = 1;
const values = new Float64Array((side + 1) ** 3);

function trainStep(points: Float32Array, distances: Float32Array, rate = 1): Float32Array {
  return distances.map((distance, n) => {
    const places = Array.from(points.subarray(3 * n, 3 * n + 3), (x) =>
      Math.min(side - 1e-6, ((x + 1) / 2) * side),
    );
    const corners = Array.from({ length: 8 }, (_, corner) => {
      let [at, weight] = [0, 1];
      places.forEach((place, axis) => {
        const upper = (corner >> axis) & 1;
        at = at * (side + 1) + Math.floor(place) + upper;
        weight *= upper === 1 ? place % 1 : 1 - (place % 1);
      });
      return { at, weight };
    });
    const error = corners.reduce((sum, { at, weight }) => sum + weight * (values[at] ?? 0), -distance);
    for (const { at, weight } of corners) values[at] = (values[at] ?? 0) - rate * weight * error;
    return error * error;
  });
}

// #region hook
const { mesh } = await loadMesh(process.argv[2] ?? 'fixtures/mesh/knot.obj');
const field = await createDistanceField(mesh); // signed: how inside is told from outside, `field.signReason` says
const pool = await createSdfPool({ mesh, field, count: 8192, seed }); // half on the surface, as instant-ngp's
const selector = createPointSelector(pool, { strategy: 'evos-online', batchSize: 128 });

for (let step = 1; step <= steps; step++) {
  const selection = selector.next({ revision: pool.revision });
  const batch = pool.gather(selection); // points in [-1, 1]³, and their signed distances
  const errors = trainStep(batch.inputs, batch.targets); // yours
  selector.report(selection, { errors });
  if (step % 16 === 0) await pool.refresh(seed + step); // others: of points that stay, a network learns only these
}
// #endregion

// Points that training has never seen say what was learnt.
const { size, inputs, targets } = await createSdfPool({ mesh, field, count: 8192, seed: seed + steps + 1 });
const before = targets.reduce((sum, value) => sum + value * value, 0) / size;
const after = trainStep(inputs, targets, 0).reduce((sum, error) => sum + error, 0) / size;
console.log(
  `sign by ${field.sign}; mean squared error of points held out ${before.toFixed(5)} before, ${after.toFixed(5)} after ` +
    `${steps} steps`,
);
await field.dispose();
