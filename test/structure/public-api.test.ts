// The package as its types show it: no name stands for two things, none of Node's types is asked for, and what its functions say of
// themselves compiles.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import * as three from 'three';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { strategies } from '../../src/core/index.js';

const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as {
  exports: Readonly<Record<string, string | { readonly types: string }>>;
};
/** Declarations by entry: `evos/image` and so on. */
const entries = new Map(
  Object.entries(manifest.exports).flatMap(([name, target]) =>
    typeof target === 'string' ? [] : [[`evos${name.slice(1)}`, path.resolve(target.types)] as const],
  ),
);
/** Entries whose functions all have an example, and say what they throw. */
const done = [
  ...['evos', 'evos/image', 'evos/image/files', 'evos/sdf', 'evos/sdf/files'],
  ...['evos/nerf', 'evos/nerf/files', 'evos/engine', 'evos/tfjs'],
];

const options: ts.CompilerOptions = {
  ...{ target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.NodeNext, strict: true, noEmit: true },
  ...{ moduleResolution: ts.ModuleResolutionKind.NodeNext, lib: ['lib.es2022.d.ts', 'lib.dom.d.ts'] },
  ...{ types: [], skipLibCheck: false },
};
const program = ts.createProgram([...entries.values()], options);
const checker = program.getTypeChecker();

/** What an entry exports: the names, and what each stands for. */
function exportsOf(file: string): Map<string, ts.Symbol> {
  const source = program.getSourceFile(file);
  const module = source && checker.getSymbolAtLocation(source);
  if (module === undefined) throw new Error(`${file} is no module: build first`);
  return new Map(
    checker.getExportsOfModule(module).map((each) => {
      const symbol = each.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(each) : each;
      return [each.name, symbol];
    }),
  );
}

const exported = new Map<string, Map<string, ts.Symbol>>(
  [...entries].map(([entry, file]) => [entry, exportsOf(file)]),
);

const told = (diagnostics: readonly ts.Diagnostic[]): string[] =>
  diagnostics.map(({ file, start = 0, messageText }) => {
    const line = file === undefined ? 0 : ts.getLineAndCharacterOfPosition(file, start).line + 1;
    return `${path.relative('.', file?.fileName ?? '')}:${line} ${ts.flattenDiagnosticMessageText(messageText, ' ')}`;
  });

/** What is there when an entry is imported: of some functions only the types are public. */
const values = new Map<string, ReadonlySet<string>>(
  await Promise.all(
    [...entries.keys()].map(async (entry) => {
      const module = (await import(entry)) as object;
      return [entry, new Set(Object.keys(module))] as const;
    }),
  ),
);

/** The functions of an entry. */
function functionsOf(entry: string): [name: string, symbol: ts.Symbol][] {
  return [...(exported.get(entry) ?? [])].filter(([name, symbol]) => {
    if (values.get(entry)?.has(name) !== true) return false;
    const [declaration] = symbol.declarations ?? [];
    if (declaration === undefined || !(symbol.flags & ts.SymbolFlags.Value)) return false;
    return checker.getTypeOfSymbolAtLocation(symbol, declaration).getCallSignatures().length > 0;
  });
}

describe('the declarations', () => {
  it('are sound by themselves, for those who check libraries and have no types of Node', () => {
    const files = program
      .getSourceFiles()
      .filter(({ fileName }) => !/\/typescript\/lib\/lib\./.test(fileName));
    const foreign = files.flatMap(
      ({ fileName }) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(fileName)?.[1] ?? [],
    );
    expect([...new Set(foreign)]).toEqual(['zod']);
    const own = files.filter(({ fileName }) => !fileName.includes('node_modules'));
    expect(own.length).toBeGreaterThan(100);
    expect(told(own.flatMap((file) => [...program.getSemanticDiagnostics(file)]))).toEqual([]);
  });

  it('have one name for one thing, in all entries', () => {
    const meanings = new Map<string, Set<ts.Declaration | undefined>>();
    for (const names of exported.values()) {
      for (const [name, { declarations }] of names) {
        meanings.set(name, (meanings.get(name) ?? new Set()).add(declarations?.[0]));
      }
    }
    expect(meanings.size).toBeGreaterThan(300);
    expect([...meanings].flatMap(([name, each]) => (each.size > 1 ? [name] : []))).toEqual([]);
  });

  it.each(['evos/sdf', 'evos/nerf'])('of %s take no name of three, which people have beside it', (entry) => {
    const taken = [...(exported.get(entry)?.keys() ?? [])].filter((name) => name in three);
    expect(taken).toEqual([]);
  });
});

