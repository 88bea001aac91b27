// Run as a program of its own by devices.ts: tries one execution provider and prints one line of JSON.
import * as ort from 'onnxruntime-node';
import { GraphBuilder } from '../graph/index.js';
import { sessionOptions } from '../onnx/sessions.js';

const rows = 1024;
const side = 256;
const repeats = 5;

async function probe(provider: 'cpu' | 'webgpu' | 'cuda'): Promise<number> {
  const builder = new GraphBuilder('probe');
  const a = builder.input('a', [rows, side]);
  const b = builder.input('b', [side, side]);
  builder.output(builder.matmul(a, b), 'c');
  const session = await ort.InferenceSession.create(builder.model(), sessionOptions(provider, 0));
  const feeds = {
    a: new ort.Tensor('float32', new Float32Array(rows * side).fill(1), [rows, side]),
    b: new ort.Tensor('float32', new Float32Array(side * side).fill(2), [side, side]),
  };
  const first = (await session.run(feeds))['c']?.data[0];
  if (first !== 2 * side) throw new Error(`a test product gave ${String(first)}, expected ${2 * side}`);
  const start = performance.now();
  for (let i = 0; i < repeats; i++) await session.run(feeds);
  return (performance.now() - start) / repeats;
}

const provider = process.argv[2];
if (provider !== 'cpu' && provider !== 'webgpu' && provider !== 'cuda') {
  throw new Error('usage: probe cpu|webgpu|cuda');
}
probe(provider).then(
  (milliseconds) => console.log(JSON.stringify({ milliseconds })),
  (cause: unknown) =>
    console.log(JSON.stringify({ error: cause instanceof Error ? cause.message : String(cause) })),
);
