// The whole program of docs/tfjs.md runs as a reader would run it, and learns its picture.
import { execFileSync } from 'node:child_process';
import ts from 'typescript';
import { expect, it } from 'vitest';
import { blocksOf } from '../support/documents.js';

/** What `@tensorflow/tfjs` has, of what is installed here. */
const tensorFlow = `
  import * as core from '@tensorflow/tfjs-core';
  import * as layersOf from '@tensorflow/tfjs-layers';
  import '@tensorflow/tfjs-backend-cpu';
  const tf = { ...core, ...layersOf };
`;

it('the program of docs/tfjs.md fits its picture', () => {
  const [program] = blocksOf('docs/tfjs.md').filter(({ place }) => place.endsWith(': With `fit`'));
  const plain = ts.transpile(program!.text, {
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.ESNext,
    verbatimModuleSyntax: true,
  });
  const text = plain.replace(/^import \* as tf from '@tensorflow\/tfjs';.*$/m, tensorFlow);
  expect(text).not.toBe(plain);
  const said = execFileSync(process.execPath, ['--input-type=module', '--eval', text], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  expect(said).toMatch(/^100 0\.\d+\n200 0\.\d+\n300 0\.\d+\n/m);
  // A grey picture has some 13 dB.
  expect(Number(/PSNR ([\d.]+) dB/.exec(said)?.[1])).toBeGreaterThan(24);
});
