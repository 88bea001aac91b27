// A thread of the floor: one session, its share of the micro-batches, tensors made once.
import { parentPort, workerData } from 'node:worker_threads';
import * as ort from 'onnxruntime-node';
import { floorPorts, type FloorReply, type FloorSetup } from './step-floor.js';

const port = parentPort;
if (port === null) throw new Error('this file runs as a worker thread only');
const { graph, parameters, inputDim, passes } = workerData as FloorSetup;
const answer = (reply: FloorReply): void => port.postMessage(reply);

const session = await ort.InferenceSession.create(graph, {
  executionProviders: ['cpu'],
  intraOpNumThreads: 1,
  interOpNumThreads: 1,
  executionMode: 'sequential',
  graphOptimizationLevel: 'all',
  logSeverityLevel: 3,
});
const weights = Object.fromEntries(
  parameters.map(({ name, shape, data }) => [name, new ort.Tensor('float32', data, shape)]),
);
const feeds = passes.map((inputs) => ({
  ...weights,
  [floorPorts.inputs]: new ort.Tensor('float32', inputs, [inputs.length / inputDim, inputDim]),
}));

async function run(): Promise<number> {
  let sum = 0;
  for (const feed of feeds) {
    const { rows } = await session.run(feed, [floorPorts.rows]);
    for (const value of rows?.data as Float32Array) sum += value;
  }
  return sum;
}

port.on('message', (command: 'run' | 'stop') => {
  if (command === 'stop') {
    void session.release().finally(() => port.close());
    return;
  }
  run().then(
    (sum) => answer({ sum }),
    (cause: unknown) => answer({ error: String(cause) }),
  );
});
answer({ ready: true });
