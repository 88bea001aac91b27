// What the graph tests share: seeded numbers, central differences, and a run through ONNX Runtime.
import { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';
import { encodeModel, type GraphProto } from '../../../src/engine/graph/index.js';
import { decodeValueInfo } from '../../../src/engine/graph/proto.js';
import { evaluate, type Tensor } from '../../reference/evaluate.js';

/** Uniform numbers in [0, 1) from a seed (mulberry32). */
export function seeded(seed: number): { float(): number } {
  let state = seed >>> 0;
  return {
    float() {
      state = (state + 0x6d2b79f5) >>> 0;
      let t = Math.imul(state ^ (state >>> 15), state | 1);
      t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
      return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
    },
  };
}

/** The largest difference between two tensors, relative to the largest element of either (at least `floor`). */
export function relativeError(actual: ArrayLike<number>, expected: ArrayLike<number>, floor = 1e-12): number {
  if (actual.length !== expected.length)
    throw new Error(`${actual.length} elements against ${expected.length}`);
  let scale = floor;
  let difference = 0;
  for (let i = 0; i < actual.length; i++) {
    const a = actual[i] ?? Number.NaN;
    const e = expected[i] ?? Number.NaN;
    if (!Number.isFinite(a) || !Number.isFinite(e)) throw new Error(`element ${i}: ${a} against ${e}`);
    scale = Math.max(scale, Math.abs(a), Math.abs(e));
    difference = Math.max(difference, Math.abs(a - e));
  }
  return difference / scale;
}

/** Feeds as single precision has them. */
export function rounded(feeds: Readonly<Record<string, Tensor>>): Record<string, Tensor> {
  return Object.fromEntries(
    Object.entries(feeds).map(([name, x]) => [name, { ...x, data: x.data.map(Math.fround) }]),
  );
}

/** d value / d feeds[name] by central differences. */
export function centralDifferences(
  graph: GraphProto,
  feeds: Readonly<Record<string, Tensor>>,
  of: string,
  name: string,
  step = 1e-5,
): Float64Array {
  const x = feeds[name];
  if (x === undefined) throw new Error(`no feed "${name}"`);
  const valueAt = (place: number, offset: number): number => {
    const data = x.data.slice();
    data[place] = (data[place] ?? 0) + offset;
    return evaluate(graph, { ...feeds, [name]: { ...x, data } }, [of]).get(of)?.data[0] ?? Number.NaN;
  };
  return x.data.map((_, place) => (valueAt(place, step) - valueAt(place, -step)) / (2 * step));
}

/** Runs a graph in ONNX Runtime on one CPU thread; every output as plain numbers. */
export async function runOnnx(
  graph: GraphProto,
  feeds: Readonly<Record<string, Tensor>>,
  opset = 17,
): Promise<Record<string, { shape: readonly number[]; data: number[] }>> {
  const session = await InferenceSession.create(encodeModel({ graph, opset, metadata: {} }), {
    intraOpNumThreads: 1,
    executionMode: 'sequential',
    logSeverityLevel: 3,
  });
  try {
    const types = new Map(graph.input?.map((info) => [info.name ?? '', decodeValueInfo(info).type]));
    const given = session.inputNames.map((name): [string, OrtTensor] => {
      const x = feeds[name];
      const type = types.get(name);
      if (x === undefined || type === undefined) throw new Error(`no feed "${name}"`);
      if (type === 'int64')
        return [name, new OrtTensor('int64', BigInt64Array.from(x.data, BigInt), x.shape)];
      if (type === 'bool') return [name, new OrtTensor('bool', Uint8Array.from(x.data), x.shape)];
      return [name, new OrtTensor('float32', Float32Array.from(x.data), x.shape)];
    });
    const results = await session.run(Object.fromEntries(given));
    return Object.fromEntries(
      Object.entries(results).map(([name, result]) => [
        name,
        { shape: result.dims, data: Array.from(result.data as ArrayLike<number | bigint>, Number) },
      ]),
    );
  } finally {
    await session.release();
  }
}
