// How ONNX Runtime works on a device, as plain data: worker threads are given it too.

/** What trainers ask of a device that ONNX Runtime trains on. */
export interface Execution {
  /** ONNX Runtime's execution provider. */
  readonly provider: string;
  /**
   * Whether the WebAssembly kernels take part. Then weights lie in memory that all threads share, workers divide a step among
   * them, and a kernel updates the weights. Without them one worker takes whole steps, and the last pass updates in its
   * graph.
   */
  readonly kernels: boolean;
  /** Most bytes of a pool's inputs or of its targets that stay on the device between steps; 0: tensors do not stay there. */
  readonly residentBytes: number;
  /** Samples per pass. */
  readonly microBatch: number;
}
