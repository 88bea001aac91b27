// Where along a ray a field is looked at, as training/rays/march.ts has it, in single precision: a ray goes through the density grid
// twice, once to see how much of it is not known to be empty and how much light comes from there, and once more to draw its samples.
// Nothing is kept in between but three numbers a ray. Where samples of a ray begin follows from a running sum over all rays.
import { densityGridDefaults } from '../../training/rays/density-grid.js';
import { marchDefaults } from '../../training/rays/march.js';
import { kernel, kernelHead, suffix, type KernelSource, type Writing } from './ids.js';

/** Flags of these kernels. */
export const marchFlags = {
  /** All of space is drawn together. */
  contracted: 1,
  /** Samples lie in the middles, always the same. */
  middles: 2,
  /** Rays without weight are not looked along. */
  weighted: 4,
} as const;

/** Words of what is known of a ray between the two ways: stretches, the light from them, their length. */
const walkWords = 4;

/** `mixed`: the random word of training/rays/hash.ts. */
export const mixedSource = `
fn mixed(a: u32, b: u32, c: u32) -> u32 {
  var h = ((a ^ 0x9e3779b9u) * 0x85ebca6bu) ^ ((b + 0x7f4a7c15u) * 0xc2b2ae35u);
  h = ((h ^ (h >> 15u)) * 0x2c1b3c6du) ^ ((c + 0x165667b1u) * 0x9e3779b1u);
  h ^= h >> 16u;
  h *= 0x85ebca6bu;
  h ^= h >> 13u;
  h *= 0xc2b2ae35u;
  return h ^ (h >> 16u);
}`;

/** Bytes of it, for each ray. */
export const walkBytes = walkWords * 4;

/** `cellAt`: the cell of the density grid that a place in the field's coordinates lies in. `inner`: cells along a side. */
export const cellSource = `
fn cellAt(p: vec3f) -> u32 {
  let size = i32(u.inner);
  let c = clamp(vec3i((p + 1.0) * (0.5 * f32(u.inner))), vec3i(0), vec3i(size - 1));
  return u32((c.z * size + c.y) * size + c.x);
}`;

const { mostStretches, mostThickness, leastLight, evenShare } = marchDefaults;

/**
 * Walks along a ray: `begin` gives a walk, `advance` goes on to the next stretch that is not known to be empty. Factors: near, far;
 * `inner`: cells along a side; the survey begins with the density from which on a cell is not empty.
 */
const walkSource = `${cellSource}
struct Walk { origin: vec3f, direction: vec3f, near: f32, far: f32, jitter: f32, t: f32, index: f32, left: f32 }
struct Stretch { start: f32, span: f32, light: f32, there: bool }
fn has(flag: u32) -> bool { return (u.flags & flag) != 0u; }
fn normOf(p: vec3f) -> f32 { let a = abs(p); return max(max(a.x, a.y), a.z); }
fn together(p: vec3f) -> vec3f {
  if (!has(${marchFlags.contracted}u)) { return p; }
  let norm = normOf(p);
  return p * select(0.5, (1.0 - 0.5 / norm) / norm, norm > 1.0);
}
fn stepSize() -> f32 { return select(1.0, 2.0, has(${marchFlags.contracted}u)) / f32(u.inner); }
fn begin(ray: u32) -> Walk {
  let origin = bitcast<vec4f>(rays[4u * ray + 3u]).xyz; let direction = bitcast<vec4f>(rays[4u * ray]).xyz;
  let word = rays[4u * ray + 3u].w;
  var near = u.x.x; var far = u.x.y;
  if (has(${marchFlags.weighted}u) && !(bitcast<f32>(rays[4u * ray + 1u].w) > 0.0)) { far = near; }
  if (!has(${marchFlags.contracted}u)) {
    // The part inside the cube.
    for (var axis = 0u; axis < 3u; axis++) {
      let o = origin[axis]; let d = direction[axis];
      if (d == 0.0) {
        if (abs(o) > 1.0) { far = near; }
        continue;
      }
      let a = (-1.0 - o) / d; let b = (1.0 - o) / d;
      near = max(near, min(a, b)); far = min(far, max(a, b));
    }
  }
  // The first step is cut short at random, so that steps do not line up from ray to ray.
  let jitter = select(f32(word & 0xffffu) / 65536.0, 0.5, has(${marchFlags.middles}u));
  return Walk(origin, direction, near, far, jitter, near - jitter * stepSize(), 0.0, 1.0);
}
fn advance(walk: ptr<function, Walk>) -> Stretch {
  let size = stepSize();
  loop {
    let t = (*walk).t;
    if (!(t < (*walk).far) || (*walk).left < ${leastLight}) { break; }
    var next: f32;
    if (has(${marchFlags.contracted}u)) {
      next = t + size * max(1.0, normOf((*walk).origin + t * (*walk).direction));
    } else {
      // Not a sum of steps, whose roundings would add up.
      (*walk).index += 1.0;
      next = (*walk).near + ((*walk).index - (*walk).jitter) * size;
    }
    (*walk).t = next;
    let start = max(t, (*walk).near); let stop = min(next, (*walk).far);
    if (stop <= start) { continue; }
    let middle = (start + stop) * 0.5;
    var density = cells[cellAt(together((*walk).origin + middle * (*walk).direction))];
    if (!(density > survey[0])) {
      if (density >= 0.0) { continue; }
      density = ${densityGridDefaults.unknown};
    }
    let through = exp(-min(density, ${mostThickness}.0 / size) * (stop - start));
    let light = (*walk).left * (1.0 - through);
    (*walk).left *= through;
    return Stretch(start, stop - start, light, true);
  }
  return Stretch(0.0, 0.0, 0.0, false);
}`;

