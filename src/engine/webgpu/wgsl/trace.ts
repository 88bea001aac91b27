// Rays out of their numbers: camera, lens and photograph lie on the device, and a ray is made from the pixel that its number counts.
// Lenses are undone as nerf/cameras/distortion.ts does it, by Newton's method, in single precision; bytes become colours through a
// table, which gives the CPU's bits.
import { backgroundPurpose } from '../../training/rays/background.js';
import { sinePolynomial } from './activation.js';
import { kernel, kernelHead, range, suffix, type KernelSource, type Writing } from './ids.js';
import { mixedSource } from './march.js';

/** Flags of this kernel. */
export const traceFlags = {
  /** The rays follow one another from `total` on: no number is read. */
  whole: 1,
  /** Weights lie behind the numbers. */
  weighted: 2,
  /** Every ray has a background of its own. */
  random: 4,
  /** A view: rays are compared with nothing. */
  view: 8,
} as const;

/**
 * Words of a camera's row: its first ray, columns, where its photograph begins, in bytes, and which of the buffers it lies in with
 * channels and lens; focal lengths and centre; k1 to k4; k5, k6, p1, p2; three axes, each with a number of the place that rays begin
 * at, in the field's units.
 */
export const cameraWords = 28;

/** Buffers that photographs are spread over. With the others they are seven of the eight that every device binds. */
export const photographBuffers = 4;

/** The lenses that this kernel undoes, by their numbers in a camera's row. */
export const lensModels = ['pinhole', 'opencv', 'opencv-rational', 'opencv-fisheye'] as const;

/** Newton's method doubles its digits with every turn: the turn after a step as small changes no bit. */
const lastStep = 1e-5;
const turns = 24;

const photographs = range(photographBuffers).map((i) => `photographs${i}`);

const lensSource = `
fn row(camera: u32, part: u32) -> vec4f { return bitcast<vec4f>(cameras[7u * camera + part]); }
fn undistorted(camera: u32, d: vec2f, rational: bool) -> vec2f {
  let k = row(camera, 2u); let more = row(camera, 3u);
  let p1 = more.z; let p2 = more.w;
  var at = d;
  for (var turn = 0u; turn < ${turns}u; turn++) {
    let x = at.x; let y = at.y;
    let rr = x * x + y * y;
    var g = 1.0 + rr * (k.x + rr * (k.y + rr * select(k.z + rr * k.w, k.z, rational)));
    var slope = k.x + rr * (2.0 * k.y + rr * select(3.0 * k.z + rr * 4.0 * k.w, 3.0 * k.z, rational));
    if (rational) {
      let below = 1.0 + rr * (k.w + rr * (more.x + rr * more.y));
      g /= below;
      slope = (slope - g * (k.w + rr * (2.0 * more.x + rr * 3.0 * more.y))) / below;
    }
    let ex = x * g + 2.0 * p1 * x * y + p2 * (rr + 2.0 * x * x) - d.x;
    let ey = y * g + p1 * (rr + 2.0 * y * y) + 2.0 * p2 * x * y - d.y;
    let both = 2.0 * x * y * slope + 2.0 * p1 * x + 2.0 * p2 * y;
    let xx = g + 2.0 * x * x * slope + 2.0 * p1 * y + 6.0 * p2 * x;
    let yy = g + 2.0 * y * y * slope + 6.0 * p1 * y + 2.0 * p2 * x;
    let step = vec2f(yy * ex - both * ey, xx * ey - both * ex) / (xx * yy - both * both);
    at -= step;
    if (abs(step.x) + abs(step.y) < ${lastStep}) { break; }
  }
  return at;
}
fn angleOf(camera: u32, distance: f32) -> f32 {
  let k = row(camera, 2u);
  var angle = min(distance, ${Math.PI});
  for (var turn = 0u; turn < ${turns}u; turn++) {
    let t = angle * angle;
    let slope = 1.0 + t * (3.0 * k.x + t * (5.0 * k.y + t * (7.0 * k.z + t * 9.0 * k.w)));
    let step = (angle * (1.0 + t * (k.x + t * (k.y + t * (k.z + t * k.w)))) - distance) / slope;
    angle -= step;
    if (abs(step) < ${lastStep}) { break; }
  }
  return angle;
}
// Of half turns from -1/2 to 1.
fn sineOf(halfTurns: f32) -> f32 {
  let r = select(halfTurns, 1.0 - halfTurns, halfTurns > 0.5);
  let q = r * r;
  return r * ${sinePolynomial('f32')};
}
// In the camera's axes.
fn directionOf(camera: u32, pixel: vec2f, model: u32) -> vec3f {
  let lens = row(camera, 1u);
  let d = (pixel - lens.zw) / lens.xy;
  if (model == ${lensModels.indexOf('opencv-fisheye')}u) {
    let distance = length(d);
    let halfTurns = angleOf(camera, distance) * ${1 / Math.PI};
    var side = 1.0;
    if (distance > 0.0) { side = sineOf(halfTurns) / distance; }
    return vec3f(d.x * side, -d.y * side, -sineOf(0.5 - halfTurns));
  }
  var p = d;
  if (model != ${lensModels.indexOf('pinhole')}u) {
    p = undistorted(camera, d, model == ${lensModels.indexOf('opencv-rational')}u);
  }
  return vec3f(p.x, -p.y, -1.0) / sqrt(p.x * p.x + p.y * p.y + 1.0);
}`;

