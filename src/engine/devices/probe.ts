// Run as a program of its own by resolve.ts: tries one device and prints one line of JSON.
import { PackageError } from '../../core/errors.js';
import { disableTelemetry } from '../onnx/telemetry.js';
import { findDevice } from './registry.js';

disableTelemetry();
findDevice(process.argv[2] ?? '')
  .trial()
  .then(
    (milliseconds) => console.log(JSON.stringify({ milliseconds })),
    (cause: unknown) => {
      const error = cause instanceof Error ? cause.message : String(cause);
      console.log(
        JSON.stringify({ error, ...(cause instanceof PackageError ? { command: cause.command } : {}) }),
      );
    },
  );
