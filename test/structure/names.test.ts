// Names of what is registered stand with what has them: a strategy, a backbone or a kind that is added or renamed
// touches no other file.
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { strategies } from '../../src/core/index.js';
import { backbones } from '../../src/engine/models/registry.js';
import { modalities } from '../../src/recipes/modalities/registry.js';
import { namesIn } from './names.js';

/**
 * The data side of each kind and its adapter, where these are not named as the kind is: they are the kind's own as its
 * folder among the modalities is.
 */
const dataSides: Readonly<Record<string, readonly string[]>> = {
  image: ['image/', 'adapters/pixels/'],
  mesh: ['sdf/', 'adapters/points/'],
  scene: ['nerf/', 'adapters/rays/'],
};

/** Each registered name and where it may stand, as beginnings of paths inside src/. */
const homes = new Map<string, readonly string[]>([
  ...strategies().map(({ name }) => [name, ownFiles('core/selectors', name)] as const),
  ...backbones().map(({ name }) => [name, ownFiles('engine/models', name)] as const),
  ...modalities().map(
    ({ kind }) =>
      [
        kind,
        [`recipes/modalities/${kind}/`, ...(dataSides[kind] ?? [`${kind}/`, `adapters/${kind}/`])],
      ] as const,
  ),
]);

function ownFiles(folder: string, name: string): string[] {
  return [`${folder}/${name}.ts`, `${folder}/${name}/`];
}

/** Where a word that happens to be a name means something else. */
const otherMeanings: readonly (readonly [file: string, name: string, meaning: string])[] = [
  ['cli/parse.ts', 'evos', 'the command'],
  ['recipes/report/command.ts', 'evos', 'the command'],
  ['core/packages.ts', 'evos', 'the package'],
  ['recipes/diagnose.ts', 'evos', 'the package'],
  ['recipes/runs/load-module.ts', 'evos', 'the package'],
  ['recipes/runs/models/model-metadata.ts', 'evos', 'the package, whose version model files have'],
  ['engine/webgpu/kernels.ts', 'uniform', "WebGPU's word for a kernel's numbers"],
  ['engine/models/dense-chain.ts', 'relu', 'an activation'],
  ['engine/models/hash-grid/model.ts', 'relu', 'an activation'],
  ['engine/models/fields/field.ts', 'relu', 'an activation'],
  ['engine/webgpu/radiance/commands.ts', 'relu', 'an activation'],
  ['engine/webgpu/wgsl/activation.ts', 'relu', 'an activation'],
  ['sdf/files/gltf/document.ts', 'scene', 'a member of glTF documents'],
  ['sdf/files/gltf/gltf.ts', 'scene', 'a member of glTF documents'],
  ['engine/graph/builder.ts', 'relu', 'the operator of graphs'],
  ['engine/graph/proto.ts', 'evos', 'the package, the producer of model files'],
  ['engine/graph/proto.ts', 'int', 'a kind of ONNX attribute'],
  ['engine/graph/elements.ts', 'int', 'a kind of ONNX attribute'],
  ['engine/graph/shapes-elementwise.ts', 'int', 'a kind of ONNX attribute'],
  ['engine/graph/shapes-layout.ts', 'int', 'a kind of ONNX attribute'],
  ['engine/graph/shapes-linear.ts', 'int', 'a kind of ONNX attribute'],
  ['sdf/files/ply.ts', 'int', 'a type of PLY'],
  ['sdf/files/ply-header.ts', 'int', 'a type of PLY'],
  ['sdf/samples.ts', 'int', "where INT's points lie"],
  ['recipes/modalities/mesh/settings.ts', 'int', "where INT's points lie"],
  ['recipes/report/client.ts', 'series', "uPlot's word for curves"],
  ['recipes/modalities/scene/modality.ts', 'mesh', 'the option --mesh of evos render'],
];

/** Files that may name all: registries, presets and the package's entries. */
const mayNameAll = (file: string): boolean =>
  file.startsWith('entries/') || /(^|\/)(registry|presets)\.ts$/.test(file);

/** The registered names in a file's text that it may not have, each with its line. */
function strangersIn(file: string, text: string): string[] {
  if (mayNameAll(file)) return [];
  const foreign = [...homes].filter(([, own]) => !own.some((start) => file.startsWith(start)));
  return namesIn(text, new Set(foreign.map(([name]) => name)))
    .filter(({ name }) => !otherMeanings.some(([at, word]) => at === file && word === name))
    .map(({ name, line }) => `${file}:${line} '${name}'`);
}

const files = readdirSync('src', { recursive: true, encoding: 'utf8' })
  .map((name) => name.split(path.sep).join('/'))
  .filter((name) => name.endsWith('.ts'));

const textOf = (file: string): string => readFileSync(path.join('src', file), 'utf8');

describe('names of strategies, backbones and kinds', () => {
  it('stand in their own folders, in registries and in presets alone', () => {
    expect(homes.size).toBeGreaterThanOrEqual(12);
    expect(files.flatMap((file) => strangersIn(file, textOf(file)))).toEqual([]);
  });

  it('have homes that exist', () => {
    const homeless = [...homes].filter(
      ([, own]) => !files.some((file) => own.some((at) => file.startsWith(at))),
    );
    expect(homeless).toEqual([]);
  });

  it.each(otherMeanings)('%s has its exception for %s for a reason', (file, name) => {
    expect(namesIn(textOf(file), new Set([name])).length).toBeGreaterThan(0);
  });

  it.each([
    ["if (strategy === 'evos-online') go();", 'evos-online'],
    ['const usual = { siren: 1e-4 };', 'siren'],
    ['interface ByKind { readonly image: number }', 'image'],
    ["const table = { 'error-map': 3 };", 'error-map'],
    ['type Kind = `mesh`;', 'mesh'],
    ["switch (kind) { case 'scene': go(); }", 'scene'],
    ["const kinds = ['mesh'] as const;", 'mesh'],
    ['const of = { full() { return 1; } };', 'full'],
  ])('would be found in %s', (text, name) => {
    expect(strangersIn('recipes/runs/run.ts', `// A file.\n${text}\n`)).toEqual([
      `recipes/runs/run.ts:2 '${name}'`,
    ]);
  });

  it.each([
    ['recipes/runs/run.ts', "// Unlike 'evos-online' this is a comment."],
    ['recipes/runs/run.ts', "const type = 'image/png';"],
    ['recipes/runs/run.ts', "import { siren } from './siren.js'; export * from 'siren';"],
    ['core/selectors/evos-online.ts', "const name = 'evos-online';"],
    ['core/selectors/registry.ts', "const names = ['evos', 'full'];"],
    ['recipes/modalities/mesh/presets.ts', "const preset = { strategy: 'evos', backbone: 'siren' };"],
    ['sdf/pool.ts', "const kind = 'mesh';"],
  ])('may stand in %s: %s', (file, text) => {
    expect(strangersIn(file, text)).toEqual([]);
  });
});
