// Adam's update over a stretch of all parameters, with the workers' gradients summed and set back to 0 in the same pass: every
// number is read and written once. AssemblyScript: compiled to WebAssembly by `npm run build`. Works in the memory that
// all workers share, each on a stretch of its own. The operations and their order are those of graph/adam.ts.
//
// Moments too small for a float32's full precision become 0. Where a number gets no gradient for some hundred steps, as
// in a table of which each step sees a part, they would stay there for ever, and processors take 30 times as long over
// them.

// @ts-ignore: decorator
@inline
const smallestNormal: f32 = 1.1754943508222875e-38;

/** NaN stays: a run that diverges must be seen to. */
// @ts-ignore: decorator
@inline
function flushed(x: v128): v128 {
  return v128.andnot(x, f32x4.lt(f32x4.abs(x), f32x4.splat(smallestNormal)));
}

/**
 * @param parameters byte offset of the parameters; updated
 * @param m byte offset of the first moments; updated
 * @param v byte offset of the second moments; updated
 * @param gradients byte offset of the first worker's gradient; 0 afterwards, as all of them
 * @param stride bytes from one worker's gradient to the next one's
 * @param workers how many gradients to add up, in order
 * @param from first byte of the stretch, relative to each array; a multiple of 16
 * @param to end of the stretch
 */
export function adam(
  parameters: usize,
  m: usize,
  v: usize,
  gradients: usize,
  stride: usize,
  workers: u32,
  from: usize,
  to: usize,
  stepSize: f32,
  sqrtBiasCorrection2: f32,
  beta1: f32,
  oneMinusBeta1: f32,
  beta2: f32,
  oneMinusBeta2: f32,
  epsilon: f32,
): void {
  const rate = f32x4.splat(stepSize);
  const root = f32x4.splat(sqrtBiasCorrection2);
  const keep1 = f32x4.splat(beta1);
  const take1 = f32x4.splat(oneMinusBeta1);
  const keep2 = f32x4.splat(beta2);
  const take2 = f32x4.splat(oneMinusBeta2);
  const eps = f32x4.splat(epsilon);
  const none = f32x4.splat(0);
  for (let at = from; at < to; at += 16) {
    let source = gradients + at;
    let g = v128.load(source);
    v128.store(source, none);
    for (let worker: u32 = 1; worker < workers; worker++) {
      source += stride;
      g = f32x4.add(g, v128.load(source));
      v128.store(source, none);
    }
    const mean = flushed(f32x4.add(f32x4.mul(v128.load(m + at), keep1), f32x4.mul(g, take1)));
    const square = flushed(f32x4.add(f32x4.mul(v128.load(v + at), keep2), f32x4.mul(f32x4.mul(g, g), take2)));
    v128.store(m + at, mean);
    v128.store(v + at, square);
    const denominator = f32x4.add(f32x4.div(f32x4.sqrt(square), root), eps);
    const step = f32x4.div(f32x4.mul(mean, rate), denominator);
    v128.store(parameters + at, f32x4.sub(v128.load(parameters + at), step));
  }
}
