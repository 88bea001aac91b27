// Sine and cosine of a whole layer in one pass, four lanes at a time. AssemblyScript: compiled to WebAssembly by
// `npm run build`.
//
// With t = x/π, k = round(t) and r = t − k in [−½, ½]: sin x = (−1)ᵏ sin πr and cos x = (−1)ᵏ cos πr share reduction
// and sign. k comes from the bits of t + 1.5·2²³, whose unit in the last place is 1. Polynomials: least-maximum fits
// on [−½, ½] (Remez), within 4·10⁻⁹ and 5·10⁻⁸, evaluated in pairs (Estrin): what limits this loop is how long each
// lane waits for its own last result.
//
// Arguments come as t ("half turns") and without their bias where they are a product, which can be made to give them
// so: the product then saves a pass over its result. Or they come as x, whose reduction takes π in three parts, the
// first two of eight significant bits each, so that k·π₁ and k·π₂ are exact to |k| = 2¹⁶.
// A layer on a few inputs is worked out here as well: less than a product of that shape takes to be called.
// Errors with rounding: below 3·10⁻⁷ for |x| up to 10⁴.

// @ts-ignore: decorator
@inline
function reduceRadians(x: v128, shifted: v128): v128 {
  const k = f32x4.sub(shifted, f32x4.splat(12582912.0));
  const coarse = f32x4.sub(x, f32x4.mul(k, f32x4.splat(3.140625)));
  const fine = f32x4.sub(coarse, f32x4.mul(k, f32x4.splat(0.00096511840820)));
  const reduced = f32x4.sub(fine, f32x4.mul(k, f32x4.splat(2.5351815932e-6)));
  return f32x4.mul(reduced, f32x4.splat(0.31830988618));
}

// @ts-ignore: decorator
@inline
function sineOf(r: v128, q: v128, q2: v128): v128 {
  const low = f32x4.add(f32x4.mul(f32x4.splat(-5.167706878927413), q), f32x4.splat(3.1415925800447444));
  const middle = f32x4.add(f32x4.mul(f32x4.splat(-0.5980451742033812), q), f32x4.splat(2.5500313772954977));
  const high = f32x4.add(f32x4.mul(f32x4.splat(0.07722012909880205), q2), middle);
  return f32x4.mul(f32x4.add(f32x4.mul(high, q2), low), r);
}

// @ts-ignore: decorator
@inline
function cosineOf(q: v128, q2: v128): v128 {
  const low = f32x4.add(f32x4.mul(f32x4.splat(-4.934792858675772), q), f32x4.splat(0.9999999534666714));
  const middle = f32x4.add(f32x4.mul(f32x4.splat(-1.3318801613185125), q), f32x4.splat(4.058411914177656));
  const high = f32x4.add(f32x4.mul(f32x4.splat(0.21969679874529852), q2), middle);
  return f32x4.add(f32x4.mul(high, q2), low);
}

// @ts-ignore: decorator
@inline
function both(at: usize, h: usize, c: usize, r: v128, shifted: v128): void {
  const sign = i32x4.shl(shifted, 31);
  const q = f32x4.mul(r, r);
  const q2 = f32x4.mul(q, q);
  v128.store(h + at, sineOf(v128.xor(r, sign), q, q2));
  v128.store(c + at, v128.xor(cosineOf(q, q2), sign));
}

// @ts-ignore: decorator
@inline
function one(at: usize, h: usize, r: v128, shifted: v128): void {
  const q = f32x4.mul(r, r);
  v128.store(h + at, sineOf(v128.xor(r, i32x4.shl(shifted, 31)), q, f32x4.mul(q, q)));
}

/**
 * h = sin π(t + b), c = cos π(t + b) for `bytes` bytes of float32, whole rows of `rowBytes` (a multiple of 16) to each of
 * which the bias b is added; h may be t.
 */
export function sineCosine(t: usize, bias: usize, rowBytes: usize, h: usize, c: usize, bytes: usize): void {
  const magic = f32x4.splat(12582912.0);
  for (let row: usize = 0; row < bytes; row += rowBytes) {
    for (let column: usize = 0; column < rowBytes; column += 16) {
      const turns = f32x4.add(v128.load(t + row + column), v128.load(bias + column));
      const shifted = f32x4.add(turns, magic);
      both(row + column, h, c, f32x4.sub(turns, f32x4.sub(shifted, magic)), shifted);
    }
  }
}

