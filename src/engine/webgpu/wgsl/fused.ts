// A narrow network in one kernel: layers, loss, and the gradients by weights and by inputs. What lies between its layers stays in
// the workgroup's memory, where a gradient takes the place of the result that it belongs to; nothing of it goes through the device's.
// A workgroup has a slice of the batch, 16 samples at a time; its sums of gradients stay in registers until the slice ends.
//
// Results lie turned, four samples a vector: column c of samples 4q … 4q + 3 is at `placeOf(c, q)`. An invocation works out four
// columns of four samples, and reads weights from the device's memory, which every workgroup reads: caches have them.
import type { LossName } from '../../models/loss.js';
import { activationSource, slopeSource, type ActivationName } from './activation.js';
import { axes } from './dense.js';
import { kernel, kernelHead, range, suffix, type KernelSource, type Writing } from './ids.js';
import { answerSource, sampleFlags, targetSource, weightSource } from './samples.js';

/** A layer as the kernel knows it: a padded layer of layout.ts. */
export interface FusedLayer {
  readonly fanOut: number;
  readonly inner: number;
  readonly outer: number;
  readonly block: number;
  readonly biased: boolean;
  readonly activation: ActivationName;
  /** A sine's ω. */
  readonly omega: number;
}

/** What the kernel is written for. */
export interface FusedShape {
  readonly layers: readonly FusedLayer[];
  /** Numbers in all blocks. */
  readonly total: number;
  readonly loss: LossName;
  readonly truncates: boolean;
  /** The gradient by inputs is wanted. */
  readonly inputs: boolean;
  /** Targets are bytes. */
  readonly coded: boolean;
  /** The loss has the frequency term. */
  readonly supervised: boolean;
}

/** Samples that a workgroup has at a time: what is between the layers of a usual grid's network then fits 16 KiB. */
export const fusedSamples = 16;

const threads = 64;
const quads = fusedSamples / 4;
const widest = 64;
const mostOutputs = 16;

/** Whether a network fits: layers of at most 64, and what is between them fits the 16 KiB that every device has. */
export function fits(layers: readonly Pick<FusedLayer, 'inner' | 'outer' | 'fanOut'>[]): boolean {
  const head = layers.at(-1);
  if (head === undefined || head.fanOut > mostOutputs) return false;
  if (layers.some(({ inner, outer }) => inner > widest || outer > widest)) return false;
  const kept = layers.reduce((sum, { inner }) => sum + inner, 0);
  const deltas = fusedSamples * groupsOf(head);
  return 16 * (quads * kept + deltas + threads) + 4 * fusedSamples <= 16_384;
}

/** Vectors of an answer. */
const groupsOf = ({ fanOut }: Pick<FusedLayer, 'fanOut'>): number => Math.ceil(fanOut / 4);

const lines = (of: readonly string[]): string => of.join('\n    ');

/** A number as WGSL reads it back to the bit. */
const literal = (value: number): string => `f32(${Math.fround(value)})`;

/** A layer with its place in the workgroup's memory, in vectors: where its input begins, and where its result does. */
interface Placed extends FusedLayer {
  readonly i: number;
  readonly input: number;
  readonly result: number;
}

/**
 * The kernel. `chunk`: samples of a slice; factors and places as for the last layer's kernel, with a loss term for each slice; the
 * flag `gradient` makes it go back too, `adds` adds to the sums of an earlier pass. Workgroups are [slices]. Buffers: rows of
 * inputs, which the gradient by them takes the place of, weights, turned weights, the pool's targets, indices, weights of
 * samples (see `weightSource`), out, sums.
 */
