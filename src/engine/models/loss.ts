// What a step makes small: a term per predicted number, added up over the batch, and for distances the eikonal term.
import { ArgumentError } from '../../core/errors.js';
import { addGradient } from '../graph/gradient.js';
import type { GraphBuilder, Value } from '../graph/index.js';
import type { ModelDefinition } from './definition.js';

/** Losses by name. */
export const lossNames = ['squared', 'l1', 'mape'] as const;
export type LossName = (typeof lossNames)[number];

/** What the loss is. A step's loss is the mean over all predicted numbers of its batch, plus the eikonal term. */
export interface LossOptions {
  /**
   * With p predicted and t wanted: `squared` (p − t)², `l1` |p − t|, `mape` |p − t| / (|t| + 0.01), which makes small
   * distances count as much as large ones (Müller et al., Instant Neural Graphics Primitives, 2022, Sec. 5.2 and code).
   * Default `squared`.
   */
  readonly loss?: LossName;
  /**
   * Holds both p and t to ±truncate before they are compared: what lies further away on the same side is right already
   * and gives no gradient (Park et al., DeepSDF, 2019, Eq. 4). A positive number in the targets' units; default: no.
   */
  readonly truncate?: number;
  /**
   * Weight of mean (|∇f| − 1)² over the batch's samples, ∇f by the inputs: what makes a function a distance (Gropp et al.,
   * Implicit Geometric Regularization, 2020, Eq. 2). Targets must be in the inputs' units. For models with one output
   * whose slope does not jump: a SIREN, not a hash grid, whose slope changes from cell to cell. Not together with
   * `crossFrequency`. Default 0: no term. Costs about as much again as the step without it.
   */
  readonly eikonal?: number;
}

/** Added to the target's magnitude that the error is divided by, see `mape`. */
export const mapeFloor = 0.01;

/** @throws ArgumentError for a loss that is none, or that this model cannot have. */
export function checkLoss(
  { loss = 'squared', truncate, eikonal = 0 }: LossOptions,
  model: ModelDefinition,
  crossFrequency: boolean,
): void {
  if (!lossNames.includes(loss)) {
    throw new ArgumentError(`loss: got ${JSON.stringify(loss)}, expected one of ${lossNames.join(', ')}`);
  }
  if (truncate !== undefined && !(truncate > 0 && Number.isFinite(truncate))) {
    throw new ArgumentError(`truncate: got ${truncate}, expected a positive number in the targets' units`);
  }
  if (!(eikonal >= 0 && Number.isFinite(eikonal))) {
    throw new ArgumentError(`eikonal: got ${eikonal}, expected a weight of at least 0`);
  }
  if (eikonal === 0) return;
  if (model.outputDim !== 1) {
    throw new ArgumentError(
      `eikonal: got a model with ${model.outputDim} outputs, expected one: the term is about the slope of a distance`,
    );
  }
  if (model.smooth === false) {
    throw new ArgumentError(
      `eikonal: the slope of a model of kind "${model.kind}" jumps from cell to cell, which the term cannot mend; ` +
        'use a smooth one (siren), or leave the term out',
    );
  }
  if (crossFrequency) {
    throw new ArgumentError(
      'eikonal: expected no crossFrequency beside it: one is for distances, one for pictures',
    );
  }
}

/**
 * What each predicted number adds to the loss, and the residual that it comes from: of the same shape.
 * A term is the residual's square or magnitude.
 */
export function lossTerms(
  b: GraphBuilder,
  prediction: Value,
  target: Value,
  { loss = 'squared', truncate }: LossOptions,
): { readonly residual: Value; readonly terms: Value } {
  const held = (x: Value): Value => (truncate === undefined ? x : b.clip(x, -truncate, truncate));
  const wanted = held(target);
  const difference = b.sub(held(prediction), wanted);
  if (loss === 'squared') return { residual: difference, terms: b.mul(difference, difference) };
  const residual = loss === 'l1' ? difference : b.div(difference, b.add(b.abs(wanted), mapeFloor));
  return { residual, terms: b.abs(residual) };
}

/** Keeps the root's slope finite where a gradient is zero; far below the rounding of 1. */
const rootFloor = 1e-12;

/**
 * (|∇f| − 1)² at each sample, `[n, 1]`.
 * @param x `[n, inputDim]`, what `prediction` was made from
 * @param prediction `[n, 1]`
 */
export function eikonalTerms(b: GraphBuilder, x: Value, prediction: Value): Value {
  // Samples do not know one another, so the sum's gradient is each sample's own.
  const [slope] = addGradient(b, { of: b.reduceSum(prediction, undefined, false), wrt: [x] });
  const length = b.sqrt(b.add(b.reduceSum(b.mul(slope, slope), [1]), rootFloor));
  const excess = b.sub(length, 1);
  return b.mul(excess, excess);
}
