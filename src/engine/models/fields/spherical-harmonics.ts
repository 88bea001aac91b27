// Directions as the network of a radiance field gets them: real spherical harmonics of the first four degrees, 16 numbers
// (Müller et al., Instant Neural Graphics Primitives, 2022, Sec. 5.4; Sloan, Stupid Spherical Harmonics Tricks, 2008,
// Appendix A2).
import type { GraphBuilder, Value } from '../../graph/index.js';

/** Numbers per direction. */
export const harmonicsWidth = 16;

/** √(1/4π), √(3/4π), and so on: what normalises each harmonic over the sphere. */
export const harmonicFactors = {
  one: Math.sqrt(1 / (4 * Math.PI)),
  linear: Math.sqrt(3 / (4 * Math.PI)),
  product: Math.sqrt(15 / (4 * Math.PI)),
  z2: Math.sqrt(5 / (16 * Math.PI)),
  difference: Math.sqrt(15 / (16 * Math.PI)),
  cubicEdge: Math.sqrt(35 / (32 * Math.PI)),
  xyz: Math.sqrt(105 / (4 * Math.PI)),
  cubicSide: Math.sqrt(21 / (32 * Math.PI)),
  z3: Math.sqrt(7 / (16 * Math.PI)),
  zDifference: Math.sqrt(105 / (16 * Math.PI)),
} as const;

/**
 * The harmonics of directions, by degree and then by order from −l to l, with the sign of the Condon–Shortley phase.
 * @param directions `[n, 3]` of length 1
 * @returns `[n, 16]`
 */
export function sphericalHarmonics(b: GraphBuilder, directions: Value): Value {
  const [x, y, z] = [0, 1, 2].map((axis) => b.slice(directions, [axis], [axis + 1], [1])) as [
    Value,
    Value,
    Value,
  ];
  const [xx, yy, zz] = [b.mul(x, x), b.mul(y, y), b.mul(z, z)];
  const difference = b.sub(xx, yy);
  const fiveZ = b.sub(b.mul(zz, 5), 1);
  const f = harmonicFactors;
  return b.concat(
    [
      b.add(b.mul(x, 0), f.one),
      b.mul(y, -f.linear),
      b.mul(z, f.linear),
      b.mul(x, -f.linear),
      b.mul(b.mul(x, y), f.product),
      b.mul(b.mul(y, z), -f.product),
      b.mul(b.sub(b.mul(zz, 3), 1), f.z2),
      b.mul(b.mul(x, z), -f.product),
      b.mul(difference, f.difference),
      b.mul(b.mul(y, b.sub(b.mul(xx, 3), yy)), -f.cubicEdge),
      b.mul(b.mul(b.mul(x, y), z), f.xyz),
      b.mul(b.mul(y, fiveZ), -f.cubicSide),
      b.mul(b.mul(z, b.sub(b.mul(zz, 5), 3)), f.z3),
      b.mul(b.mul(x, fiveZ), -f.cubicSide),
      b.mul(b.mul(z, difference), f.zDifference),
      b.mul(b.mul(x, b.sub(xx, b.mul(yy, 3))), -f.cubicEdge),
    ],
    1,
  );
}
