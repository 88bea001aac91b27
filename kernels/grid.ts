// A hash grid's lookup and its gradient (src/engine/models/grid-layout.ts) for two numbers per corner.
// AssemblyScript: compiled to WebAssembly by `npm run build`. Works in the memory that all workers share, straight on
// the table and on this worker's gradient of it: neither is ever copied.
//
// Level by level, so that a level's table is in the cache while all points of a call look into it. Of a cell's corners
// those that differ along the first axis alone go together, two corners of two numbers a vector: where the level is not
// hashed they are neighbours in the table.
//
// A level is 32 bytes: float32 scale, its first row in bytes, the factors of the second and the third axis, and for a
// hashed level its rows − 1, else 0; the rest is not used. Points lie 16 bytes apart, two or three coordinates in
// [0, 1] and something finite.

// @ts-ignore: decorator
@inline
const levelBytes: usize = 32;

/** Coordinates from [−1, 1] to [0, 1]; what lies outside goes to the border. `from` and `to` may be the same. */
export function toUnit(from: usize, stride: usize, to: usize, count: usize): void {
  const one = f32x4.splat(1);
  const half = f32x4.splat(0.5);
  const zero = f32x4.splat(0);
  for (let i: usize = 0; i < count; i++) {
    const unit = f32x4.mul(f32x4.add(v128.load(from + i * stride), one), half);
    v128.store(to + i * 16, f32x4.pmin(f32x4.pmax(unit, zero), one));
  }
}

/** Weights of the two ends along an axis, one end in each half. */
// @ts-ignore: decorator
@inline
function ends(fraction: f32): v128 {
  const low: f32 = 1 - fraction;
  return f32x4.replace_lane(f32x4.replace_lane(f32x4.splat(low), 2, fraction), 3, fraction);
}

// @ts-ignore: decorator
@inline
function row(table: usize, index: u32): usize {
  return table + ((index as usize) << 3);
}

/** Two corners that differ along the first axis: `a` and its successor, `rest` the other axes' part of the row. */
// @ts-ignore: decorator
@inline
function pair(table: usize, hashed: bool, a: u32, rest: u32, mask: u32): v128 {
  if (!hashed) return v128.load(row(table, a + rest));
  const low = v128.load64_zero(row(table, (a ^ rest) & mask));
  return v128.load_lane<u64>(row(table, ((a + 1) ^ rest) & mask), low, 1);
}

// @ts-ignore: decorator
@inline
function addPair(table: usize, hashed: bool, a: u32, rest: u32, mask: u32, value: v128): void {
  if (!hashed) {
    const at = row(table, a + rest);
    v128.store(at, f32x4.add(v128.load(at), value));
    return;
  }
  // Never the same row: the two differ in their last bit.
  const low = row(table, (a ^ rest) & mask);
  const high = row(table, ((a + 1) ^ rest) & mask);
  const sum = f32x4.add(v128.load_lane<u64>(high, v128.load64_zero(low), 1), value);
  v128.store_lane<u64>(low, sum, 0);
  v128.store_lane<u64>(high, sum, 1);
}

// @ts-ignore: decorator
@inline
function join(hashed: bool, b: u32, c: u32): u32 {
  return hashed ? b ^ c : b + c;
}

