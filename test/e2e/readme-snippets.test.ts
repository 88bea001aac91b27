// What the README and the documents show is what the package has: every snippet of TypeScript compiles against the
// package's own types, as a reader who copies it would have it, and no longer does with any of its names misspelt.
import { readdirSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';
import { beforeAll, describe, expect, it } from 'vitest';
import { blocksOf, compile, type Block } from '../support/documents.js';

/** What a snippet leaves to its reader, by the heading it stands under. */
const readersOwn: Readonly<Record<string, string>> = {
  'README.md: In your own training loop':
    'declare const size: number, steps: number; ' +
    'declare function trainStep(indices: Uint32Array): Float32Array;',
  'README.md: In a NeRF trainer':
    'declare function trainStep(origins: Float32Array, directions: Float32Array, targets: Float32Array, ' +
    'weights?: Float32Array): Float32Array;',
  'README.md: In a browser': 'interface ImageBitmap { readonly width: number; readonly height: number; }',
  'docs/tfjs.md: In your own loop':
    'declare const size: number, steps: number; declare function trainStep(indices: tf.Tensor): tf.Tensor;',
};

type Snippet = Pick<Block, 'place' | 'text'>;

const documents = ['.', 'docs']
  .flatMap((folder) => readdirSync(folder).map((name) => path.join(folder, name)))
  .filter((file) => file.endsWith('.md'));
/** Those of docs/adding.md are whole files; docs-adding.test.ts runs them. */
const snippets = documents
  .flatMap(blocksOf)
  .filter(({ language, file }) => language === 'ts' && file === undefined);

/** The names that a snippet has from the package: what it imports, the options it gives, the fields it takes. */
function packageNames(text: string): ts.Node[] {
  const names: ts.Node[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isImportSpecifier(node) || ts.isShorthandPropertyAssignment(node)) names.push(node.name);
    if (ts.isPropertyAssignment(node) || ts.isBindingElement(node)) names.push(node.name);
    // `console` is not the package's, and what was measured goes by names that no type knows.
    if (ts.isPropertyAccessExpression(node) && !/\b(console|metrics)$/.test(node.expression.getText())) {
      names.push(node.name);
    }
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile('snippet.ts', text, ts.ScriptTarget.ES2022, true));
  return names;
}

/** The snippet with one name misspelt where the package is asked for it; what the snippet calls it stays. */
function misspelt(text: string, name: ts.Node): string {
  const word = name.getText();
  const by = ts.isImportSpecifier(name.parent)
    ? `${word}Misspelt as ${word}`
    : ts.isShorthandPropertyAssignment(name.parent) || ts.isBindingElement(name.parent)
      ? `${word}Misspelt: ${word}`
      : `${word}Misspelt`;
  return text.slice(0, name.getStart()) + by + text.slice(name.getEnd());
}

/** What the compiler says of each text with what its reader has. */
const judged = (texts: readonly Snippet[]): string[][] =>
  compile(texts.map(({ place, text }, i) => [`snippet-${i}.ts`, `${text}\n${readersOwn[place] ?? ''}`]));

const broken = snippets.flatMap(({ place, text }) =>
  packageNames(text).map((name) => ({ place, name: name.getText(), text: misspelt(text, name) })),
);

describe('snippets of TypeScript in the documents', () => {
  let said: string[][] = [];
  beforeAll(() => {
    said = judged([...snippets, ...broken]);
  });

  it('are there, and what is declared for their readers belongs to one', () => {
    expect(snippets.length).toBeGreaterThanOrEqual(3);
    const places = snippets.map(({ place }) => place);
    expect(Object.keys(readersOwn).filter((place) => !places.includes(place))).toEqual([]);
  });

  it('compile', () => {
    for (const [i, { place, text }] of snippets.entries()) {
      expect(said[i], `${place}\n${text}`).toEqual([]);
    }
  });

  it('would not with a name of the package misspelt, be it an import, an option or a field', () => {
    expect(broken.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['createSelector', 'strategy', 'errors', 'targets', 'fitImage', 'metrics']),
    );
    for (const [i, { place, name, text }] of broken.entries()) {
      const messages = said[snippets.length + i] ?? [];
      expect(messages.join('\n'), `${place}: ${name}\n${text}`).toContain(`${name}Misspelt`);
    }
  });
});
