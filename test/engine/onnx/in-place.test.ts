// Outputs that stay where they are written: what a graph with the sentinel does in the ONNX Runtime that is installed,
// and why it is needed at all.
import * as ort from 'onnxruntime-node';
import { afterEach, describe, expect, it } from 'vitest';
import { decodeModel, GraphBuilder } from '../../../src/engine/graph/index.js';
import { withSentinel } from '../../../src/engine/onnx/in-place.js';
import { isSentinelRefusal, sentinel } from '../../../src/engine/onnx/staged-model.js';

/** Level 4: some of these runs fail, and need not say so twice. */
const options = { intraOpNumThreads: 1, executionMode: 'sequential', logSeverityLevel: 4 } as const;

const open: ort.InferenceSession[] = [];
afterEach(async () => {
  for (const session of open.splice(0)) await session.release();
});

async function start(model: Uint8Array): Promise<ort.InferenceSession> {
  const session = await ort.InferenceSession.create(model, options);
  open.push(session);
  return session;
}

/** product = x·w, sum of its squares, and twice x: a product, a reduction and an elementwise output. */
function buildModel(): Uint8Array {
  const b = new GraphBuilder('outputs');
  const x = b.input('x', ['n', 3]);
  const product = b.output(b.matmul(x, b.input('w', [3, 2])), 'product');
  b.output(b.reduceSum(b.mul(product, product), undefined, false), 'sum');
  b.output(b.mul(x, 2), 'twice');
  return b.model({ metadata: { made: 'for a test' } });
}

const float32 = (data: readonly number[], dims: readonly number[]): ort.TypedTensor<'float32'> =>
  new ort.Tensor('float32', Float32Array.from(data), dims);
const feeds = {
  x: float32([1, 2, 3, 4, 5, 6], [2, 3]),
  w: float32([1, 0, 0, 1, 1, 1], [3, 2]),
};
const fetchesFor = (n = 2) => ({
  product: float32(Array<number>(n * 2).fill(-1), [n, 2]),
  sum: float32([-1], []),
  twice: float32(Array<number>(n * 3).fill(-1), [n, 3]),
});

/** What a run throws. */
function errorOf(run: Promise<unknown>): Promise<unknown> {
  return run.then(
    () => undefined,
    (error: unknown) => error,
  );
}

describe('a graph with the sentinel', () => {
  it('writes its outputs into the tensors given, and is then refused as expected', async () => {
    const session = await start(withSentinel(buildModel()));
    expect(session.outputNames).toEqual([sentinel, 'product', 'sum', 'twice']);
    const fetches = fetchesFor();
    const error = await errorOf(session.run(feeds, { [sentinel]: null, ...fetches }));
    expect(error, 'a run that is not refused has copied its outputs').toBeInstanceOf(Error);
    expect(isSentinelRefusal(error), String(error)).toBe(true);
    expect([...fetches.product.data]).toEqual([4, 5, 10, 11]);
    expect([...fetches.sum.data]).toEqual([16 + 25 + 100 + 121]);
    expect([...fetches.twice.data]).toEqual([2, 4, 6, 8, 10, 12]);
  });

  it('runs again and again, over other inputs and into other tensors', async () => {
    const session = await start(withSentinel(buildModel()));
    for (let round = 1; round <= 5; round++) {
      const fetches = fetchesFor(1);
      const x = float32([round, 0, round], [1, 3]);
      await errorOf(session.run({ ...feeds, x }, { [sentinel]: null, ...fetches }));
      expect([...fetches.product.data]).toEqual([2 * round, round]);
    }
  });

  it('leaves alone the memory beside an output that is part of a larger array', async () => {
    const session = await start(withSentinel(buildModel()));
    const whole = new Float32Array(8).fill(-1);
    const product = new ort.Tensor('float32', whole.subarray(2, 6), [2, 2]);
    await errorOf(session.run(feeds, { [sentinel]: null, product }));
    expect([...whole]).toEqual([-1, -1, 4, 5, 10, 11, -1, -1]);
  });

  it('is the same graph otherwise', async () => {
    const [plain, marked] = [decodeModel(buildModel()), decodeModel(withSentinel(buildModel()))];
    expect(marked.opset).toBe(plain.opset);
    expect(marked.metadata).toEqual(plain.metadata);
    expect(marked.graph.input).toEqual(plain.graph.input);
    expect(marked.graph.initializer).toEqual(plain.graph.initializer);
    expect(marked.graph.output?.slice(1)).toEqual(plain.graph.output);
    expect(marked.graph.node?.slice(1)).toEqual(plain.graph.node);
    const session = await start(withSentinel(buildModel()));
    const { sum } = await session.run(feeds, ['sum']);
    expect([...(sum?.data as Float32Array)]).toEqual([262]);
  });
});

describe('a refusal is not taken for', () => {
  const wrong: [string, Record<string, ort.Tensor>, Record<string, ort.Tensor>][] = [
    ['inputs that do not go together', { ...feeds, w: float32(Array<number>(8).fill(0), [4, 2]) }, {}],
    ['an input of another rank', { ...feeds, x: float32([1, 2, 3], [3]) }, {}],
    ['an input of another type', { ...feeds, x: new ort.Tensor('int32', new Int32Array(6), [2, 3]) }, {}],
    ['a missing input', { x: feeds.x }, {}],
    ['an output tensor of another shape', feeds, { product: float32([0, 0, 0], [1, 3]) }],
  ];
  it.each(wrong)('%s', async (_, given, outputs) => {
    const session = await start(withSentinel(buildModel()));
    const error = await errorOf(session.run(given, { [sentinel]: null, ...fetchesFor(), ...outputs }));
    expect(error).toBeInstanceOf(Error);
    expect(isSentinelRefusal(error), String(error)).toBe(false);
  });

  it('a failure inside the graph', async () => {
    const b = new GraphBuilder('failing');
    b.output(b.gather(b.input('x', [2]), b.input('at', [1], 'int64')), 'y');
    const session = await start(withSentinel(b.model()));
    const at = new ort.Tensor('int64', BigInt64Array.of(9n), [1]);
    const run = session.run({ x: float32([1, 2], [2]), at }, { [sentinel]: null, y: float32([0], [1]) });
    const error = await errorOf(run);
    expect(String(error)).toMatch(/indices/);
    expect(isSentinelRefusal(error)).toBe(false);
  });

  it('what is no error', () => {
    for (const thrown of [undefined, null, 'non tensor type', { message: 'non tensor type' }])
      expect(isSentinelRefusal(thrown)).toBe(false);
  });
});

describe('without the sentinel', () => {
  it('the binding copies outputs: once it does not, src/engine/onnx/in-place.ts may go', async () => {
    const session = await start(buildModel());
    const fetches = fetchesFor();
    const results = await session.run(feeds, fetches);
    for (const [name, given] of Object.entries(fetches)) {
      const returned = results[name]?.data as Float32Array;
      expect([...given.data], `"${name}" is written into the tensor given`).toEqual([...returned]);
      expect(
        returned.buffer,
        `"${name}" came back in the tensor given: this onnxruntime-node (${ort.env.versions.node}) no longer ` +
          'copies outputs, so in-place.ts and its sentinel may go',
      ).not.toBe(given.data.buffer);
    }
  });
});