const pixelSource = `
fn cameraOf(number: u32) -> u32 {
  var low = 0u; var high = u.inner;
  while (high - low > 1u) {
    let middle = (low + high) / 2u;
    if (cameras[7u * middle].x <= number) { low = middle; } else { high = middle; }
  }
  return low;
}
fn wordOf(place: u32, at: u32) -> u32 {
  switch (place) {
    ${photographs.map((name, i) => `${i === 0 ? 'default' : `case ${i}u`}: { return ${name}[at]; }`).join('\n    ')}
  }
}
// A byte over 255; the table lies behind the cameras.
fn shareOf(place: u32, at: u32) -> f32 {
  let byte = (wordOf(place, at / 4u) >> (8u * (at % 4u))) & 255u;
  return bitcast<f32>(cameras[7u * u.inner + byte / 4u][byte % 4u]);
}
fn colourOf(camera: u32, pixel: u32) -> vec3f {
  let head = cameras[7u * camera];
  let place = head.w & 15u; let channels = (head.w >> 4u) & 15u;
  let at = head.z + pixel * channels;
  let colour = vec3f(shareOf(place, at), shareOf(place, at + 1u), shareOf(place, at + 2u));
  if (channels == 3u) { return colour; }
  let alpha = shareOf(place, at + 3u);
  return colour * alpha + u.y.xyz * (1.0 - alpha);
}`;

/**
 * Makes rays. `rows`: rays of the pass; an invocation has one; workgroups are [rows / 64]; `first`: the pass's first ray in the batch;
 * `total`: the first one's number, where they follow one another; `inner`: cameras; `chunk`: the seed; `block`: the step. Factors: what
 * shows behind all rays, a number that is not used, what shows through photographs. Buffers: numbers and, behind them, weights; cameras
 * and, behind them, a table of bytes; photographs; rays.
 */
export function traceKernel(writing: Writing = {}): KernelSource {
  return kernel(
    `trace${suffix(writing)}`,
    [
      ['chosen', 'read', 'u32'],
      ['cameras', 'read', 'vec4u'],
      ...photographs.map((name) => [name, 'read', 'u32'] as const),
      ['rays', 'read_write', 'vec4u'],
    ],
    mixedSource,
    lensSource,
    pixelSource,
    'fn has(flag: u32) -> bool { return (u.flags & flag) != 0u; }',
    kernelHead(64, writing),
    `
  let ray = wg.x * 64u + t;
  if (ray >= u.rows) { return; }
  var number = u.total + ray;
  if (!has(${traceFlags.whole}u)) { number = chosen[ray]; }
  let views = has(${traceFlags.view}u);
  var weight = select(1.0, 0.0, views);
  if (has(${traceFlags.weighted}u)) { weight = bitcast<f32>(chosen[u.rows + ray]); }
  let camera = cameraOf(number);
  let head = cameras[7u * camera];
  let pixel = number - head.x;
  let line = pixel / head.y;
  let middle = vec2f(f32(pixel - line * head.y), f32(line)) + 0.5;
  let seen = directionOf(camera, middle, head.w >> 8u);
  let right = row(camera, 4u); let up = row(camera, 5u); let back = row(camera, 6u);
  let direction = right.xyz * seen.x + up.xyz * seen.y + back.xyz * seen.z;
  var aim = vec3f();
  if (weight > 0.0) { aim = colourOf(camera, pixel); }
  let word = select(mixed(u.chunk, u.block, u.first + ray), 0u, views);
  var behind = u.x.xyz;
  if (has(${traceFlags.random}u)) {
    for (var i = 0u; i < 3u; i++) { behind[i] = f32(mixed(word, i, ${backgroundPurpose}u)) / 4294967296.0; }
  }
  rays[4u * ray] = bitcast<vec4u>(vec4f(direction, 0.0));
  rays[4u * ray + 1u] = bitcast<vec4u>(vec4f(aim, weight));
  rays[4u * ray + 2u] = bitcast<vec4u>(vec4f(behind, 0.0));
  rays[4u * ray + 3u] = vec4u(bitcast<vec3u>(vec3f(right.w, up.w, back.w)), word);
}`,
  );
}
