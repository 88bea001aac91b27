// Sessions of one worker, made when first needed and kept: making and releasing many leaks in this binding.
import * as ort from 'onnxruntime-node';
import { DeviceError, EvosError } from '../../core/errors.js';
import type { Execution } from './execution.js';
import type { FrameSetup } from './protocol.js';
import { SineKernel, type StageTensors } from './kernels/sine.js';
import { isSentinelRefusal, sentinel, type StagedModel } from './staged-model.js';
import type { Feeds } from './tensors.js';

/**
 * Session options that make results repeatable and leave the parallelism to the workers.
 * @throws DeviceError for a provider that the package lacks here: it would pass it over, and take the CPU
 */
export function sessionOptions(
  { provider }: Pick<Execution, 'provider'>,
  threads: number,
  variableSizes = false,
): ort.InferenceSession.SessionOptions {
  const providers = ort.listSupportedBackends().map(({ name }) => name);
  if (!providers.includes(provider)) {
    throw new DeviceError(`ONNX Runtime's package has no ${provider} here, but ${providers.join(', ')}`);
  }
  return {
    // What a device has no kernel for runs on the CPU.
    executionProviders: [...new Set([provider, 'cpu'])],
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    graphOptimizationLevel: 'all',
    // One is kept for every combination of sizes.
    enableMemPattern: !variableSizes,
    // Errors still arrive as exceptions; warnings about nodes placed on the CPU are not the user's business.
    logSeverityLevel: 3,
  };
}

/**
 * A run answers with tensors of its own for outputs that were written into a device's tensors: small, but never freed
 * by themselves. What they stand for stays.
 */
export function disposeOfAliases(outputs: Readonly<Feeds>): void {
  for (const tensor of Object.values(outputs)) if (tensor.location !== 'cpu') tensor.dispose();
}

/** Layouts kept per graph; tiles come in many lengths, and an unbounded map is a leak. */
const keptLayouts = 64;

/** A graph ready to run: a session per stage. */
class StagedSession {
  /** What the layout depends on: these inputs' sizes. */
  readonly #sizing: readonly string[];
  readonly #layouts = new Map<string, StageTensors>();
  #generation = -1;
  #checked = false;

  private constructor(
    private readonly model: StagedModel,
    /** Undefined where a stage is the kernel's alone. */
    private readonly sessions: readonly (ort.InferenceSession | undefined)[],
    private readonly kernel: SineKernel,
    private readonly inPlace: boolean,
  ) {
    const extents = model.flatMap(({ cuts, kept = [] }) => [...cuts, ...kept].flatMap(({ shape }) => shape));
    this.#sizing = [...new Set(extents.flatMap((e) => (typeof e === 'number' ? [] : e.input)))];
  }

  static async create(
    model: StagedModel,
    { execution, variableSizes }: FrameSetup,
    kernel: SineKernel,
  ): Promise<StagedSession> {
    const inPlace = execution.kernels;
    const sessions: (ort.InferenceSession | undefined)[] = [];
    for (const stage of model) {
      if (stage.model === undefined) {
        sessions.push(undefined);
        continue;
      }
      sessions.push(
        await ort.InferenceSession.create(stage.model, sessionOptions(execution, 1, variableSizes)),
      );
    }
    return new StagedSession(model, sessions, kernel, inPlace);
  }

  async run(feeds: Feeds, fetches: Feeds): Promise<void> {
    const last = this.sessions.length - 1;
    const layout = last === 0 ? undefined : this.#layout(feeds);
    const all = layout === undefined ? feeds : { ...feeds, ...layout.feeds };
    for (const [i, session] of this.sessions.entries()) {
      const outputs = i === last ? fetches : (layout?.fetches[i] ?? {});
      if (session !== undefined) await this.#runSession(session, all, outputs);
      if (layout !== undefined) this.kernel.run(layout.calls[i] ?? [], feeds);
    }
    this.#checked = true;
  }

  async release(): Promise<void> {
    for (const session of this.sessions) await session?.release();
  }

  #layout(feeds: Feeds): StageTensors {
    const key = this.#sizing.map((name) => feeds[name]?.dims.join('x') ?? '').join(' ');
    const known = this.#generation === this.kernel.generation ? this.#layouts.get(key) : undefined;
    if (known !== undefined) return known;
    const layout = this.kernel.layOut(this.model, feeds);
    // Laying out may have moved the memory, under other graphs' layouts too.
    if (this.#generation !== this.kernel.generation || this.#layouts.size >= keptLayouts)
      this.#layouts.clear();
    this.#generation = this.kernel.generation;
    this.#layouts.set(key, layout);
    return layout;
  }

  async #runSession(session: ort.InferenceSession, feeds: Feeds, fetches: Feeds): Promise<void> {
    if (!this.inPlace) {
      disposeOfAliases(await session.run(feeds, fetches));
      return;
    }
    if (!this.#checked) mark(fetches);
    try {
      await session.run(feeds, { [sentinel]: null, ...fetches });
    } catch (error) {
      if (!isSentinelRefusal(error)) throw error;
    }
    if (!this.#checked) checkWritten(fetches);
  }
}

/** No run gives this value: it is no float32 that arithmetic yields. */
const marker = 0x7fba5e5e;

/** Writes the marker where a run must write. */
function mark(fetches: Feeds): void {
  for (const { data } of Object.values(fetches)) bitsOf(data)[0] = marker;
}

/** Makes sure that ONNX Runtime has run and written in place, once per graph: see in-place.ts. */
function checkWritten(fetches: Feeds): void {
  for (const [name, { data }] of Object.entries(fetches)) {
    if (bitsOf(data)[0] !== marker) continue;
    throw new EvosError(
      'internal',
      `ONNX Runtime ${ort.env.versions.node ?? ''} did not write "${name}" where it was told to; ` +
        'install the version that this package asks for',
    );
  }
}

function bitsOf(data: ort.Tensor['data']): Int32Array {
  if (!(data instanceof Float32Array)) throw new EvosError('internal', 'expected an output of 32-bit floats');
  return new Int32Array(data.buffer, data.byteOffset, data.length);
}

/** Graphs by name, and a session for each stage of those that have run. */
export class SessionCache {
  readonly #setup: FrameSetup;
  readonly #kernel = new SineKernel();
  readonly #models = new Map<string, StagedModel>();
  readonly #sessions = new Map<string, StagedSession>();

  constructor(setup: FrameSetup) {
    this.#setup = setup;
  }

  /** Takes a graph over; its sessions are made when it first runs. */
  add(name: string, model: StagedModel): void {
    this.#models.set(name, model);
  }

  /** Runs a graph; outputs are written into the memory of the tensors in `fetches`. */
  async run(name: string, feeds: Feeds, fetches: Feeds): Promise<void> {
    let session = this.#sessions.get(name);
    if (session === undefined) {
      const model = this.#models.get(name);
      if (model === undefined) {
        throw new EvosError('internal', `this trainer was made without the graph "${name}"`);
      }
      session = await StagedSession.create(model, this.#setup, this.#kernel);
      this.#sessions.set(name, session);
      this.#models.delete(name);
    }
    await session.run(feeds, fetches);
  }

  /** Frees the native memory of every session. */
  async release(): Promise<void> {
    for (const session of this.#sessions.values()) await session.release();
    this.#sessions.clear();
  }
}
