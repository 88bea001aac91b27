// Arithmetic on tensor dimensions that may be unknown until the graph runs. A dimension is a number or the text
// of a polynomial in named sizes ('n', '2*n+1'); kept canonical, two dimensions are equal when their texts are.
// Knowing that is enough to tell which axes were broadcast, which is all that a gradient has to know.
import { ArgumentError } from '../../core/errors.js';

/** One dimension: a size, or a name or polynomial of names standing for a size fixed when the graph runs. */
export type Dim = number | string;

/** The dimensions of a tensor, outermost first; `[]` is a scalar. */
export type Shape = readonly Dim[];

/** Monomial (`''` for the constant, names joined by `*` in sorted order otherwise) → integer coefficient. */
type Polynomial = ReadonlyMap<string, number>;

const TERM = /([+-]?)((?:\d+|[A-Za-z_][\w.:/]*|\{[^{}]*\})(?:\*(?:\d+|[A-Za-z_][\w.:/]*|\{[^{}]*\}))*)/y;
const cache = new Map<string, Polynomial>();

function parse(dim: Dim): Polynomial {
  if (typeof dim === 'number') return new Map(dim === 0 ? [] : [['', dim]]);
  const known = cache.get(dim);
  if (known !== undefined) return known;
  // Names that other tools write, such as `floor(h/2)`, are no polynomials: they become one opaque name.
  const polynomial = parseTerms(dim) ?? new Map([[opaqueDim(dim) as string, 1]]);
  cache.set(dim, polynomial);
  return polynomial;
}

function parseTerms(text: string): Polynomial | undefined {
  const terms = new Map<string, number>();
  let at = 0;
  while (at < text.length) {
    TERM.lastIndex = at;
    const match = TERM.exec(text);
    if (match === null || (at > 0 && match[1] === '')) return undefined;
    let coefficient = match[1] === '-' ? -1 : 1;
    const names: string[] = [];
    for (const factor of (match[2] as string).match(/\{[^{}]*\}|[^*]+/g) ?? []) {
      if (/^\d+$/.test(factor)) coefficient *= Number(factor);
      else names.push(factor);
    }
    accumulate(terms, names.sort().join('*'), coefficient);
    at = TERM.lastIndex;
  }
  return terms;
}

function accumulate(terms: Map<string, number>, monomial: string, coefficient: number): void {
  const sum = (terms.get(monomial) ?? 0) + coefficient;
  if (sum === 0) terms.delete(monomial);
  else terms.set(monomial, sum);
}

function format(terms: Polynomial): Dim {
  if (terms.size === 0) return 0;
  if (terms.size === 1 && terms.has('')) return terms.get('') as number;
  const monomials = [...terms.keys()].filter((monomial) => monomial !== '').sort();
  let text = '';
  for (const monomial of [...monomials, '']) {
    const coefficient = terms.get(monomial);
    if (coefficient === undefined) continue;
    const size = Math.abs(coefficient);
    const body = monomial === '' ? String(size) : size === 1 ? monomial : `${size}*${monomial}`;
    text += (coefficient < 0 ? '-' : text === '' ? '' : '+') + body;
  }
  return text;
}

/** Names inside a monomial; opaque names may contain `*`. */
function namesOf(monomial: string): string[] {
  return monomial === '' ? [] : (monomial.match(/\{[^{}]*\}|[^*]+/g) ?? []);
}

/** A dimension of which nothing is known but this description of where it comes from. */
export function opaqueDim(description: string): Dim {
  return `{${description.replace(/[{}]/g, '')}}`;
}

/** The canonical form of a dimension. @throws ArgumentError for a size that is no whole number, or an empty name. */
export function canonicalDim(dim: Dim): Dim {
  if (typeof dim === 'number' ? !Number.isSafeInteger(dim) || dim < 0 : dim.trim() === '') {
    throw new ArgumentError(
      `a dimension must be a whole number of at least 0 or a name such as 'n'; got ${JSON.stringify(dim)}`,
    );
  }
  return typeof dim === 'number' ? dim : format(parse(dim.replace(/\s+/g, '')));
}

