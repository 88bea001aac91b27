// What a step needs of an optimizer beside its gradients: a learning rate of its own, and the state that a run goes on from.
import { ArgumentError, ResumeError } from '../../core/errors.js';
import type { JsonValue, Snapshot, StateArray } from '../../core/index.js';
import type { Operations, TfNamedTensor, TfOptimizer, TfTensor, TfVariable } from './tensorflow.js';

/** The optimizer's name in messages: `Adam`, say. */
export function nameOf(optimizer: TfOptimizer): string {
  return optimizer.getClassName?.() ?? 'without a name';
}

/**
 * Applies gradients at a learning rate, and leaves the optimizer's own as it was.
 * @param rate undefined: the optimizer's own
 * @throws ArgumentError when the optimizer has none that can be set
 */
export function applyAt(
  optimizer: TfOptimizer,
  gradients: Record<string, TfTensor>,
  rate: number | undefined,
): void {
  // The declarations call it protected; Adam and its kin read it at every step.
  const own: unknown = Reflect.get(optimizer, 'learningRate');
  if (rate === undefined || rate === own) return optimizer.applyGradients(gradients);
  if (typeof own !== 'number') {
    throw new ArgumentError(
      `learningRate: the optimizer ${nameOf(optimizer)} has no learning rate that can be set for a step: leave the ` +
        'option learningRate out, or use an optimizer of tf.train.',
    );
  }
  const set = (value: number): void => {
    // SGD and momentum hold the rate as a tensor, too.
    if (optimizer.setLearningRate !== undefined) optimizer.setLearningRate(value);
    else Reflect.set(optimizer, 'learningRate', value);
  };
  set(rate);
  try {
    optimizer.applyGradients(gradients);
  } finally {
    set(own);
  }
}

/** A tensor's numbers, to keep. @throws ArgumentError for text and complex numbers */
export async function copyOf(tensor: TfTensor): Promise<StateArray> {
  const values = await tensor.data();
  if (!Array.isArray(values) && tensor.dtype !== 'complex64') return values.slice();
  throw new ArgumentError(`snapshot: a variable holds ${tensor.dtype}, expected float32, int32 or bool.`);
}

/** A tensor of numbers that {@link copyOf} gave. */
export function tensorOf(tf: Operations, array: StateArray, shape: readonly number[]): TfTensor {
  if (array instanceof Int32Array) return tf.tensor(array.slice(), [...shape], 'int32');
  if (array instanceof Uint8Array) return tf.tensor(array.slice(), [...shape], 'bool');
  return tf.tensor(Float32Array.from(array), [...shape]);
}

/**
 * What `getWeights` does not tell: Adam multiplies the powers of its betas up, and `setWeights` works them out anew, which
 * differs in the last bits.
 */
function ownVariables(optimizer: TfOptimizer): [name: string, variable: TfVariable][] {
  return Object.entries(optimizer).filter((entry): entry is [string, TfVariable] => {
    const value = entry[1] as Partial<TfVariable> | null | undefined;
    return typeof value?.assign === 'function' && typeof value.data === 'function';
  });
}

/** The weights, and what disposes of the count of steps among them, a tensor made for whoever asks. */
async function weightsOf(optimizer: TfOptimizer): Promise<TfNamedTensor[]> {
  try {
    if (optimizer.getWeights !== undefined && optimizer.setWeights !== undefined)
      return await optimizer.getWeights();
  } catch (cause) {
    throw unsupported(optimizer, cause);
  }
  throw unsupported(optimizer);
}

function unsupported(optimizer: TfOptimizer, cause?: unknown): ArgumentError {
  return new ArgumentError(
    `The optimizer ${nameOf(optimizer)} does not hand out its weights (getWeights, setWeights), without which a run cannot go ` +
      'on from a snapshot: use another, tf.train.adam for one, or take no snapshots.',
    { cause },
  );
}

const disposeCount = (weights: readonly TfNamedTensor[]): void =>
  weights.forEach(({ name, tensor }) => name === 'iter' && tensor.dispose());

/** The optimizer's part of a snapshot. @throws ArgumentError when it does not hand out its weights */
export async function saveOptimizer(optimizer: TfOptimizer): Promise<Snapshot> {
  const weights = await weightsOf(optimizer);
  const arrays: Record<string, StateArray> = {};
  for (const [i, { tensor }] of weights.entries()) arrays[`optimizer.${i}`] = await copyOf(tensor);
  const own = ownVariables(optimizer);
  for (const [name, variable] of own) arrays[`optimizer.${name}`] = await copyOf(variable);
  const described = weights.map(({ name, tensor }): JsonValue => ({ name, shape: [...tensor.shape] }));
  disposeCount(weights);
  return { values: { optimizer: nameOf(optimizer), optimizerWeights: described }, arrays };
}

/**
 * Checks the optimizer's part of a snapshot.
 * @returns what takes it over
 * @throws ResumeError when something is missing, or of another length
 */
export function checkOptimizer(
  tf: Operations,
  optimizer: TfOptimizer,
  { values, arrays }: Snapshot,
): () => Promise<void> {
  const described = values['optimizerWeights'];
  const arrayIn = (name: string, size: number): StateArray => {
    const array = arrays[`optimizer.${name}`];
    if (array?.length === size) return array;
    throw damaged(`${size} numbers of "optimizer.${name}", got ${array?.length ?? 'none'}`);
  };
  const weights = (Array.isArray(described) ? described : [null]).map((one, i) => {
    const { name, shape } = (one ?? {}) as { name?: unknown; shape?: unknown };
    if (typeof name !== 'string' || !Array.isArray(shape)) throw damaged('names and shapes of weights');
    const extents = shape.map(Number);
    return {
      name,
      shape: extents,
      array: arrayIn(
        String(i),
        extents.reduce((a, b) => a * b, 1),
      ),
    };
  });
  const own = ownVariables(optimizer).map(
    ([name, variable]) => [variable, arrayIn(name, variable.size)] as const,
  );
  return async () => {
    const before = await weightsOf(optimizer);
    const given = weights.map(({ name, shape, array }) => ({ name, tensor: tensorOf(tf, array, shape) }));
    await optimizer.setWeights?.(given);
    const after = await weightsOf(optimizer);
    // The optimizer makes new variables of what it is given, and forgets its old ones.
    const now = new Set(after.map(({ tensor }) => tensor));
    for (const { tensor } of [...before, ...given]) if (!now.has(tensor)) tensor.dispose();
    disposeCount(after);
    for (const [variable, array] of own) assign(tf, variable, array);
  };
}

/** Writes a variable's numbers. */
export function assign(tf: Operations, variable: TfVariable, array: StateArray): void {
  const value = tensorOf(tf, array, variable.shape);
  variable.assign(value);
  value.dispose();
}

function damaged(expected: string): ResumeError {
  return new ResumeError(
    `this checkpoint's optimizer is damaged: expected ${expected}. Start again, or resume from another checkpoint.`,
  );
}
