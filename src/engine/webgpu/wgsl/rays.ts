// What happens along rays: the colour network's input out of features and directions, volume rendering with the loss and its
// gradient, one invocation a ray (Max, 1995; Mildenhall et al., NeRF, ECCV 2020, Eq. 3), and the way back to the density's network.
import { kernel, kernelHead, range, suffix, type KernelSource, type Writing } from './ids.js';
import { harmonicFactors as f } from '../../models/fields/spherical-harmonics.js';

/**
 * Words of a ray's row: direction and where its samples end; what it should see and what its error counts for; what shows
 * behind it, and one that is not used; where it begins, in the field's units but not drawn together, and the number that the
 * places of its samples follow from.
 */
export const rayWords = 16;

/** Flags of these kernels. */
export const rayFlags = {
  /** A step: the gradient is written. */
  gradient: 1,
  /** A view: opacities and depths are written in place of errors. */
  view: 2,
  /** Points: colours are written, beside densities. */
  colours: 4,
  /** What the rays should see is written too. */
  targets: 8,
} as const;

/** What the networks' answers mean; factors: the colour's rate, the logarithm's bound. */
const answersSource = `
fn densityOf(x: f32) -> f32 { return exp(clamp(x, -u.x.y, u.x.y)); }
fn colourOf(x: vec4f) -> vec3f { return 1.0 / (1.0 + exp(clamp(-x.xyz * u.x.x, vec3f(-80.0), vec3f(80.0)))); }`;

/**
 * The colour network's input, 32 numbers a sample: its features but the first, the harmonics of its ray's direction, and a 0.
 * An invocation has a sample; workgroups are [rows / 64]. Buffers: features, the samples' rays, rays, rows.
 */
export function seenKernel(writing: Writing = {}): KernelSource {
  return kernel(
    `seen${suffix(writing)}`,
    [
      ['features', 'read', 'vec4f'],
      ['owners', 'read', 'u32'],
      ['rays', 'read', 'vec4u'],
      ['seen', 'read_write', 'vec4f'],
    ],
    kernelHead(64, writing),
    `
  let row = wg.x * 64u + t;
  if (row >= u.rows) { return; }
  let d = bitcast<vec4f>(rays[4u * owners[row]]).xyz;
  let x = d.x; let y = d.y; let z = d.z;
  let xx = x * x; let yy = y * y; let zz = z * z;
  let difference = xx - yy;
  let side = 5.0 * zz - 1.0;
  let f0 = features[4u * row]; let f1 = features[4u * row + 1u];
  let f2 = features[4u * row + 2u]; let f3 = features[4u * row + 3u];
  let to = 8u * row;
  seen[to] = vec4f(f0.yzw, f1.x);
  seen[to + 1u] = vec4f(f1.yzw, f2.x);
  seen[to + 2u] = vec4f(f2.yzw, f3.x);
  seen[to + 3u] = vec4f(f3.yzw, ${f.one});
  seen[to + 4u] = vec4f(-${f.linear} * y, ${f.linear} * z, -${f.linear} * x, ${f.product} * x * y);
  seen[to + 5u] = vec4f(-${f.product} * y * z, ${f.z2} * (3.0 * zz - 1.0), -${f.product} * x * z, ${f.difference} * difference);
  seen[to + 6u] = vec4f(-${f.cubicEdge} * y * (3.0 * xx - yy), ${f.xyz} * x * y * z, -${f.cubicSide} * y * side, ${f.z3} * z * (5.0 * zz - 3.0));
  seen[to + 7u] = vec4f(-${f.cubicSide} * x * side, ${f.zDifference} * z * difference, -${f.cubicEdge} * x * (xx - 3.0 * yy), 0.0);
}`,
  );
}

/**
 * Volume rendering, the loss and its gradient. `rows`: rays; an invocation has one; workgroups are [rays / 64]. Factors: the
 * colour's rate, the logarithm's bound, 1 / (rays of the step · 3), the distance of what is behind; places: where colours, errors (or opacities), absolute errors
 * (or depths) begin in `out`; `first`: where targets do, if they are wanted. From near to far weights and what light is left are noted where the
 * gradient will be; from far to near it takes their place. Buffers: features, the colour network's answers, lengths and
 * distances, rays, gradient by those answers, gradient by the density's logarithm, out.
 */