// @ts-ignore: decorator
@inline
function level3(
  scatter: bool,
  hashed: bool,
  level: usize,
  points: usize,
  table: usize,
  values: usize,
  stride: usize,
  count: usize,
): void {
  const scale = v128.load32_splat(level);
  const half = f32x4.splat(0.5);
  const factors = i32x4.replace_lane(v128.load(level + 4), 0, 1);
  const first = table + (load<u32>(level + 4) as usize);
  const mask = load<u32>(level + 16);
  for (let i: usize = 0; i < count; i++) {
    const place = f32x4.add(f32x4.mul(v128.load(points + (i << 4)), scale), half);
    const corner = i32x4.trunc_sat_f32x4_s(place);
    const fraction = f32x4.sub(place, f32x4.convert_i32x4_s(corner));
    const lower = i32x4.mul(corner, factors);
    const upper = i32x4.add(lower, factors);
    const a = i32x4.extract_lane(lower, 0) as u32;
    const b0 = i32x4.extract_lane(lower, 1) as u32;
    const b1 = i32x4.extract_lane(upper, 1) as u32;
    const c0 = i32x4.extract_lane(lower, 2) as u32;
    const c1 = i32x4.extract_lane(upper, 2) as u32;
    const wx = ends(f32x4.extract_lane(fraction, 0));
    const fy = f32x4.extract_lane(fraction, 1);
    const fz = f32x4.extract_lane(fraction, 2);
    const gy: f32 = 1 - fy;
    const gz: f32 = 1 - fz;
    const at = values + i * stride;
    if (scatter) {
      const g = f32x4.mul(v128.load64_splat(at), wx);
      addPair(first, hashed, a, join(hashed, b0, c0), mask, f32x4.mul(g, f32x4.splat(gy * gz)));
      addPair(first, hashed, a, join(hashed, b1, c0), mask, f32x4.mul(g, f32x4.splat(fy * gz)));
      addPair(first, hashed, a, join(hashed, b0, c1), mask, f32x4.mul(g, f32x4.splat(gy * fz)));
      addPair(first, hashed, a, join(hashed, b1, c1), mask, f32x4.mul(g, f32x4.splat(fy * fz)));
    } else {
      const v00 = f32x4.mul(pair(first, hashed, a, join(hashed, b0, c0), mask), f32x4.splat(gy * gz));
      const v10 = f32x4.mul(pair(first, hashed, a, join(hashed, b1, c0), mask), f32x4.splat(fy * gz));
      const v01 = f32x4.mul(pair(first, hashed, a, join(hashed, b0, c1), mask), f32x4.splat(gy * fz));
      const v11 = f32x4.mul(pair(first, hashed, a, join(hashed, b1, c1), mask), f32x4.splat(fy * fz));
      put(at, f32x4.mul(f32x4.add(f32x4.add(v00, v10), f32x4.add(v01, v11)), wx));
    }
  }
}

// @ts-ignore: decorator
@inline
function level2(
  scatter: bool,
  hashed: bool,
  level: usize,
  points: usize,
  table: usize,
  values: usize,
  stride: usize,
  count: usize,
): void {
  const scale = v128.load32_splat(level);
  const half = f32x4.splat(0.5);
  const factor = load<u32>(level + 8);
  const first = table + (load<u32>(level + 4) as usize);
  const mask = load<u32>(level + 16);
  for (let i: usize = 0; i < count; i++) {
    const place = f32x4.add(f32x4.mul(v128.load(points + (i << 4)), scale), half);
    const corner = i32x4.trunc_sat_f32x4_s(place);
    const fraction = f32x4.sub(place, f32x4.convert_i32x4_s(corner));
    const a = i32x4.extract_lane(corner, 0) as u32;
    const b0 = (i32x4.extract_lane(corner, 1) as u32) * factor;
    const b1 = b0 + factor;
    const wx = ends(f32x4.extract_lane(fraction, 0));
    const fy = f32x4.extract_lane(fraction, 1);
    const gy: f32 = 1 - fy;
    const at = values + i * stride;
    if (scatter) {
      const g = f32x4.mul(v128.load64_splat(at), wx);
      addPair(first, hashed, a, b0, mask, f32x4.mul(g, f32x4.splat(gy)));
      addPair(first, hashed, a, b1, mask, f32x4.mul(g, f32x4.splat(fy)));
    } else {
      const v0 = f32x4.mul(pair(first, hashed, a, b0, mask), f32x4.splat(gy));
      const v1 = f32x4.mul(pair(first, hashed, a, b1, mask), f32x4.splat(fy));
      put(at, f32x4.mul(f32x4.add(v0, v1), wx));
    }
  }
}

/** Adds the two ends along the first axis up and stores the two numbers. */
// @ts-ignore: decorator
@inline
function put(at: usize, both: v128): void {
  const sum = f32x4.add(both, v128.shuffle<u64>(both, both, 1, 0));
  v128.store_lane<u64>(at, sum, 0);
}

/**
 * Values of all levels at points: for each point two numbers per level, coarsest first.
 * @param dims 2 or 3
 * @param levels byte offset of the levels' descriptions
 * @param points byte offset of the points
 * @param table byte offset of the table
 * @param values byte offset of the first point's values
 * @param stride bytes from one point's values to the next one's
 */