/** Names that stand for the reader's own in examples. */
const own: Readonly<Record<string, string>> = {
  mine: 'declare const mine: { train(...given: unknown[]): Promise<Float32Array> };',
  canvas: 'declare const canvas: HTMLCanvasElement;',
  count: 'declare const count: number;',
  trainer: "declare const trainer: import('evos').Trainer;",
  rays: "declare const rays: import('evos/nerf').RaySource & { readonly length: number };",
  image: "declare const image: import('evos/image').Image;",
  pool: "declare const pool: import('evos').Pool;",
  selector: "declare const selector: import('evos').Selector;",
  trainStep:
    "declare const trainStep: (indices: import('evos/tfjs').TfTensor) => import('evos/tfjs').TfTensor;",
  tf: "declare const tf: import('evos/tfjs').TensorFlow;",
  model: "declare const model: import('evos/tfjs').TfModel;",
  optimizer: "declare const optimizer: import('evos/tfjs').TfOptimizer;",
  size: 'declare const size: number;',
  camera: "declare const camera: import('evos/nerf').ThreeCamera;",
  mesh: "declare const mesh: import('evos/sdf').TriangleMesh;",
  field: "declare const field: import('evos/sdf').DistanceField;",
};

/** An example as a file: with imports of the names that it uses, where it has none of its own. */
function asFile(code: string): string {
  const words = new Set(code.match(/\b[A-Za-z_]\w*\b/g));
  const isDeclared = (name: string): boolean =>
    new RegExp(`\\b(const|let|function|class)\\s+(\\{[^}]*\\b)?${name}\\b`).test(code);
  const lines: string[] = [];
  for (const [name, line] of Object.entries(own)) {
    if (words.has(name) && !isDeclared(name)) lines.push(line);
  }
  if (!code.includes('import ')) {
    const from = new Map<string, string[]>();
    for (const [entry, names] of exported) {
      for (const name of names.keys()) {
        if (!words.has(name) || isDeclared(name) || name in own) continue;
        if ([...from.values()].flat().includes(name)) continue;
        from.set(entry, [...(from.get(entry) ?? []), name]);
      }
    }
    for (const [entry, names] of from) lines.push(`import { ${names.join(', ')} } from '${entry}';`);
  }
  return [...lines, code, 'export {};'].join('\n');
}

describe('the examples', () => {
  it('compile', () => {
    const files = new Map<string, string>();
    for (const [entry] of entries) {
      for (const [name, symbol] of functionsOf(entry)) {
        const tags = symbol.getJsDocTags(checker).filter((tag) => tag.name === 'example');
        tags.forEach((tag, i) => {
          const text = ts.displayPartsToString(tag.text).replace(/^```\w*$/gm, '');
          files.set(path.resolve(`test/structure/example-${name}-${i}.ts`), asFile(text));
        });
      }
    }
    // A strategy that its options do not cover would not compile.
    const all = strategies().map(({ name }) => `{ strategy: '${name}', size: 3 }`);
    files.set(
      path.resolve('test/structure/example-options.ts'),
      `import type { SelectorOptions } from 'evos';\nexport const all: SelectorOptions[] = [${all.join(', ')}];\n`,
    );
    expect(files.size).toBeGreaterThan(80);
    const [host, disk] = [ts.createCompilerHost({}), ts.createCompilerHost({})];
    host.getSourceFile = (name, ...rest) => {
      const text = files.get(name);
      if (text !== undefined) return ts.createSourceFile(name, text, ts.ScriptTarget.ES2022);
      return program.getSourceFile(name) ?? disk.getSourceFile(name, ...rest);
    };
    host.fileExists = (name) => files.has(name) || disk.fileExists(name);
    host.readFile = (name) => files.get(name) ?? disk.readFile(name);
    const examples = ts.createProgram([...files.keys()], { ...options, skipLibCheck: true }, host, program);
    expect(
      [...files.keys()].flatMap((file) =>
        told(examples.getSemanticDiagnostics(examples.getSourceFile(file))),
      ),
    ).toEqual([]);
  });

  it.each(done)('of %s: every function has one, and says what it throws', (entry) => {
    const missing = functionsOf(entry).flatMap(([name, symbol]) => {
      const tags = symbol.getJsDocTags(checker).map((tag) => tag.name);
      return ['example', 'throws'].filter((tag) => !tags.includes(tag)).map((tag) => `${name}: @${tag}`);
    });
    expect(missing).toEqual([]);
  });
});
