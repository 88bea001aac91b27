// The order in which files of tests begin: those that take longest first, so that all workers end at the same time. Vitest
// knows how long files took the last time, but not after `npm ci`, and goes by their sizes then.
import { existsSync } from 'node:fs';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** From the longest on; what is not here takes some seconds at most. */
const longest = [
  'test/e2e/fit-mesh.test.ts',
  'test/cases/runs.test.ts',
  'test/engine/onnx/webgpu.test.ts',
  'test/e2e/docs-adding.test.ts',
  'test/e2e/fit-scene.test.ts',
  'test/e2e/plugins.test.ts',
  'test/kills/kills.test.ts',
  'test/engine/trainer-contract.test.ts',
  'test/recipes/modalities/contract.test.ts',
  'test/recipes/runs/runs.test.ts',
  'test/e2e/fit-image.test.ts',
  'test/e2e/resume.test.ts',
  'test/cli/command.test.ts',
];
for (const file of longest) if (!existsSync(file)) throw new Error(`${file} is not there any more`);

/** Vitest's own order, but for the longest. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification): number => {
      const at = longest.findIndex((file) => moduleId.endsWith(`/${file}`));
      return at < 0 ? longest.length : at;
    };
    return (await super.sort(files)).sort((a, b) => rank(a) - rank(b));
  }
}
