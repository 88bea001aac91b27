// Tries ONNX Runtime on a device: one matrix product, checked.
import * as ort from 'onnxruntime-node';
import { DeviceError } from '../../core/errors.js';
import { GraphBuilder } from '../graph/index.js';
import type { Execution } from './execution.js';
import { sessionOptions } from './sessions.js';

const rows = 1024;
const side = 256;

/** @throws where the device gives no 1024×256×256 product, or a wrong one */
export async function tryProduct(execution: Execution): Promise<void> {
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
  await session.release();
}
