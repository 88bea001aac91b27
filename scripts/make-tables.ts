// Writes docs/strategies.md: which strategy and which backbone go with which kind of input, and why a cell is empty. All of it
// comes from the registries; a test says when the page is stale.
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { strategies } from '../src/core/index.js';
import { backbones } from '../src/engine/models/registry.js';
import { modalities } from '../src/recipes/modalities/registry.js';
import { typedValue } from '../src/recipes/settings/check.js';
import { needsInWords } from '../src/recipes/settings/needs.js';
import { notForScenes } from '../src/recipes/modalities/scene/presets.js';

/** The page. */
export const tablesFile = 'docs/strategies.md';

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

/** The page as it should be. */
export async function page(): Promise<string> {
  const { format, resolveConfig } = await import('prettier');
  return format(tables(), { ...(await resolveConfig(tablesFile)), filepath: tablesFile });
}

if (process.argv[1] === path.resolve('scripts/make-tables.ts')) writeFileSync(tablesFile, await page());
