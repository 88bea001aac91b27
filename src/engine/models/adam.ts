// Adam's settings: of a trainer, and what a backbone wants them to be.
/** Adam's settings; defaults are PyTorch's, and the learning rate that the official SIREN trainers use. */
export interface AdamOptions {
  readonly learningRate: number;
  readonly beta1?: number;
  readonly beta2?: number;
  readonly epsilon?: number;
}

/** What PyTorch's Adam starts from. */
export const adamDefaults = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 } as const;
