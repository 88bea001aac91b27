// Times a step of training on a device, in this process: a trainer as a run would make it, random samples, and as many steps as
// tell how long one takes. Where steps may be sent ahead they are, as in a run.
import { createRandom } from '../../core/numeric/random.js';
import type { Batch, Pool, Trainer } from '../../core/index.js';
import { present } from '../../core/present.js';
import { allOf, someOf } from '../../core/samples.js';
import { createField, createModel } from '../models/index.js';
import type { Device } from '../training/options.js';
import { findDevice } from './registry.js';
import type { RayStep, SampleStep, StepShape } from './step-shape.js';

/** Steps behind the first, which compiles what there is to compile: until so much time is over, and at most so many. */
const enough = { milliseconds: 300, steps: 20 };

/** Samples of a pool in memory here: whether more stay on a device is not what decides. */
const mostPooled = 2 ** 22;

/** @returns milliseconds of a step. @throws EvosError where the device cannot take it */
export async function timeStep(device: Device, shape: StepShape): Promise<number> {
  const { trainer, batch } = shape.kind === 'rays' ? rays(device, shape) : samples(device, shape);
  try {
    const wants = batch.whole ? ([] as const) : (['errors'] as const);
    await trainer.step(batch, { wants });
    const start = performance.now();
    let sent: Promise<unknown> = Promise.resolve();
    for (let steps = 1; ; steps++) {
      if (trainer.send === undefined) await trainer.step(batch, { wants });
      else sent = (await trainer.send(batch, { wants, loss: wants.length > 0 })).result;
      const isLast = steps === enough.steps || performance.now() - start > enough.milliseconds;
      if (!isLast) continue;
      await sent;
      return (performance.now() - start) / steps;
    }
  } finally {
    await trainer.dispose();
  }
}

interface Measured {
  readonly trainer: Trainer;
  readonly batch: Batch;
}

function samples(device: Device, step: SampleStep): Measured {
  const { ports, adam, loss, truncate, eikonal, workers, microBatch, crossFrequency: term } = step;
  const crossFrequency = term && { ...term, targetResponse: new Float32Array(term.width * term.height) };
  const { inputDim, outputDim } = ports;
  const count = step.samples;
  const pool = randomPool(Math.max(count, Math.min(step.pool, mostPooled)), inputDim, outputDim);
  const trainer = findDevice(device).createTrainer({
    model: createModel(step.backbone, ports, step.settings),
    ...{ adam, device, pool },
    ...present({ loss, truncate, eikonal, workers, microBatch, crossFrequency }),
  });
  const stride = Math.floor(pool.size / count);
  const chosen =
    count === pool.size ? allOf(count) : someOf(Uint32Array.from({ length: count }, (_, i) => i * stride));
  return { trainer, batch: pool.gather(chosen) };
}

function rays(device: Device, step: RayStep): Measured {
  const { adam, background, samplesPerRay, workers } = step;
  const space = { centre: [0, 0, 0], half: 1, contracted: false, near: 0.1, far: 6 } as const;
  const trainer = findDevice(device).createRadianceTrainer({
    field: createField(step.backbone, space, step.settings),
    ...{ adam, device, background, samplesPerRay },
    ...present({ workers }),
  });
  const random = createRandom(1);
  const inputs = new Float32Array(6 * step.rays);
  for (let at = 0; at < inputs.length; at += 6) {
    // From 3 in front of the cube to somewhere in its middle.
    const [x, y] = [random.float() - 0.5, random.float() - 0.5];
    const length = Math.hypot(x, y, 3);
    inputs.set([0, 0, 3, x / length, y / length, -3 / length], at);
  }
  const targets = Float32Array.from({ length: 3 * step.rays }, () => random.float());
  return { trainer, batch: Object.assign(allOf(step.rays), { inputs, targets }) };
}

/** A pool of noise. */
function randomPool(size: number, inputDim: number, targetDim: number): Pool {
  const random = createRandom(1);
  const noise = (count: number): Float32Array =>
    Float32Array.from({ length: count }, () => 2 * random.float() - 1);
  const [inputs, targets] = [noise(size * inputDim), noise(size * targetDim)];
  return {
    ...{ size, inputDim, targetDim },
    gather(samples) {
      if (samples.whole) return Object.assign(samples, { inputs, targets });
      const rows = (all: Float32Array, width: number): Float32Array => {
        const out = new Float32Array(samples.size * width);
        samples.indices.forEach((index, i) =>
          out.set(all.subarray(index * width, (index + 1) * width), i * width),
        );
        return out;
      };
      return Object.assign(samples, { inputs: rows(inputs, inputDim), targets: rows(targets, targetDim) });
    },
  };
}
