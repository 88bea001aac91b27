// Whether WebGPU can be tested here: tests that need it skip visibly where it was not asked for or does not work, and
// fail with CI=true.
import { afterAll, beforeAll } from 'vitest';
import * as ort from 'onnxruntime-node';
import { GraphBuilder } from 'evos/onnx';
import { createTrainer, probeDevice, siren, type EngineTrainer } from 'evos/engine';

const must = process.env['CI'] === 'true';
const asked = must || process.env['EVOS_TEST_WEBGPU'] === '1';
const report = asked ? await probeDevice('webgpu') : undefined;
const available = report?.available === true;

/** The outcome of trying. */
export const webgpu = {
  available,
  detail: report?.detail,
  skipped: !must && !available,
  /** For a test's name. */
  why: available ? '' : asked ? `: ${report?.detail ?? ''}` : ' (EVOS_TEST_WEBGPU=1 tries it)',
} as const;

/**
 * Keeps the driver's compiled shaders from one trainer to the next, which lasts as long as some session is open in this
 * process: a software driver takes ten seconds over them.
 */
export function keepShaders(): void {
  let open: ort.InferenceSession | undefined;
  let trainer: EngineTrainer | undefined;
  beforeAll(async () => {
    if (!available) return;
    // The same for kernels of our own, which trainers that are open share.
    const model = siren({ inputDim: 1, outputDim: 1, width: 1, depth: 0 });
    trainer = createTrainer({ model, adam: { learningRate: 1 }, seed: 1, device: 'webgpu' });
    await trainer.snapshot();
    const b = new GraphBuilder('open');
    b.output(b.input('x', [1]), 'y');
    open = await ort.InferenceSession.create(b.model(), { executionProviders: ['webgpu'] });
  });
  afterAll(async () => {
    await open?.release();
    await trainer?.dispose();
  });
}