export function fusedKernel(shape: FusedShape, writing: Writing = {}): KernelSource {
  let at = 0;
  const layers = shape.layers.map((layer, i): Placed => {
    const input = at;
    at += quads * layer.inner;
    return { ...layer, i, input, result: at };
  });
  const hidden = layers.slice(0, -1);
  const [first, head] = [layers[0], layers.at(-1)];
  if (first === undefined || head === undefined) throw new Error('a network has at least one layer');
  const groups = groupsOf(head);
  const targets = targetSource(shape.coded);
  const weights = weightSource(shape.supervised);
  const activations = [...new Set(hidden.map(({ activation }) => activation))];
  return kernel(
    `fused-${nameOf(shape)}${suffix(writing)}`,
    [
      ['inputs', 'read_write', 'vec4f'],
      ['b', 'read', 'vec4f'],
      ['turned', 'read', 'vec4f'],
      targets.buffer,
      ['indices', 'read', 'u32'],
      weights.buffer,
      ['out', 'read_write', 'f32'],
      ['sums', 'read_write', 'vec4f'],
    ],
    weights.source,
    targets.source,
    ...activations.map((name) =>
      (activationSource[name] + slopeSource[name])
        .replace('fn activate(', `fn activate_${name}(`)
        .replace('fn slope(', `fn slope_${name}(`),
    ),
    `var<workgroup> kept: array<vec4u, ${at}>;
var<workgroup> deltas: array<vec4f, ${fusedSamples * groups}>;
var<workgroup> parts: array<vec4f, ${threads}>;
var<workgroup> losses: array<f32, ${fusedSamples}>;
fn writes(flag: u32) -> bool { return (u.flags & flag) != 0u; }
fn placeOf(column: u32, quad: u32) -> u32 { return column * ${quads}u + (quad ^ ((column / 4u) & ${quads - 1}u)); }
fn put(at: u32, z: vec4f) { if (writes(${sampleFlags.adds}u)) { sums[at] += z; } else { sums[at] = z; } }`,
    kernelHead(threads, writing),
    `
  let tx = t % 16u; let ty = t / 16u;
  let sample = t / 4u; let quarter = t % 4u;
  let begin = wg.x * u.chunk; let end = min(u.rows, begin + u.chunk);
  let trains = writes(${sampleFlags.gradient}u);
  var total_loss = 0.0;
  ${layers.map((layer) => sumsOf(layer, head)).join('\n  ')}
  for (var tile = begin; tile < end; tile += ${fusedSamples}u) {
    workgroupBarrier();
    ${fetchSource(first)}
    workgroupBarrier();
    ${lines(hidden.map(forwardSource))}
    ${answerOf(head, shape)}
    workgroupBarrier();
    if (trains) {
    ${backwardOfHead(head, groups, layers[head.i - 1], shape.inputs)}
    ${lines(hidden.toReversed().map((layer) => backwardSource(layer, layers[layer.i - 1], shape.inputs)))}
    }
  }
  if (quarter == 0u) { losses[sample] = total_loss; }
  workgroupBarrier();
  if (t == 0u) {
    for (var i = 1u; i < ${fusedSamples}u; i++) { total_loss += losses[i]; }
    out[u.z.x + wg.x] = total_loss;
  }
  if (!trains) { return; }
  let slice = wg.x * ${shape.total / 4}u;
  ${layers.map((layer) => storeSource(layer, head, groups)).join('\n  ')}
}`,
  );
}

/** Tells shapes apart. */
function nameOf({ layers, loss, truncates, inputs, coded, supervised }: FusedShape): string {
  const words = layers.map(
    ({ inner, outer, fanOut, biased, activation, omega }) =>
      `${inner}x${outer}of${fanOut}${biased ? '+' : ''}${activation}${activation === 'sine' ? omega : ''}`,
  );
  const more = { truncated: truncates, inputs, coded, supervised };
  const said = Object.entries(more).flatMap(([word, is]) => (is ? [word] : []));
  return [...words, loss, ...said].join('-');
}

/** Rows of a layer's weights whose gradients an invocation sums. */
const rowsOf = ({ inner }: FusedLayer): number => inner / quads;

/** An invocation's sums of gradients: rows by four columns, and a bias's; of the last layer a row, and four biases. */
function sumsOf(layer: Placed, head: Placed): string {
  const rows = range(layer === head ? groupsOf(head) : rowsOf(layer));
  return [...rows.map((r) => `var g${layer.i}_${r} = vec4f();`), `var bias${layer.i} = vec4f();`].join(' ');
}

/** The samples' inputs, turned. */
function fetchSource({ inner, input }: Placed): string {
  const wide = inner / 4;
  return `for (var i = t; i < ${wide * quads}u; i += ${threads}u) {
      let quad = i / ${wide}u; let part = i % ${wide}u;
      let row = tile + 4u * quad;
      ${range(4)
        .map(
          (i) =>
            `let r${i} = select(vec4f(), inputs[min(row + ${i}u, end - 1u) * ${wide}u + part], row + ${i}u < end);`,
        )
        .join(' ')}
      ${range(4)
        .map(
          (i) =>
            `kept[${input}u + placeOf(4u * part + ${i}u, quad)] = bitcast<vec4u>(vec4f(r0.${axes[i]}, r1.${axes[i]}, r2.${axes[i]}, r3.${axes[i]}));`,
        )
        .join('\n      ')}
    }`;
}

