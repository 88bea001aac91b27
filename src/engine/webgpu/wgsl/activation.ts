// Activations and their slopes. A sine's own slope is ω·cos, and cos = ±√(1 − h²): the result h is kept alone, with the
// cosine's sign in its lowest bit, which costs half the memory of sine and cosine and no more accuracy than rounding does.
//
// WGSL promises a sine to 2⁻¹¹ on [−π, π] only, so this one is our own. It takes half turns t: with k = round(t) and
// r = t − k in [−½, ½], exact, sin πt = (−1)ᵏ sin πr. Polynomial: a least-maximum fit on [−½, ½] (Remez) within 4·10⁻⁹.

const coefficients = [
  ...['0.07722012909880205', '-0.5980451742033812', '2.5500313772954977'],
  ...['-5.167706878927413', '3.1415925800447444'],
];

/** sin πr / r as a polynomial in q = r², in WGSL. @param type of q: `f32` or a vector of them */
export function sinePolynomial(type: 'f32' | 'vec4f'): string {
  return coefficients.map((of) => `${type}(${of})`).reduce((sum, next) => `fma(q, ${sum}, ${next})`);
}

/** What follows a layer's product. */
export type ActivationName = 'sine' | 'relu' | 'identity';

/** `activate(z, factor)`: the activation of four arguments, as bits; of a sine, factor is ω/π, of a ReLU what z is multiplied with. */
export const activationSource: Readonly<Record<ActivationName, string>> = {
  sine: `
fn activate(z: vec4f, factor: f32) -> vec4u {
  let t = z * factor;
  let k = round(t);
  let r = t - k;
  let q = r * r;
  let odd = vec4u(vec4i(k) & vec4i(1));
  let p = ${sinePolynomial('vec4f')};
  let h = bitcast<vec4u>(p * r) ^ (odd << vec4u(31u));
  return (h & vec4u(0xfffffffeu)) | odd;
}`,
  relu: 'fn activate(z: vec4f, factor: f32) -> vec4u { return bitcast<vec4u>(max(z * factor, vec4f())); }',
  identity: 'fn activate(z: vec4f, factor: f32) -> vec4u { return bitcast<vec4u>(z); }',
};

/** `slope(h, factor)`: what an activation's result says of its slope; of a sine, factor is ω, of a ReLU as above. */
export const slopeSource: Readonly<Record<ActivationName, string>> = {
  sine: `
fn slope(bits: vec4u, factor: f32) -> vec4f {
  let h = bitcast<vec4f>(bits);
  let c = sqrt(max((vec4f(1.0) - h) * (vec4f(1.0) + h), vec4f()));
  return factor * bitcast<vec4f>(bitcast<vec4u>(c) | (bits << vec4u(31u)));
}`,
  relu: `
fn slope(bits: vec4u, factor: f32) -> vec4f {
  return select(vec4f(), vec4f(factor), bitcast<vec4f>(bits) > vec4f());
}`,
  identity: 'fn slope(bits: vec4u, factor: f32) -> vec4f { return vec4f(1.0); }',
};
