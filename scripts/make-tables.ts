// Writes docs/strategies.md: which strategy and which backbone go with which kind of input, and why a cell is empty; and
// docs/operators.md: what networks of others may be made of. All of it comes from the registries and the rules that there are; a
// test says when a page is stale.
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { strategies } from '../src/core/index.js';
import { differentiableOperators, supportedOperators } from '../src/engine/graph/index.js';
import { mostInputs } from '../src/engine/graph/node.js';
import { findOperator } from '../src/engine/graph/operators.js';
import { OPSETS } from '../src/engine/graph/proto.js';
import { backbones } from '../src/engine/models/registry.js';
import { modalities } from '../src/recipes/modalities/registry.js';
import { typedValue } from '../src/recipes/settings/check.js';
import { needsInWords } from '../src/recipes/settings/needs.js';
import { notForScenes } from '../src/recipes/modalities/scene/presets.js';

/** The pages. */
export const tablesFile = 'docs/strategies.md';
export const operatorsFile = 'docs/operators.md';

interface Entry {
  readonly name: string;
  readonly summary: string;
  readonly needs: readonly string[];
}

/** Reasons of a kind's own. */
const ownReasons: Readonly<Record<string, Readonly<Record<string, string>>>> = { scene: notForScenes };

function table(
  entries: readonly Entry[],
  offered: (kind: (typeof kinds)[number]) => readonly string[],
): string[] {
  const rows = entries.map(({ name, summary, needs }) => {
    const cells = kinds.map((kind) => {
      if (offered(kind).includes(name)) return '✓';
      const why = ownReasons[kind.kind]?.[name] ?? needsInWords(needs);
      if (why === '') throw new Error(`${kind.kind} does not offer ${name}, and nothing says why`);
      return `– ${why}`;
    });
    return [`\`${name}\``, summary, ...cells];
  });
  const heads = ['name', 'what it is', ...kinds.map(({ several }) => several)];
  return [heads, heads.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`);
}

/** What backbones start from where a kind of input has no defaults of its own for them. */
function defaults(): string[] {
  const rows = backbones().map(({ name, learningRate, schedule, settings }) => [
    `\`${name}\``,
    String(learningRate),
    schedule === undefined ? '–' : `${schedule.learningRateSchedule}, to ${schedule.learningRateFinal}`,
    Object.entries(settings)
      .map(([key, { default: usual }]) => (usual === undefined ? key : `${key} ${typedValue(usual)}`))
      .join(', '),
  ]);
  const heads = ['name', 'learning rate', 'schedule', 'settings and their defaults'];
  return [heads, heads.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`);
}

const kinds = modalities();

/** The page's text, before Prettier has aligned its tables. */
export function tables(): string {
  return [
    '# Strategies and backbones',
    '',
    '<!-- Written by `npm run tables`. -->',
    '',
    'What goes with which kind of input, and why an empty cell is empty. [adding.md](adding.md) says how to add one.',
    '',
    '## Strategies',
    '',
    ...table(strategies(), ({ settings }) => settings.strategies()),
    '',
    '## Backbones',
    '',
    ...table(backbones(), ({ settings }) => settings.backbones()),
    '',
    'Their defaults, where a kind of input has none of its own for them (`evos fit --help` says which). A setting without a',
    'number follows from the input. [backbones.md](backbones.md) says what each is for and where it comes from.',
    '',
    ...defaults(),
    '',
  ].join('\n');
}

/** The operators that there are rules for. */
export function operators(): string {
  const rows = supportedOperators.map((name) => {
    const { inputs: [fewest, most] = [0, 0], attributes = {} } = findOperator(name) ?? {};
    const inputs =
      most === mostInputs ? `${fewest} or more` : fewest === most ? fewest : `${fewest} to ${most}`;
    const passes = differentiableOperators.includes(name) ? '✓' : '–';
    return [name, passes, String(inputs), Object.keys(attributes).join(', ')];
  });
  const heads = ['operator', 'gradient', 'inputs', 'attributes'];
  return [
    '# Operators',
    '',
    '<!-- Written by `npm run tables`. -->',
    '',
    `What networks of others may be made of, for \`evos fit --model\` and \`modelFromOnnx\` of \`evos/onnx\`: operator sets ${OPSETS.lowest} to ${OPSETS.highest}, the`,
    'standard domain, weights inside the file. A gradient passes where there is a ✓; where there is none, nothing that is',
    'trained may lie before the operator. `Dropout` is passed over. What is not here is refused by the name of its node, and',
    'where there is a way to write it with these, the message says which.',
    '',
    ...[heads, heads.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`),
    '',
  ].join('\n');
}

/** The pages as they should be, by file. */
export async function pages(): Promise<ReadonlyMap<string, string>> {
  const { format, resolveConfig } = await import('prettier');
  const texts = [
    [tablesFile, tables()],
    [operatorsFile, operators()],
  ] as const;
  const formatted = texts.map(async ([file, text]) => {
    const options = { ...(await resolveConfig(file)), filepath: file };
    return [file, await format(text, options)] as const;
  });
  return new Map(await Promise.all(formatted));
}

if (process.argv[1] === path.resolve('scripts/make-tables.ts')) {
  for (const [file, text] of await pages()) writeFileSync(file, text);
}
