// cos, exp and log from additions and multiplications alone. The standard leaves the last bit of Math.cos and its
// kin to the engine, and engines do differ; a count rounds down, so one bit could change every draw after it.

/** The sum of a power series by Horner's rule, highest term first. */
function horner(terms: readonly number[], x: number): number {
  let sum = 0;
  for (const term of terms) sum = sum * x + term;
  return sum;
}

/** 1/n! with alternating signs for n = last, last − 2, … down to 0 or 1: the Taylor terms of cos and sin. */
function alternating(last: number): number[] {
  const terms: number[] = [];
  for (let n = last % 2, term = 1; n <= last; term /= -(n + 1) * (n + 2), n += 2) terms.unshift(term);
  return terms;
}

const cosTerms = alternating(18);
const sinTerms = alternating(19);
const expTerms = Array.from({ length: 19 }, (_, i) => 18 - i).map((n) => {
  let factorial = 1;
  for (let i = 2; i <= n; i++) factorial *= i;
  return 1 / factorial;
});
/** Of artanh(s)/s in s²; |s| stays below 0.172. */
const artanhTerms = Array.from({ length: 13 }, (_, i) => 1 / (25 - 2 * i));

/** cos(πu) for u in [0, 1], within 2⁻⁵². */
export function cosPi(u: number): number {
  if (u > 0.5) return -cosPi(1 - u);
  // Series near zero only: cos on [0, π/4], beyond it the sine of what is left to π/2.
  if (u > 0.25) {
    const x = Math.PI * (0.5 - u);
    return x * horner(sinTerms, x * x);
  }
  const x = Math.PI * u;
  return horner(cosTerms, x * x);
}

/** eˣ for |x| below 700, to some units in the last place. */
export function exp(x: number): number {
  let halvings = Math.round(x / Math.LN2);
  let result = horner(expTerms, x - halvings * Math.LN2);
  for (; halvings > 0; halvings--) result *= 2;
  for (; halvings < 0; halvings++) result /= 2;
  return result;
}

/** ln x for finite x above 0, to some units in the last place. */
export function log(x: number): number {
  let mantissa = x;
  let doublings = 0;
  for (; mantissa > Math.SQRT2; doublings++) mantissa /= 2;
  for (; mantissa < Math.SQRT1_2; doublings--) mantissa *= 2;
  const s = (mantissa - 1) / (mantissa + 1);
  return doublings * Math.LN2 + 2 * s * horner(artanhTerms, s * s);
}
