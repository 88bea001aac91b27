// PyTorch on the same GPU: a child process that takes a burst of training steps whenever it is asked to, and takes the
// time itself.
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { NamedArray, StepOutcome } from './support-step.js';
import { NoTorch } from './step-torch.js';

/** One network as PyTorch is told of it. */
export interface TorchNetwork {
  /** What the script knows it by. */
  readonly kind: string;
  /** All else that it needs of the network. */
  readonly shape: object;
  readonly adam: {
    readonly learningRate: number;
    readonly beta1: number;
    readonly beta2: number;
    readonly epsilon: number;
  };
  readonly parameters: readonly NamedArray[];
}

/** What PyTorch trains: the trainer's samples, weights and settings. */
export interface GpuTask {
  readonly n: number;
  readonly inputDim: number;
  readonly outputDim: number;
  readonly inputs: Float32Array;
  readonly targets: Float32Array;
  readonly networks: readonly TorchNetwork[];
}

/** A burst of steps. */
export interface TorchBurst {
  /** Which of the task's networks. */
  readonly network: number;
  /** Every (n / count)th sample. */
  readonly count: number;
  readonly steps: number;
  /** Products may round their factors to 10 bits. */
  readonly tf32: boolean;
  /** By `torch.compile`. */
  readonly compiled: boolean;
}

/** A PyTorch process with its samples on the GPU, waiting. */
export class GpuTorch {
  readonly version: string;
  /** The GPU's name. */
  readonly device: string;
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #lines: AsyncIterator<string>;

  private constructor(
    { version, device }: { readonly version: string; readonly device: string },
    child: ChildProcessWithoutNullStreams,
    lines: AsyncIterator<string>,
  ) {
    this.version = version;
    this.device = device;
    this.#child = child;
    this.#lines = lines;
  }

  /**
   * Starts Python (`EVOS_PYTHON`, else `python3`) and hands it the task.
   * @throws NoTorch when there is no Python, it has no torch, or torch no GPU.
   */
  static async start({ inputs, targets, networks, ...task }: GpuTask): Promise<GpuTorch> {
    const python = process.env['EVOS_PYTHON'] ?? 'python3';
    const script = fileURLToPath(new URL('./gpu-torch.py', import.meta.url));
    const folder = await mkdtemp(path.join(tmpdir(), 'evos-bench-'));
    try {
      const data = path.join(folder, 'task.bin');
      const values = networks.flatMap(({ parameters }) => parameters.map(({ data }) => data));
      const arrays = [inputs, targets, ...values];
      await writeFile(
        data,
        arrays.map(({ buffer, byteOffset, byteLength }) => new Uint8Array(buffer, byteOffset, byteLength)),
      );
      const child = spawn(python, [script]);
      let complaint = '';
      child.stderr.setEncoding('utf8').on('data', (text: string) => (complaint += text));
      child.on('error', (cause) => (complaint += cause.message));
      // A child that has gone answers with the end of its lines; a broken pipe on the way there says nothing more.
      child.stdin.on('error', () => undefined);
      const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
      const told = networks.map(({ kind, shape, adam, parameters }) => ({
        ...{ kind, ...shape, ...adam },
        shapes: parameters.map((parameter) => parameter.shape),
      }));
      child.stdin.write(`${JSON.stringify({ ...task, data, networks: told })}\n`);
      const first = await lines.next();
      if (first.done === true) {
        const last = complaint.trim().split('\n').at(-1) ?? '';
        throw new NoTorch(
          `PyTorch is left out: ${python} answered "${last}"; name a Python that has torch with CUDA in EVOS_PYTHON`,
        );
      }
      return new GpuTorch(JSON.parse(first.value) as { version: string; device: string }, child, lines);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }

  /** Takes steps; milliseconds per step, and the last loss. @throws Error with what PyTorch says of it, where it cannot */
  async burst(asked: TorchBurst): Promise<StepOutcome> {
    this.#child.stdin.write(`${JSON.stringify(asked)}\n`);
    const line = await this.#lines.next();
    if (line.done === true)
      throw new Error(`PyTorch ended in the middle of the benchmark (${asked.count} samples)`);
    const answer = JSON.parse(line.value) as StepOutcome | { readonly error: string };
    if ('error' in answer) throw new Error(answer.error);
    return answer;
  }

  /** Ends the process. */
  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = new Promise((resolve) => this.#child.once('exit', resolve));
    this.#child.stdin.end();
    await ended;
  }
}
