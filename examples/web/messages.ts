// What page and worker tell one another.

/** What the user chooses. */
export interface Choices {
  readonly strategy: string;
  readonly backbone: 'siren' | 'hash-grid';
  /** Share of the pixels in a step, 0 < ratio ≤ 1. */
  readonly ratio: number;
  readonly seed: number;
  readonly steps: number;
  /** Width of the network's layers; the network's own where it is left out. */
  readonly width?: number;
}

/** Pixels of a canvas, RGBA. */
export interface Pixels {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8ClampedArray<ArrayBuffer>;
}

export type ToWorker =
  | { readonly type: 'start'; readonly picture: Pixels; readonly choices: Choices }
  /** Strategy and ratio change while training goes on. */
  | { readonly type: 'change'; readonly choices: Choices }
  | { readonly type: 'pause'; readonly paused: boolean }
  | { readonly type: 'export' };

/** How far training is, and what there is to see. */
export interface Frame {
  readonly type: 'frame';
  readonly step: number;
  readonly steps: number;
  /** Of training alone. */
  readonly seconds: number;
  readonly psnr: number;
  readonly reconstruction: Uint8ClampedArray<ArrayBuffer>;
  readonly error: Uint8ClampedArray<ArrayBuffer>;
  /** The error that is shown brightest. */
  readonly errorScale: number;
  readonly selection: Uint8ClampedArray<ArrayBuffer>;
}

export type FromWorker =
  | { readonly type: 'began'; readonly parameters: number }
  | Frame
  | { readonly type: 'ended' }
  | { readonly type: 'model'; readonly bytes: Uint8Array<ArrayBuffer> }
  | { readonly type: 'failed'; readonly message: string };
