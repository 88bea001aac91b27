// The help must not wait for decoders and engines: none of them is loaded for it.
import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';

const heavy = ['sharp', 'three', 'three-mesh-bvh', 'onnxruntime-node'];

const data = (code: string): string => `data:text/javascript,${encodeURIComponent(code)}`;

/** A loader that tells of every heavy module on standard output. */
const loader = data(`
  import { writeSync } from 'node:fs';
  export function resolve(specifier, context, next) {
    if (${JSON.stringify(heavy)}.includes(specifier.split('/')[0])) writeSync(1, 'HEAVY ' + specifier);
    return next(specifier, context);
  }
`);
const hook = data(`import { register } from 'node:module'; register(${JSON.stringify(loader)});`);
const run = (...words: string[]): string =>
  execFileSync(process.execPath, ['--import', hook, ...words], { encoding: 'utf8' });

it('a heavy module would be told', () => {
  expect(run('--input-type=module', '-e', "import 'three'")).toContain('HEAVY three');
});

describe('evos --help', () => {
  it.each([['--help'], ['fit --help'], ['compare --help'], ['render --help']])(
    '%s loads nothing heavy',
    (words) => {
      const text = run('dist/cli/main.js', ...words.split(' '));
      expect(text).toContain('evos');
      expect(text).not.toContain('HEAVY');
    },
  );
});