export function encode(
  dims: u32,
  levels: usize,
  levelCount: usize,
  points: usize,
  table: usize,
  values: usize,
  stride: usize,
  count: usize,
): void {
  for (let i: usize = 0; i < levelCount; i++) {
    const level = levels + i * levelBytes;
    const out = values + i * 8;
    const hashed = load<u32>(level + 16) !== 0;
    if (dims === 3) {
      if (hashed) level3(false, true, level, points, table, out, stride, count);
      else level3(false, false, level, points, table, out, stride, count);
    } else if (hashed) level2(false, true, level, points, table, out, stride, count);
    else level2(false, false, level, points, table, out, stride, count);
  }
}

/** Adds what a gradient of the values at points comes to onto a gradient of the table; parameters as for `encode`. */
export function scatter(
  dims: u32,
  levels: usize,
  levelCount: usize,
  points: usize,
  table: usize,
  values: usize,
  stride: usize,
  count: usize,
): void {
  for (let i: usize = 0; i < levelCount; i++) {
    const level = levels + i * levelBytes;
    const from = values + i * 8;
    const hashed = load<u32>(level + 16) !== 0;
    if (dims === 3) {
      if (hashed) level3(true, true, level, points, table, from, stride, count);
      else level3(true, false, level, points, table, from, stride, count);
    } else if (hashed) level2(true, true, level, points, table, from, stride, count);
    else level2(true, false, level, points, table, from, stride, count);
  }
}

/**
 * Turns points into the gradient by their coordinates in [−1, 1], for a gradient of the values at them; parameters as for
 * `encode`. Within a cell a value is linear along each axis; at a border between two the upper one counts.
 */
export function slopes(
  dims: u32,
  levels: usize,
  levelCount: usize,
  points: usize,
  table: usize,
  values: usize,
  stride: usize,
  count: usize,
): void {
  const corners: u32 = 1 << dims;
  const deep = dims === 3;
  for (let i: usize = 0; i < count; i++) {
    const point = points + (i << 4);
    let byX: f32 = 0;
    let byY: f32 = 0;
    let byZ: f32 = 0;
    for (let l: usize = 0; l < levelCount; l++) {
      const level = levels + l * levelBytes;
      const scale = load<f32>(level);
      const first = table + (load<u32>(level + 4) as usize);
      const factorY = load<u32>(level + 8);
      const factorZ: u32 = deep ? load<u32>(level + 12) : 0;
      const mask = load<u32>(level + 16);
      const x: f32 = load<f32>(point) * scale + 0.5;
      const y: f32 = load<f32>(point + 4) * scale + 0.5;
      const z: f32 = deep ? load<f32>(point + 8) * scale + 0.5 : 0;
      const cellX = x as u32;
      const cellY = y as u32;
      const cellZ = z as u32;
      const fx: f32 = x - (cellX as f32);
      const fy: f32 = y - (cellY as f32);
      const fz: f32 = z - (cellZ as f32);
      const given = values + i * stride + (l << 3);
      const g0 = load<f32>(given);
      const g1 = load<f32>(given + 4);
      for (let corner: u32 = 0; corner < corners; corner++) {
        const upX = corner & 1;
        const upY = (corner >> 1) & 1;
        const upZ = corner >> 2;
        const a = cellX + upX;
        const b = (cellY + upY) * factorY;
        const c = (cellZ + upZ) * factorZ;
        const at = row(first, mask !== 0 ? (a ^ b ^ c) & mask : a + b + c);
        const value: f32 = (load<f32>(at) * g0 + load<f32>(at + 4) * g1) * scale;
        const wx: f32 = upX ? fx : 1 - fx;
        const wy: f32 = upY ? fy : 1 - fy;
        const wz: f32 = upZ ? fz : 1 - fz;
        byX += (upX ? value : -value) * wy * wz;
        byY += (upY ? value : -value) * wx * wz;
        if (deep) byZ += (upZ ? value : -value) * wx * wy;
      }
    }
    store<f32>(point, byX * 0.5);
    store<f32>(point + 4, byY * 0.5);
    store<f32>(point + 8, byZ * 0.5);
  }
}
