// The tests that mutants of src/core have to survive: core's own, without a build.
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: { include: ['test/core/**/*.test.ts'], testTimeout: 120_000 },
});
