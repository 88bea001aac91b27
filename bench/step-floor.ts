// The floor under a training step: its matrix products and nothing else, by the same engine in the trainer's
// arrangement (as many threads with one single-threaded session each, the same micro-batches, weights as inputs).
//
// The products stay chained as in a step, only the sines, the loss and the sums between them are left out: every
// operand is as warm in the cache as a step could have it, and no product can be left out as unused. Fetching whole
// results would add copies that no product needs, so one row of each weight gradient comes out.
import { Worker } from 'node:worker_threads';
import { GraphBuilder, type Value } from '../src/engine/graph/index.js';
import { layerSizes, type NamedArray, type StepTask } from './support-step.js';
import { spreadOf, takeTurns } from './support-timing.js';

/** Names of the graph's own ports; the others are the weights'. */
export const floorPorts = { inputs: 'inputs', rows: 'rows' } as const;

/** What a thread is given. */
export interface FloorSetup {
  readonly graph: Uint8Array;
  readonly parameters: readonly NamedArray[];
  readonly inputDim: number;
  /** Inputs of each of its micro-batches, one after the other. */
  readonly passes: readonly Float32Array[];
}

/** What a thread answers: 'ready' once, then the sum over what it fetched, so that nothing is computed in vain. */
export type FloorReply = { readonly ready: true } | { readonly sum: number } | { readonly error: string };

/** All products of one micro-batch, weights `[out, in]`; the bias is part of the forward product. */
export function buildFloorGraph(task: StepTask): Uint8Array {
  const b = new GraphBuilder('products');
  const sizes = layerSizes(task);
  const x = b.input(floorPorts.inputs, ['n', task.inputDim]);
  const layers = sizes.slice(1).map((fanOut, i) => ({
    weight: b.input(`net.${i}.weight`, [fanOut, sizes[i] ?? 0]),
    bias: b.input(`net.${i}.bias`, [fanOut]),
    scale: i + 2 === sizes.length ? 1 : task.omega,
  }));
  const layerInputs: Value[] = [];
  let h = x;
  for (const { weight, bias, scale } of layers) {
    layerInputs.push(h);
    h = b.gemm(h, weight, bias, { alpha: scale, beta: scale, transB: true });
  }
  let d = h;
  const rows: Value[] = [];
  for (const [i, { weight, scale }] of [...layers.entries()].reverse()) {
    const input = layerInputs[i] ?? x;
    const gradient = b.gemm(d, input, undefined, { alpha: scale, transA: true });
    rows.push(b.slice(gradient, [0], [1], [0]));
    if (i > 0) d = b.gemm(d, weight, undefined, { alpha: scale });
  }
  b.output(b.concat(rows, 1), floorPorts.rows);
  return b.model();
}

/** Rows of the batch in equal micro-batches, the same number of them for every thread. */
export function cutPasses(n: number, microBatch: number, threads: number): (readonly [number, number])[][] {
  const perThread = Math.ceil(Math.ceil(n / microBatch) / threads);
  const parts = Math.min(n, perThread * threads);
  const shares = Array.from({ length: threads }, (): (readonly [number, number])[] => []);
  for (let part = 0; part < parts; part++) {
    const range = [Math.floor((part * n) / parts), Math.floor(((part + 1) * n) / parts)] as const;
    shares[Math.floor((part * threads) / parts)]?.push(range);
  }
  return shares;
}

/** Starts the worker's file: on Node 20 a thread does not inherit that its parent reads TypeScript. */
function startThread(setup: FloorSetup): Worker {
  const tsx = JSON.stringify(import.meta.resolve('tsx/esm/api'));
  const here = JSON.stringify(import.meta.url);
  const code = `import(${tsx}).then(({ tsImport }) => tsImport('./step-floor-worker.ts', ${here}))`;
  return new Worker(code, { workerData: setup, eval: true });
}

/** The floor's threads, waiting. */
export class Floor {
  readonly #threads: readonly Worker[];
  readonly #ended: Promise<unknown>;

  private constructor(threads: readonly Worker[]) {
    this.#threads = threads;
    this.#ended = Promise.all(
      threads.map((thread) => new Promise((resolve) => thread.once('exit', resolve))),
    );
  }

  /** Starts the threads and makes their sessions. */
  static async start(
    task: StepTask,
    parameters: readonly NamedArray[],
    arrangement: { readonly microBatch: number; readonly threads: number },
  ): Promise<Floor> {
    const graph = buildFloorGraph(task);
    const shares = cutPasses(task.n, arrangement.microBatch, arrangement.threads);
    const threads = shares.map((ranges) => {
      return startThread({
        graph,
        parameters,
        inputDim: task.inputDim,
        passes: ranges.map(([from, to]) => task.inputs.slice(from * task.inputDim, to * task.inputDim)),
      });
    });
    const floor = new Floor(threads);
    await Promise.all(threads.map(next)).catch(async (cause: unknown) => {
      await floor.stop();
      throw cause;
    });
    return floor;
  }

  /** Runs all products once; milliseconds. */
  async run(): Promise<number> {
    const start = performance.now();
    const replies = this.#threads.map(next);
    for (const thread of this.#threads) thread.postMessage('run');
    const sums = await Promise.all(replies);
    const ms = performance.now() - start;
    for (const reply of sums) {
      if (!('sum' in reply) || !Number.isFinite(reply.sum)) {
        throw new Error(`a floor thread answered ${JSON.stringify(reply)}, expected a finite sum`);
      }
    }
    return ms;
  }

  /** Ends the threads. */
  async stop(): Promise<void> {
    for (const thread of this.#threads) thread.postMessage('stop');
    await this.#ended;
  }
}

/**
 * The products at the micro-batch that suits them best, which need not be the trainer's.
 * @returns a started floor, and its micro-batch.
 */
export async function startBestFloor(
  task: StepTask,
  parameters: readonly NamedArray[],
  threads: number,
): Promise<{ readonly floor: Floor; readonly microBatch: number }> {
  const sizes = [256, 512, 1024, 2048, 4096].filter((size) => size === 256 || size * threads <= task.n);
  const floors: Floor[] = [];
  let best: Floor | undefined;
  try {
    for (const microBatch of sizes) floors.push(await Floor.start(task, parameters, { microBatch, threads }));
    const contestants = floors.map((floor) => ({ name: '', run: () => floor.run() }));
    const least = (await takeTurns(contestants, { warmUp: 1, repeats: 3 })).map((ms) => spreadOf(ms).min);
    const at = least.indexOf(Math.min(...least));
    best = floors[at];
    if (best === undefined) throw new Error('no micro-batch was tried');
    return { floor: best, microBatch: sizes[at] ?? 0 };
  } finally {
    for (const floor of floors) if (floor !== best) await floor.stop();
  }
}

/** A thread's next answer. */
function next(thread: Worker): Promise<FloorReply> {
  return new Promise((resolve, reject) => {
    const settle = (reply: FloorReply): void => {
      thread.off('error', reject);
      if ('error' in reply) reject(new Error(`a floor thread failed: ${reply.error}`));
      else resolve(reply);
    };
    thread.once('message', settle);
    thread.once('error', reject);
  });
}