export function renderKernel(writing: Writing = {}): KernelSource {
  return kernel(
    `render${suffix(writing)}`,
    [
      ['features', 'read', 'f32'],
      ['shades', 'read', 'vec4f'],
      ['stretches', 'read', 'vec2f'],
      ['rays', 'read', 'vec4u'],
      ['gradient', 'read_write', 'vec4f'],
      ['slopes', 'read_write', 'f32'],
      ['out', 'read_write', 'f32'],
    ],
    answersSource,
    kernelHead(64, writing),
    `
  let ray = wg.x * 64u + t;
  if (ray >= u.rows) { return; }
  var start = 0u;
  if (ray > 0u) { start = rays[4u * ray - 4u].w; }
  let end = rays[4u * ray].w;
  let aim = bitcast<vec4f>(rays[4u * ray + 1u]);
  let behind = bitcast<vec4f>(rays[4u * ray + 2u]).xyz;
  let steps = (u.flags & ${rayFlags.gradient}u) != 0u; let views = (u.flags & ${rayFlags.view}u) != 0u;
  var colour = vec3f(); var opacity = 0.0; var depth = 0.0; var thickness = 0.0; var left = 1.0;
  for (var i = start; i < end; i++) {
    let density = densityOf(features[16u * i]);
    let own = density * stretches[i].x;
    let weight = left * (1.0 - exp(-own));
    thickness += own;
    left = exp(-thickness);
    colour += weight * colourOf(shades[4u * i]);
    opacity += weight;
    depth += weight * stretches[i].y;
    if (steps) { gradient[4u * i] = vec4f(weight, left, density, 0.0); }
  }
  let shown = colour + (1.0 - opacity) * behind;
  for (var i = 0u; i < 3u; i++) { out[u.z.x + 3u * ray + i] = shown[i]; }
  if (views) {
    out[u.z.y + ray] = opacity;
    out[u.z.z + ray] = depth + (1.0 - opacity) * u.x.w;
    return;
  }
  let residual = shown - aim.xyz;
  let sizes = abs(residual);
  out[u.z.y + ray] = dot(residual, residual) / 3.0;
  out[u.z.z + ray] = sizes.x + sizes.y + sizes.z;
  if ((u.flags & ${rayFlags.targets}u) != 0u) {
    for (var i = 0u; i < 3u; i++) { out[u.first + 3u * ray + i] = aim[i]; }
  }
  if (!steps) { return; }
  let slope = residual * (2.0 * aim.w * u.x.z);
  // What a ray sees behind a sample.
  var later = 0.0;
  for (var next = end; next > start; next--) {
    let i = next - 1u;
    let kept = gradient[4u * i];
    let seen = colourOf(shades[4u * i]);
    let worth = dot(slope, seen - behind);
    let by = worth * kept.y - later;
    later += worth * kept.x;
    slopes[i] = select(0.0, by * stretches[i].x * kept.z, abs(features[16u * i]) <= u.x.y);
    gradient[4u * i] = vec4f(slope * (kept.x * u.x.x) * seen * (vec3f(1.0) - seen), 0.0);
    ${range(3)
      .map((i) => `gradient[4u * i + ${i + 1}u] = vec4f();`)
      .join(' ')}
  }
}`,
  );
}

/**
 * The gradient by the density network's answer, out of those by the density's logarithm and by the colour network's input. An
 * invocation has a sample; workgroups are [rows / 64]. Buffers: gradient by that input, by the logarithm, by the answer.
 */
export function joinKernel(writing: Writing = {}): KernelSource {
  return kernel(
    `join${suffix(writing)}`,
    [
      ['seen', 'read', 'vec4f'],
      ['slopes', 'read', 'f32'],
      ['features', 'read_write', 'vec4f'],
    ],
    kernelHead(64, writing),
    `
  let row = wg.x * 64u + t;
  if (row >= u.rows) { return; }
  var before = slopes[row];
  for (var i = 0u; i < 4u; i++) {
    let g = seen[8u * row + i];
    features[4u * row + i] = vec4f(before, g.xyz);
    before = g.w;
  }
}`,
  );
}

/**
 * What a field is at points. An invocation has one; workgroups are [rows / 64]; factors as for rendering; places: where densities
 * and colours begin in `out`. Buffers: features, the colour network's answers, out.
 */
export function answersKernel(writing: Writing = {}): KernelSource {
  return kernel(
    `answers${suffix(writing)}`,
    [
      ['features', 'read', 'f32'],
      ['shades', 'read', 'vec4f'],
      ['out', 'read_write', 'f32'],
    ],
    answersSource,
    kernelHead(64, writing),
    `
  let row = wg.x * 64u + t;
  if (row >= u.rows) { return; }
  out[u.z.x + row] = densityOf(features[16u * row]);
  if ((u.flags & ${rayFlags.colours}u) == 0u) { return; }
  let colour = colourOf(shades[4u * row]);
  for (var i = 0u; i < 3u; i++) { out[u.z.y + 3u * row + i] = colour[i]; }
}`,
  );
}