/** a + b. */
export function addDims(a: Dim, b: Dim): Dim {
  if (typeof a === 'number' && typeof b === 'number') return a + b;
  const terms = new Map(parse(a));
  for (const [monomial, coefficient] of parse(b)) accumulate(terms, monomial, coefficient);
  return format(terms);
}

/** a − b; may be negative. */
export function subtractDims(a: Dim, b: Dim): Dim {
  return addDims(a, multiplyDims(-1, b));
}

/** a · b. */
export function multiplyDims(a: Dim, b: Dim): Dim {
  if (typeof a === 'number' && typeof b === 'number') return a * b;
  const terms = new Map<string, number>();
  for (const [left, leftCoefficient] of parse(a)) {
    for (const [right, rightCoefficient] of parse(b)) {
      const names = [...namesOf(left), ...namesOf(right)].sort();
      accumulate(terms, names.join('*'), leftCoefficient * rightCoefficient);
    }
  }
  return format(terms);
}

/** The product of all dimensions: how many elements a tensor of that shape has. */
export function countOf(shape: Shape): Dim {
  return shape.reduce((product: Dim, dim) => multiplyDims(product, dim), 1);
}

/** a / b where that leaves no remainder whatever the sizes are; undefined otherwise. */
export function divideDims(a: Dim, b: Dim): Dim | undefined {
  if (a === b) return 1;
  const divisor = [...parse(b)];
  const [lead] = divisor;
  if (lead === undefined) return undefined;
  if (divisor.length > 1) {
    // Only multiples by a whole number are recognised: nothing else has been needed.
    const ratio = (parse(a).get(lead[0]) ?? 0) / lead[1];
    return Number.isInteger(ratio) && multiplyDims(ratio, b) === a ? ratio : undefined;
  }
  const terms = new Map<string, number>();
  for (const [monomial, coefficient] of parse(a)) {
    const names = namesOf(monomial);
    for (const name of namesOf(lead[0])) {
      const at = names.indexOf(name);
      if (at < 0) return undefined;
      names.splice(at, 1);
    }
    if (coefficient % lead[1] !== 0) return undefined;
    accumulate(terms, names.join('*'), coefficient / lead[1]);
  }
  return format(terms);
}

/** ⌊dim / divisor⌋ for a positive whole divisor; opaque where the names do not divide. */
export function floorDivideDim(dim: Dim, divisor: number): Dim {
  const constant = parse(dim).get('') ?? 0;
  const rest = divideDims(subtractDims(dim, constant), divisor);
  if (rest === undefined) return opaqueDim(`floor((${dim})/${divisor})`);
  return addDims(rest, Math.floor(constant / divisor));
}

/** The terms of a dimension: its coefficient and the names multiplied with it. */
export function termsOf(dim: Dim): { coefficient: number; names: string[] }[] {
  return [...parse(dim)].map(([monomial, coefficient]) => ({ coefficient, names: namesOf(monomial) }));
}

/** A shape as messages show it: `[n, 3]`. */
export function formatShape(shape: Shape): string {
  return `[${shape.join(', ')}]`;
}

/** Whether two canonical shapes are the same. */
export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((dim, axis) => dim === b[axis]);
}

/** The shape two operands have together under ONNX's multidirectional broadcasting; undefined where they have none. */
export function broadcastShapes(a: Shape, b: Shape): Shape | undefined {
  const rank = Math.max(a.length, b.length);
  const shape: Dim[] = [];
  for (let axis = 0; axis < rank; axis++) {
    const left = a[axis - rank + a.length] ?? 1;
    const right = b[axis - rank + b.length] ?? 1;
    if (left !== right && left !== 1 && right !== 1) return undefined;
    shape.push(left === 1 ? right : left);
  }
  return shape;
}
