// PyTorch as a contestant: a child process that takes one training step whenever it is asked to. The time is taken
// inside, so that neither the interpreter's start nor the pipe counts.
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { NamedArray, StepOutcome, StepTask } from './support-step.js';

/** How a step is written in PyTorch. */
export interface TorchVariant {
  /** `published`: sin(ω · linear(x)), as SIREN's code has it; `folded`: ω goes into the weights. */
  readonly form: 'published' | 'folded';
  /** Samples per pass, gradients added up; 0 for the whole batch at once. */
  readonly chunk: number;
}

/** Which PyTorch answered. */
export interface TorchVersion {
  readonly version: string;
  readonly blas: string;
  readonly threads: number;
}

/** PyTorch cannot be had here; the message says why and what to do. */
export class NoTorch extends Error {}

/**
 * For glibc: keep freed memory and take large blocks from it (fresh pages are dear, on virtual machines above all),
 * and let PyTorch ask for huge pages.
 */
export const tunedAllocator = {
  MALLOC_MMAP_MAX_: '0',
  MALLOC_TRIM_THRESHOLD_: String(2 ** 40),
  MALLOC_TOP_PAD_: String(2 ** 26),
  THP_MEM_ALLOC_ENABLE: '1',
} as const;

/** A PyTorch process, waiting. */
export class Torch {
  readonly version: TorchVersion;
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #lines: AsyncIterator<string>;

  private constructor(
    version: TorchVersion,
    child: ChildProcessWithoutNullStreams,
    lines: AsyncIterator<string>,
  ) {
    this.version = version;
    this.#child = child;
    this.#lines = lines;
  }

  /**
   * Starts Python (`EVOS_PYTHON`, else `python3`) and hands it the task.
   * @param environment variables added to this process's own
   * @throws NoTorch when there is no Python, or it has no torch.
   */
  static async start(
    task: StepTask,
    parameters: readonly NamedArray[],
    environment: Readonly<Record<string, string>> = {},
  ): Promise<Torch> {
    const python = process.env['EVOS_PYTHON'] ?? 'python3';
    const script = fileURLToPath(new URL('./step-torch.py', import.meta.url));
    const folder = await mkdtemp(path.join(tmpdir(), 'evos-bench-'));
    try {
      const data = path.join(folder, 'task.bin');
      await writeFile(data, [task.inputs, task.targets, ...parameters.map((p) => p.data)].map(bytesOf));
      const child = spawn(python, [script], { env: { ...process.env, ...environment } });
      let complaint = '';
      child.stderr.setEncoding('utf8').on('data', (text: string) => (complaint += text));
      child.on('error', (cause) => (complaint += cause.message));
      // A child that has gone answers with the end of its lines; a broken pipe on the way there says nothing more.
      child.stdin.on('error', () => undefined);
      const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
      const { n, inputDim, outputDim, omega, learningRate, cores: threads } = task;
      const shapes = parameters.map(({ name, shape }) => ({ name, shape }));
      const setup = { n, inputDim, outputDim, omega, learningRate, threads, data, parameters: shapes };
      child.stdin.write(`${JSON.stringify(setup)}\n`);
      const first = await lines.next();
      if (first.done === true) throw new NoTorch(whyNot(python, complaint));
      return new Torch(JSON.parse(first.value) as TorchVersion, child, lines);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }

  /** Takes one step. */
  async step({ form, chunk }: TorchVariant): Promise<StepOutcome> {
    this.#child.stdin.write(`${JSON.stringify({ form, chunk })}\n`);
    const line = await this.#lines.next();
    if (line.done === true)
      throw new Error(`PyTorch ended in the middle of the benchmark (${form}, ${chunk})`);
    return JSON.parse(line.value) as StepOutcome;
  }

  /** Ends the process. */
  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = new Promise((resolve) => this.#child.once('exit', resolve));
    this.#child.stdin.end();
    await ended;
  }
}

function bytesOf({ buffer, byteOffset, byteLength }: Float32Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

function whyNot(python: string, complaint: string): string {
  const last = complaint.trim().split('\n').at(-1) ?? '';
  return (
    `PyTorch is left out: ${python} answered "${last}"; name a Python that has torch in EVOS_PYTHON ` +
    '(`python3 -m venv torch && torch/bin/pip install torch`)'
  );
}