/**
 * A product of four samples' rows with four columns: `c0` … `c3`, one a sample. @param from where the rows begin
 * @param matrix what they are multiplied with @param block where that begins @param count its rows @param across its columns
 */
function product(from: number, matrix: 'b' | 'turned', block: number, count: number, across: number): string {
  const step = (i: number): string => {
    const k = `k + ${i}u`;
    return `let x${i} = bitcast<vec4f>(kept[${from}u + placeOf(${k}, ty)]); let w${i} = ${matrix}[${block / 4}u + (${k}) * ${across / 4}u + tx];`;
  };
  return `for (var k = 0u; k < ${count}u; k += 4u) {
        ${range(4).map(step).join('\n        ')}
        ${range(4)
          .map((i) =>
            range(4)
              .map((s) => `c${s} = fma(vec4f(x${i}.${axes[s]}), w${i}, c${s});`)
              .join(' '),
          )
          .join('\n        ')}
      }`;
}

const zeros = range(4)
  .map((s) => `var c${s} = vec4f();`)
  .join(' ');

/** Four columns of four samples, turned. */
const turnedColumn = (q: number): string =>
  `vec4f(c0.${axes[q]}, c1.${axes[q]}, c2.${axes[q]}, c3.${axes[q]})`;

function forwardSource({ inner, outer, block, input, result, activation, omega }: Placed): string {
  const factor = activation === 'sine' ? literal(omega / Math.PI) : '1.0';
  return `if (tx < ${outer / 4}u) {
      ${zeros}
      ${product(input, 'b', block, inner, outer)}
      let bias = b[${(block + inner * outer) / 4}u + tx];
      ${range(4)
        .map(
          (q) =>
            `kept[${result}u + placeOf(4u * tx + ${q}u, ty)] = activate_${activation}(${turnedColumn(q)} + bias.${axes[q]}, ${factor});`,
        )
        .join('\n      ')}
    }
    workgroupBarrier();`;
}

/** The last layer's answer, and what the loss says of it: four invocations share a sample. */
function answerOf(
  { inner, outer, block, fanOut, input }: Placed,
  { loss, truncates, supervised }: FusedShape,
): string {
  const across = outer / 4;
  const groups = Math.ceil(fanOut / 4);
  const delta = `slopes * (weight * u.x.x)${weightSource(supervised).slopes}`;
  // Rows behind the slice's end have no slope.
  const answered = supervised ? `select(vec4f(), ${delta}, there)` : delta;
  return `{
      let row = tile + sample; let there = row < end;
      let own = min(row, u.rows - 1u);
      let weight = weightOf(own);
      let counts = there && weight > 0.0 && !writes(${sampleFlags.predicts}u);
      let target0 = select(0u, indexOf(own), counts) * ${fanOut}u;
      var loss = 0.0; var squares = 0.0; var magnitudes = 0.0;
      for (var group = 0u; group < ${groups}u; group++) {
        var sum = vec4f();
        for (var k = quarter; k < ${inner}u; k += 4u) {
          let x = bitcast<f32>(kept[${input}u + placeOf(k, sample / 4u)][sample % 4u]);
          sum = fma(vec4f(x), b[${block / 4}u + k * ${across}u + group], sum);
        }
        workgroupBarrier();
        parts[t] = sum;
        workgroupBarrier();
        if (quarter == 0u) {
          let prediction = ((parts[t] + parts[t + 1u]) + parts[t + 2u]) + parts[t + 3u] + b[${(block + inner * outer) / 4}u + group];
          ${answerSource({ loss, truncates, outputs: `${fanOut}u` })}
          deltas[sample * ${groups}u + group] = ${answered};
        }
      }
      if (quarter == 0u) {
        total_loss += loss * weight * u.x.x;
        if (there && writes(${sampleFlags.errors}u)) { out[u.z.y + row] = squares / ${fanOut}.0; }
        if (there && writes(${sampleFlags.absolute}u)) { out[u.z.z + row] = magnitudes; }
      }
    }`;
}

/** The gradient of a layer's input takes the place of that input; before the first layer it goes where the inputs came from. */
function replace({ input, inner }: Placed, before: Placed | undefined): string {
  if (before === undefined) {
    const wide = inner / 4;
    return range(4)
      .map(
        (s) =>
          `if (tile + 4u * ty + ${s}u < end) { inputs[(tile + 4u * ty + ${s}u) * ${wide}u + tx] = c${s}; }`,
      )
      .join('\n        ');
  }
  const { activation, omega } = before;
  const factor = activation === 'sine' ? literal(omega) : '1.0';
  return range(4)
    .map(
      (q) => `{ let at = ${input}u + placeOf(4u * tx + ${q}u, ty);
          kept[at] = bitcast<vec4u>(${turnedColumn(q)} * slope_${activation}(kept[at], ${factor})); }`,
    )
    .join('\n        ');
}

