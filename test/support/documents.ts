// The fenced blocks of documents, and whether TypeScript in them compiles as a reader's would.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';

/** A fenced block. */
export interface Block {
  /** The document and the heading it stands under. */
  readonly place: string;
  /** `ts`, `sh` */
  readonly language: string;
  /** The file it is, where it says so behind its language. */
  readonly file: string | undefined;
  readonly text: string;
}

/** The fenced blocks of a document, in order. */
export function blocksOf(document: string): Block[] {
  const found: Block[] = [];
  let heading = '';
  const pattern = /^#+ (.*)$|^( *)```(\w+) ?(\S*)\n([\s\S]*?)^ *```$/gm;
  for (const [, title, , language, file, text = ''] of readFileSync(document, 'utf8').matchAll(pattern)) {
    if (title !== undefined) heading = title;
    if (language !== undefined) {
      found.push({ place: `${document}: ${heading}`, language, file: file === '' ? undefined : file, text });
    }
  }
  return found;
}

/** The example files of docs/adding.md, by name. */
export function examplesOf(document = 'docs/adding.md'): ReadonlyMap<string, string> {
  return new Map(
    blocksOf(document).flatMap(({ file, text }) => (file === undefined ? [] : [[file, text] as const])),
  );
}

/** The package that readers of docs/tfjs.md have. Not installed here for its size, but what it re-exports is. */
const tensorFlow = `declare module '@tensorflow/tfjs' {
  export * from '@tensorflow/tfjs-core';
  export * from '@tensorflow/tfjs-layers';
}`;

/** A reader's project, as strict as can be. */
const options: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2022,
  lib: ['lib.es2023.d.ts'],
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  types: ['node'],
  strict: true,
  noUncheckedIndexedAccess: true,
  exactOptionalPropertyTypes: true,
  noImplicitOverride: true,
  noUnusedLocals: true,
  skipLibCheck: true,
  noEmit: true,
};

/**
 * What the compiler says of each file, all in one program. They need not exist: they lie where the package finds itself by
 * its name.
 */
export function compile(files: readonly (readonly [name: string, text: string])[]): string[][] {
  const texts = new Map(
    [...files, ['tensorflow.d.ts', tensorFlow] as const].map(([name, text]) => [placeOf(name), text]),
  );
  const disk = ts.createCompilerHost(options);
  const host: ts.CompilerHost = {
    ...disk,
    fileExists: (name) => texts.has(name) || disk.fileExists(name),
    readFile: (name) => texts.get(name) ?? disk.readFile(name),
    getSourceFile: (name, language) => {
      const text = texts.get(name);
      return text === undefined
        ? disk.getSourceFile(name, language)
        : ts.createSourceFile(name, text, language);
    },
  };
  const program = ts.createProgram([...texts.keys()], options, host);
  return files.map(([name]) =>
    ts
      .getPreEmitDiagnostics(program, program.getSourceFile(placeOf(name)))
      .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n')),
  );
}

const placeOf = (name: string): string => path.resolve(name).split(path.sep).join('/');
