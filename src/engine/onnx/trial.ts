// Tries ONNX Runtime on a device: one matrix product, checked and timed.
import * as ort from 'onnxruntime-node';
import { DeviceError } from '../../core/errors.js';
import { GraphBuilder } from '../graph/index.js';
import type { Execution } from './execution.js';
import { sessionOptions } from './sessions.js';

const rows = 1024;
const side = 256;
const repeats = 5;

/** @returns milliseconds for a 1024×256×256 product. @throws where the device gives none, or a wrong one */
export async function timeProduct(execution: Execution): Promise<number> {
  const { provider } = execution;
  const providers = ort.listSupportedBackends().map(({ name }) => name);
  // What it does not know it passes over, and takes the CPU.
  if (!providers.includes(provider)) {
    throw new DeviceError(`ONNX Runtime's package has no ${provider} here, but ${providers.join(', ')}`);
  }
  const builder = new GraphBuilder('probe');
  const a = builder.input('a', [rows, side]);
  const b = builder.input('b', [side, side]);
  builder.output(builder.matmul(a, b), 'c');
  const session = await ort.InferenceSession.create(builder.model(), sessionOptions(execution, 0));
  const feeds = {
    a: new ort.Tensor('float32', new Float32Array(rows * side).fill(1), [rows, side]),
    b: new ort.Tensor('float32', new Float32Array(side * side).fill(2), [side, side]),
  };
  const first = (await session.run(feeds))['c']?.data[0];
  if (first !== 2 * side) {
    throw new DeviceError(`a test product gave ${String(first)}, expected ${2 * side}`);
  }
  const start = performance.now();
  for (let i = 0; i < repeats; i++) await session.run(feeds);
  return (performance.now() - start) / repeats;
}