/**
 * How much of each ray is not known to be empty. `rows`: rays; an invocation has one; workgroups are [rows / 64]. Buffers: the
 * density grid, its survey, rays, walks.
 */
export function walkKernel(writing: Writing = {}): KernelSource {
  return kernel(
    `walk${suffix(writing)}`,
    [
      ['cells', 'read', 'f32'],
      ['survey', 'read', 'f32'],
      ['rays', 'read', 'vec4u'],
      ['walks', 'read_write', 'vec4f'],
    ],
    walkSource,
    kernelHead(64, writing),
    `
  let ray = wg.x * 64u + t;
  if (ray >= u.rows) { return; }
  var walk = begin(ray);
  var stretches = 0u; var total = 0.0; var length = 0.0;
  // The light of the stretch before the last one, and of the last one.
  var before = 0.0; var last = 0.0;
  while (stretches < ${mostStretches}u) {
    let stretch = advance(&walk);
    if (!stretch.there) { break; }
    if (stretches > 0u) { total += max(max(before, last), stretch.light); }
    before = last; last = stretch.light;
    length += stretch.span;
    stretches++;
  }
  total += max(before, last);
  walks[ray] = vec4f(f32(stretches), total, length, 0.0);
}`,
  );
}

/**
 * Where each ray's samples end, and how many there are. `rows`: rays; `chunk`: samples of a ray at most. One workgroup. Buffers: walks,
 * rays, the number of samples.
 */
export function scanKernel(writing: Writing = {}): KernelSource {
  return kernel(
    `scan${suffix(writing)}`,
    [
      ['walks', 'read', 'vec4f'],
      ['rays', 'read_write', 'vec4u'],
      ['count', 'read_write', 'u32'],
    ],
    `var<workgroup> sums: array<u32, 256>;
fn samplesOf(ray: u32) -> u32 { return min(u.chunk, u32(walks[ray].x)); }`,
    kernelHead(256, writing),
    `
  // Each invocation has rays that follow one another.
  let own = (u.rows + 255u) / 256u;
  let first = min(u.rows, t * own); let behind = min(u.rows, first + own);
  var sum = 0u;
  for (var ray = first; ray < behind; ray++) { sum += samplesOf(ray); }
  sums[t] = sum;
  for (var by = 1u; by < 256u; by *= 2u) {
    workgroupBarrier();
    var more = 0u;
    if (t >= by) { more = sums[t - by]; }
    workgroupBarrier();
    sums[t] += more;
  }
  workgroupBarrier();
  var end = sums[t] - sum;
  for (var ray = first; ray < behind; ray++) {
    end += samplesOf(ray);
    rays[4u * ray].w = end;
  }
  if (t == 255u) { count[0] = end; }
}`,
  );
}

