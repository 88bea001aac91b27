// Adam's settings: of a trainer, and what a backbone wants them to be.
/** Adam's settings; defaults are `adamDefaults`. */
export interface AdamOptions {
  readonly learningRate?: number;
  readonly beta1?: number;
  readonly beta2?: number;
  readonly epsilon?: number;
}

/** What PyTorch's Adam starts from, and the learning rate of the official SIREN trainers. */
export const adamDefaults = { learningRate: 1e-4, beta1: 0.9, beta2: 0.999, epsilon: 1e-8 } as const;