/** h = sin π(t + b) alone, the same bits as `sineCosine` gives. */
export function sine(t: usize, bias: usize, rowBytes: usize, h: usize, bytes: usize): void {
  const magic = f32x4.splat(12582912.0);
  for (let row: usize = 0; row < bytes; row += rowBytes) {
    for (let column: usize = 0; column < rowBytes; column += 16) {
      const turns = f32x4.add(v128.load(t + row + column), v128.load(bias + column));
      const shifted = f32x4.add(turns, magic);
      one(row + column, h, f32x4.sub(turns, f32x4.sub(shifted, magic)), shifted);
    }
  }
}

// @ts-ignore: decorator
@inline
function layerAt(point: usize, weights: usize, bias: usize, rowBytes: usize, column: usize): v128 {
  const at = weights + column;
  let turns = v128.load(bias + column);
  turns = f32x4.add(turns, f32x4.mul(v128.load32_splat(point), v128.load(at)));
  turns = f32x4.add(turns, f32x4.mul(v128.load32_splat(point + 4), v128.load(at + rowBytes)));
  turns = f32x4.add(turns, f32x4.mul(v128.load32_splat(point + 8), v128.load(at + 2 * rowBytes)));
  return f32x4.add(turns, f32x4.mul(v128.load32_splat(point + 12), v128.load(at + 3 * rowBytes)));
}

/**
 * h = sin π(x·W + b), c = cos π(x·W + b) for `bytes` bytes of float32 in rows of `rowBytes`, a multiple of 16. A row's x is
 * four numbers, W four rows, both filled up with zeros.
 */
export function sineCosineLayer(
  points: usize,
  weights: usize,
  bias: usize,
  rowBytes: usize,
  h: usize,
  c: usize,
  bytes: usize,
): void {
  const magic = f32x4.splat(12582912.0);
  let point = points;
  for (let row: usize = 0; row < bytes; row += rowBytes) {
    for (let column: usize = 0; column < rowBytes; column += 16) {
      const turns = layerAt(point, weights, bias, rowBytes, column);
      const shifted = f32x4.add(turns, magic);
      both(row + column, h, c, f32x4.sub(turns, f32x4.sub(shifted, magic)), shifted);
    }
    point += 16;
  }
}

/** h alone, the same bits as `sineCosineLayer` gives. */
export function sineLayer(
  points: usize,
  weights: usize,
  bias: usize,
  rowBytes: usize,
  h: usize,
  bytes: usize,
): void {
  const magic = f32x4.splat(12582912.0);
  let point = points;
  for (let row: usize = 0; row < bytes; row += rowBytes) {
    for (let column: usize = 0; column < rowBytes; column += 16) {
      const turns = layerAt(point, weights, bias, rowBytes, column);
      const shifted = f32x4.add(turns, magic);
      one(row + column, h, f32x4.sub(turns, f32x4.sub(shifted, magic)), shifted);
    }
    point += 16;
  }
}

/** h = sin x, c = cos x for `bytes` bytes of float32, a multiple of 16; h may be x. */
export function sineCosineRadians(x: usize, h: usize, c: usize, bytes: usize): void {
  for (let at: usize = 0; at < bytes; at += 16) {
    const radians = v128.load(x + at);
    const shifted = f32x4.add(f32x4.mul(radians, f32x4.splat(0.31830988618)), f32x4.splat(12582912.0));
    both(at, h, c, reduceRadians(radians, shifted), shifted);
  }
}

/** h = sin x alone. */
export function sineRadians(x: usize, h: usize, bytes: usize): void {
  for (let at: usize = 0; at < bytes; at += 16) {
    const radians = v128.load(x + at);
    const shifted = f32x4.add(f32x4.mul(radians, f32x4.splat(0.31830988618)), f32x4.splat(12582912.0));
    one(at, h, reduceRadians(radians, shifted), shifted);
  }
}
