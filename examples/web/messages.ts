// What page and worker tell one another. Nothing large passes the page's thread: files go to the worker as they were dropped, and
// what is to be seen is drawn there.

/** What the user chooses. */
export interface Choices {
  readonly strategy: string;
  readonly backbone: 'siren' | 'hash-grid';
  /** Share of the samples in a step, 0 < ratio ≤ 1. */
  readonly ratio: number;
  readonly seed: number;
  readonly steps: number;
  /** Width of the network's layers; the network's own where it is left out. */
  readonly width?: number;
  /** Longest side of what is trained on, in pixels. */
  readonly mostPixels: number;
}

/** What a picture's training draws. */
export const pictureViews = ['picture', 'reconstruction', 'error', 'selection'] as const;
export type PictureViews = Readonly<Record<(typeof pictureViews)[number], OffscreenCanvas>>;

export type ToWorker =
  /** Once, before anything else: the page's canvases are the worker's from then on. */
  | { readonly type: 'views'; readonly views: PictureViews }
  /** @param file a picture; undefined: the example */
  | { readonly type: 'start'; readonly file: File | undefined; readonly choices: Choices }
  /** Strategy and ratio change while training goes on. */
  | { readonly type: 'change'; readonly choices: Choices }
  | { readonly type: 'pause'; readonly paused: boolean }
  | { readonly type: 'export' };

/** How far training is; what there is to see has been drawn. */
export interface Progress {
  readonly type: 'progress';
  readonly step: number;
  readonly steps: number;
  /** Of training alone. */
  readonly seconds: number;
  readonly psnr: number;
  /** The error that is shown brightest. */
  readonly errorScale: number;
}

export type FromWorker =
  | { readonly type: 'began'; readonly what: string }
  | Progress
  | { readonly type: 'ended' }
  | { readonly type: 'model'; readonly bytes: Uint8Array<ArrayBuffer> }
  | { readonly type: 'failed'; readonly message: string };
