// Tests run against the sources for pure code, and against the built package (`evos`, `evos/onnx`, …)
// wherever a worker thread or the command line is involved: that is what users run.
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/build.ts'],
    testTimeout: 120_000,
    pool: 'forks',
    maxWorkers: 2,
  },
});