/**
 * The samples: their places in the field's coordinates, their lengths and distances, and their rays. `rows`: rays; an invocation has
 * one; workgroups are [rows / 64]; factors: near, far, half the cube's side; `chunk`: samples of a ray at most. Buffers: the density
 * grid, its survey, rays, walks, points, stretches, owners.
 */
export function drawKernel(writing: Writing = {}): KernelSource {
  return kernel(
    `draw${suffix(writing)}`,
    [
      ['cells', 'read', 'f32'],
      ['survey', 'read', 'f32'],
      ['rays', 'read', 'vec4u'],
      ['walks', 'read', 'vec4f'],
      ['points', 'read_write', 'f32'],
      ['stretches', 'read_write', 'vec2f'],
      ['owners', 'read_write', 'u32'],
    ],
    walkSource,
    mixedSource,
    `struct Drawing { sample: u32, sum: f32, passed: f32, place: f32, border: f32, distance: f32 }
// The samples whose turn comes within a stretch; those that are left, within the last one.
fn draw(drawing: ptr<function, Drawing>, walk: ptr<function, Walk>, ray: u32, stretch: Stretch, share: f32, isLast: bool) {
  let known = walks[ray];
  let samples = min(u.chunk, u32(known.x));
  var at = 0u;
  if (ray > 0u) { at = rays[4u * ray - 4u].w; }
  let word = rays[4u * ray + 3u].w;
  while ((*drawing).sample < samples) {
    let k = (*drawing).sample;
    let jitter = select(f32(mixed(word, k, 77u)) / 4294967296.0, 0.5, has(${marchFlags.middles}u));
    let wanted = (f32(k) + jitter) / f32(samples);
    if (!isLast && (*drawing).sum + share < wanted) { break; }
    let inside = clamp((wanted - (*drawing).sum) / share, 0.0, 1.0) * stretch.span;
    let t = stretch.start + inside;
    // In the length of all stretches together: what lies between two samples is halved between them.
    let place = (*drawing).passed + inside;
    let index = at + k;
    if (k > 0u) {
      let border = ((*drawing).place + place) * 0.5;
      stretches[index - 1u] = vec2f(border - (*drawing).border, (*drawing).distance);
      (*drawing).border = border;
    }
    (*drawing).place = place;
    (*drawing).distance = t * u.x.z;
    let p = together((*walk).origin + t * (*walk).direction);
    points[3u * index] = p.x; points[3u * index + 1u] = p.y; points[3u * index + 2u] = p.z;
    owners[index] = ray;
    if (k + 1u == samples) { stretches[index] = vec2f(known.z - (*drawing).border, (*drawing).distance); }
    (*drawing).sample = k + 1u;
  }
  (*drawing).sum += share;
  (*drawing).passed += stretch.span;
}`,
    kernelHead(64, writing),
    `
  let ray = wg.x * 64u + t;
  if (ray >= u.rows) { return; }
  let known = walks[ray];
  let stretches = u32(known.x);
  if (stretches == 0u) { return; }
  let guided = select(0.0, ${1 - evenShare} / known.y, known.y > 0.0);
  // Each stretch counts alike: in drawn-together space those far away are long.
  let even = select(1.0, ${evenShare}, known.y > 0.0) / known.x;
  var walk = begin(ray);
  var drawing = Drawing(0u, 0.0, 0.0, 0.0, 0.0, 0.0);
  var before = 0.0;
  var stretch = advance(&walk);
  for (var i = 1u; i < stretches; i++) {
    let next = advance(&walk);
    // Where rounding ends this way earlier than the first one.
    if (!next.there) { break; }
    // Light may come from next to where the grid has it: a cell's mean knows no better.
    let share = guided * max(max(before, stretch.light), next.light) + even;
    draw(&drawing, &walk, ray, stretch, share, false);
    before = stretch.light;
    stretch = next;
  }
  draw(&drawing, &walk, ray, stretch, guided * max(before, stretch.light) + even, true);
}`,
  );
}
