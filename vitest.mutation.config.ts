// The tests that mutants of src/core have to survive: core's own, from the sources. See CONTRIBUTING.md.
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/core/**/*.test.ts'],
    exclude: ['test/core/entry.test.ts', 'test/core/numeric/blocks-wat.test.ts'],
    testTimeout: 120_000,
  },
});