/** Works the gradient by a layer's input out, while that input is still read, and then puts it in its place. */
function gradientByInput(layer: Placed, before: Placed | undefined, wanted: boolean, work: string): string {
  if (before === undefined && !wanted) return '';
  const mine = `tx < ${layer.inner / 4}u`;
  return `${zeros}
      if (${mine}) {
      ${work}
      }
      workgroupBarrier();
      if (${mine}) {
        ${replace(layer, before)}
      }
      workgroupBarrier();`;
}

function backwardOfHead(head: Placed, groups: number, before: Placed | undefined, wanted: boolean): string {
  const { i, inner, fanOut, block, input } = head;
  const work = range(fanOut).map(
    (c) => `{ let w = turned[${(block + c * inner) / 4}u + tx];
        ${range(4)
          .map(
            (s) =>
              `c${s} = fma(vec4f(deltas[(4u * ty + ${s}u) * ${groups}u + ${c >> 2}u].${axes[c & 3]}), w, c${s});`,
          )
          .join(' ')} }`,
  );
  return `{
      if (t < ${inner}u) {
        for (var quad = 0u; quad < ${quads}u; quad++) {
          let x = bitcast<vec4f>(kept[${input}u + placeOf(t, quad)]);
          ${range(4)
            .map((s) =>
              range(groups)
                .map(
                  (g) =>
                    `g${i}_${g} = fma(vec4f(x.${axes[s]}), deltas[(4u * quad + ${s}u) * ${groups}u + ${g}u], g${i}_${g});`,
                )
                .join(' '),
            )
            .join('\n          ')}
        }
      }
      if (t < ${groups}u) { for (var s = 0u; s < ${fusedSamples}u; s++) { bias${i} += deltas[s * ${groups}u + t]; } }
      ${gradientByInput(head, before, wanted, work.join('\n      '))}
    }`;
}

function backwardSource(layer: Placed, before: Placed | undefined, wanted: boolean): string {
  const { i, inner, outer, block, input, result, biased } = layer;
  const rows = rowsOf(layer);
  return `{
      if (tx < ${outer / 4}u) {
        for (var quad = 0u; quad < ${quads}u; quad++) {
          ${range(4)
            .map((q) => `let z${q} = bitcast<vec4f>(kept[${result}u + placeOf(4u * tx + ${q}u, quad)]);`)
            .join(' ')}
          ${range(4)
            .map((s) => `let d${s} = vec4f(z0.${axes[s]}, z1.${axes[s]}, z2.${axes[s]}, z3.${axes[s]});`)
            .join(' ')}
          ${biased ? `bias${i} += (d0 + d1) + (d2 + d3);` : ''}
          ${range(rows)
            .map(
              (r) => `{ let x = bitcast<vec4f>(kept[${input}u + placeOf(${rows}u * ty + ${r}u, quad)]);
            ${range(4)
              .map((s) => `g${i}_${r} = fma(vec4f(x.${axes[s]}), d${s}, g${i}_${r});`)
              .join(' ')} }`,
            )
            .join('\n          ')}
        }
      }
      ${gradientByInput(layer, before, wanted, product(result, 'turned', block, outer, inner))}
    }`;
}

/** A slice's sums go where Adam's kernel adds them up. What only pads the last layer is never read. */
function storeSource(layer: Placed, head: Placed, groups: number): string {
  const { i, inner, outer, block, biased } = layer;
  const [from, across] = [block / 4, outer / 4];
  const bias = from + inner * across;
  if (layer === head) {
    return `if (t < ${inner}u) { ${range(groups)
      .map((g) => `put(slice + ${from}u + t * ${across}u + ${g}u, g${i}_${g});`)
      .join(' ')} }
  if (t < ${groups}u) { put(slice + ${bias}u + t, bias${i}); }`;
  }
  const rows = rowsOf(layer);
  return `if (tx < ${across}u) {
    ${range(rows)
      .map((r) => `put(slice + ${from}u + (${rows}u * ty + ${r}u) * ${across}u + tx, g${i}_${r});`)
      .join('\n    ')}
    ${biased ? `if (ty == 0u) { put(slice + ${bias}u + tx, bias${i}); }` : ''}
  }`;
}
