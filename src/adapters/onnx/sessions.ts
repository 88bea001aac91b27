// Sessions of one worker, made when first needed and kept: making and releasing many leaks in this binding.
import * as ort from 'onnxruntime-node';
import { EvosError } from '../../core/index.js';
import type { GraphSet, WorkerSetup } from './protocol.js';

/** Named tensors, as a session takes and gives them. */
export type Feeds = Record<string, ort.Tensor>;

/** Session options that make results repeatable and leave the parallelism to the workers. */
export function sessionOptions(
  executionProvider: WorkerSetup['executionProvider'],
  threads: number,
): ort.InferenceSession.SessionOptions {
  return {
    executionProviders: executionProvider === 'cpu' ? ['cpu'] : [executionProvider, 'cpu'],
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    graphOptimizationLevel: 'all',
    // Errors still arrive as exceptions; warnings about nodes placed on the CPU are not the user's business.
    logSeverityLevel: 3,
  };
}

/** One session per graph. */
export class SessionCache {
  readonly #setup: WorkerSetup;
  readonly #sessions = new Map<keyof GraphSet, ort.InferenceSession>();

  constructor(setup: WorkerSetup) {
    this.#setup = setup;
  }

  /** Runs a graph; outputs are written into the memory of the tensors in `fetches`. */
  async run(kind: keyof GraphSet, feeds: Feeds, fetches: Feeds): Promise<void> {
    let session = this.#sessions.get(kind);
    if (session === undefined) {
      const bytes = this.#setup.graphs[kind];
      if (bytes === undefined) {
        throw new EvosError('internal', `this trainer was made without the graph "${kind}"`);
      }
      session = await ort.InferenceSession.create(
        bytes,
        sessionOptions(this.#setup.executionProvider, this.#setup.threads),
      );
      this.#sessions.set(kind, session);
    }
    await session.run(feeds, fetches);
  }

  /** Frees the native memory of every session. */
  async release(): Promise<void> {
    for (const session of this.#sessions.values()) await session.release();
    this.#sessions.clear();
  }
}
