// The rival gets its best setting: PyTorch's step is tried whole and in chunks, with the allocator as it comes and
// tuned, and the best of each takes part in the rounds beside the step as SIREN's code writes it.
import { Stepper, type NamedArray, type StepTask } from './support-step.js';
import { NoTorch, Torch, tunedAllocator, type TorchVariant, type TorchVersion } from './step-torch.js';

/** A way of running PyTorch's step that takes part in the rounds. */
export interface TorchEntry extends TorchVariant {
  readonly name: string;
  readonly tuned: boolean;
  /** Takes one step; milliseconds. */
  run(): Promise<number>;
}

/** A setting that was tried beforehand. */
export interface TorchTrial extends TorchVariant {
  readonly tuned: boolean;
  /** The better of two steps after a warm-up. */
  readonly ms: number;
}

/** PyTorch's part in the benchmark. */
export interface TorchField {
  readonly version: TorchVersion;
  readonly entries: readonly TorchEntry[];
  readonly trials: readonly TorchTrial[];
  /** One per process. */
  readonly steppers: Readonly<Record<string, Stepper>>;
  stop(): Promise<void>;
}

const chunks = [0, 8192, 2048];

/** Starts PyTorch and tries its settings; undefined, after saying why, where there is none. */
export async function enterTorch(
  task: StepTask,
  parameters: readonly NamedArray[],
  say: (line: string) => void,
): Promise<TorchField | undefined> {
  const started: Side[] = [];
  const stop = async (): Promise<void> => {
    for (const { torch } of started) await torch.stop();
  };
  try {
    for (const tuned of [false, true]) {
      const torch = await Torch.start(task, parameters, tuned ? tunedAllocator : {});
      started.push(new Side(torch, tuned));
    }
    const trials: TorchTrial[] = [];
    const variants = new Map<string, { side: Side; variant: TorchVariant }>();
    const enter = (side: Side, variant: TorchVariant): void =>
      void variants.set(side.describe(variant), { side, variant });
    for (const side of started) {
      if (!side.tuned) enter(side, { form: 'published', chunk: 0 });
      let best: TorchTrial | undefined;
      for (const chunk of chunks.filter((size) => size < task.n)) {
        const trial = await side.try({ form: 'folded', chunk });
        trials.push(trial);
        if (best === undefined || trial.ms < best.ms) best = trial;
      }
      if (best !== undefined) enter(side, { form: best.form, chunk: best.chunk });
    }
    const [first] = started;
    if (first === undefined) return undefined;
    return {
      version: first.torch.version,
      trials,
      entries: [...variants].map(([name, { side, variant }]) => ({
        name,
        ...variant,
        tuned: side.tuned,
        run: () => side.run(variant),
      })),
      steppers: Object.fromEntries(
        started.map(({ tuned, stepper }) => [`PyTorch${tuned ? ', tuned allocator' : ''}`, stepper]),
      ),
      stop,
    };
  } catch (cause) {
    await stop();
    if (!(cause instanceof NoTorch)) throw cause;
    say(cause.message);
    return undefined;
  }
}

/** One process and its allocator. */
class Side {
  readonly torch: Torch;
  readonly tuned: boolean;
  readonly stepper: Stepper;
  #variant: TorchVariant = { form: 'published', chunk: 0 };

  constructor(torch: Torch, tuned: boolean) {
    this.torch = torch;
    this.tuned = tuned;
    this.stepper = new Stepper(() => torch.step(this.#variant));
  }

  run(variant: TorchVariant): Promise<number> {
    this.#variant = variant;
    return this.stepper.run();
  }

  async try(variant: TorchVariant): Promise<TorchTrial> {
    await this.run(variant);
    const ms = Math.min(await this.run(variant), await this.run(variant));
    return { ...variant, tuned: this.tuned, ms };
  }

  describe({ form, chunk }: TorchVariant): string {
    const passes = chunk === 0 ? 'whole batch' : `chunks of ${chunk.toLocaleString('en')}`;
    const written = form === 'published' ? 'as published' : 'ω in the weights';
    return `PyTorch, ${written}, ${passes}, allocator ${this.tuned ? 'tuned' : 'as it is'}`;
  }
}
