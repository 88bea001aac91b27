// What the README shows is what runs: its drop-in loop is the example's, and the example learns.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const readme = readFileSync('README.md', 'utf8');
const example = readFileSync('examples/drop-in.ts', 'utf8');

describe('the README', () => {
  it('shows the loop of examples/drop-in.ts, in at most 15 lines', () => {
    const loop = /\/\/ #region loop\n([\s\S]*?)\/\/ #endregion/.exec(example)?.[1]?.trim();
    expect(loop).toBeDefined();
    const shown = `import { createSelector } from 'evos';\n\n${loop ?? ''}`;
    expect(shown.split('\n').length).toBeLessThanOrEqual(15);
    expect(readme).toContain('```ts\n' + shown + '\n```');
  });

  it('runs that example, and the signal is learnt', () => {
    const output = execFileSync(process.execPath, ['--import', 'tsx', 'examples/drop-in.ts'], {
      encoding: 'utf8',
    });
    const error = Number(/mean squared error after 400 steps: ([\d.]+)/.exec(output)?.[1]);
    // The signal varies by about 0.6; gradient descent on every sample ends at about the same error.
    expect(error).toBeLessThan(0.01);
  });

  it('names commands and files that exist', () => {
    const scripts = (JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> })
      .scripts;
    for (const [, name] of readme.matchAll(/npm run ([\w:-]+)/g))
      expect(Object.keys(scripts)).toContain(name);
    for (const [, target] of readme.matchAll(/\]\((?!https?:)([^)#]+)[^)]*\)/g)) {
      expect(() => readFileSync(target ?? ''), `link to ${target}`).not.toThrow();
    }
  });
});
