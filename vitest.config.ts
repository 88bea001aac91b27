// Tests run against the sources for pure code (`unit`), and against the built package (`evos`, `evos/onnx`, …) wherever
// a worker thread or the command line is involved: that is what users run. Which it is, a test's imports say.
import { readdirSync, readFileSync } from 'node:fs';
import { defineConfig } from 'vitest/config';
import { LongestFirst } from './test/support/longest-first.js';

const tests = readdirSync('test', { recursive: true, encoding: 'utf8' })
  .map((name) => `test/${name.replaceAll('\\', '/')}`)
  .filter((file) => file.endsWith('.test.ts'));

/** Whether a test, or what it shares with others, reaches for the built package. */
const needsBuild = (file: string): boolean =>
  /(?:from|import\() ?'evos['/]|\bdist\/|support\/command|support\/device|-support\.js'/.test(
    readFileSync(file, 'utf8'),
  );

/** Whether a test adds to a registry, or closes the device, either of which others must not find there. */
const registers = (file: string): boolean =>
  /\bregister\w*\(|\bfound\?\.close\(/.test(readFileSync(file, 'utf8'));

const inFolder = (folder: string) => (file: string) => file.startsWith(`test/${folder}/`);
const browser = tests.filter(inFolder('browser'));
const commandLine = tests.filter(inFolder('cli'));
/** Runs from start to end, stopped, killed and gone on with, and readers under damage: half of all the time. */
const wholeRuns = tests.filter(
  (file) =>
    ['e2e', 'kills', 'fuzz'].some((folder) => inFolder(folder)(file)) ||
    (inFolder('cases')(file) && needsBuild(file)),
);
const others = tests.filter((file) => ![browser, commandLine, wholeRuns].flat().includes(file));
const built = others.filter(needsBuild);
const pure = others.filter((file) => !built.includes(file));
const registering = pure.filter(registers);

const project = (name: string, include: string[], more: { builds?: boolean; isolate?: boolean } = {}) => ({
  extends: true as const,
  test: {
    ...{ name, include, isolate: more.isolate ?? true },
    globalSetup: ['test/support/temporary.ts', ...(more.builds === true ? ['test/support/build.ts'] : [])],
  },
});
const build = { builds: true };

export default defineConfig({
  test: {
    // The slowest tests take a minute or two on a quiet laptop; on a busy one, several times as long.
    testTimeout: 600_000,
    hookTimeout: 600_000,
    pool: 'forks',
    maxWorkers: 2,
    sequence: { sequencer: LongestFirst },
    projects: [
      // Files share the modules of their process: to load them for each anew takes a third of the time.
      project(
        'unit',
        pure.filter((file) => !registering.includes(file)),
        { isolate: false },
      ),
      project('registering', registering),
      project('built', built, build),
      project('command line', commandLine, build),
      // These two are left out of `npm test`; `npm run test:all` and CI have them.
      project('whole runs', wholeRuns, build),
      project('browser', browser, build),
    ],
  },
});
