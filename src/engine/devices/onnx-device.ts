// A device that ONNX Runtime trains on.
import { loadPackage } from '../../core/packages.js';
import type { Execution } from '../onnx/execution.js';
import { createModelRunner } from '../onnx/runner.js';
import { OnnxTrainer } from '../onnx/trainer.js';
import { RayTrainer } from '../radiance/trainer.js';
import type { DeviceEntry } from './device.js';

/** A device's words, and how ONNX Runtime works on it. */
export type OnnxDevice = Pick<DeviceEntry, 'name' | 'summary' | 'hint' | 'preferred'> & {
  readonly execution: Execution;
};

/** The whole entry. */
export function onnxDevice({ execution, ...words }: OnnxDevice): DeviceEntry {
  return {
    ...words,
    // ONNX Runtime itself is for worker threads and for processes that may end.
    look: async () => {
      const load = () => import('../onnx/trial.js');
      await (await loadPackage('onnxruntime-node', 'training', load)).tryProduct(execution);
      return {};
    },
    createTrainer: (options) => new OnnxTrainer(options, execution),
    createRadianceTrainer: (options) => new RayTrainer(options, execution),
    createModelRunner: (model, ports) => createModelRunner(model, ports, execution),
  };
}
