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

/** What PyTorch trains: the trainer's samples, weights and settings. */
export interface GpuTask {
  readonly n: number;
  readonly inputDim: number;
  readonly outputDim: number;
  readonly omega: number;
  readonly learningRate: number;
  /** Whether products may round their factors to 10 bits, as ONNX Runtime's do on CUDA. */
  readonly tf32: boolean;
  readonly inputs: Float32Array;
  readonly targets: Float32Array;
  readonly parameters: readonly NamedArray[];
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
  static async start({ inputs, targets, parameters, ...task }: GpuTask): Promise<GpuTorch> {
    const python = process.env['EVOS_PYTHON'] ?? 'python3';
    const script = fileURLToPath(new URL('./gpu-torch.py', import.meta.url));
    const folder = await mkdtemp(path.join(tmpdir(), 'evos-bench-'));
    try {
      const data = path.join(folder, 'task.bin');
      const arrays = [inputs, targets, ...parameters.map((parameter) => parameter.data)];
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
      child.stdin.write(
        `${JSON.stringify({ ...task, data, shapes: parameters.map(({ shape }) => shape) })}\n`,
      );
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

  /** Takes steps over every (n / count)th sample; milliseconds per step, and the last loss. */
  async burst(count: number, steps: number): Promise<StepOutcome> {
    this.#child.stdin.write(`${JSON.stringify({ count, steps })}\n`);
    const line = await this.#lines.next();
    if (line.done === true)
      throw new Error(`PyTorch ended in the middle of the benchmark (${count} samples)`);
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
