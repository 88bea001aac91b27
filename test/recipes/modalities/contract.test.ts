// Every modality of the registry goes through the same: fit, metrics, going on, a comparison, rendering, inspection, report.
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  compareKind,
  fitKind,
  inspectPath,
  kindOfModel,
  modalities,
  recognise,
  renderKind,
  resumeRun,
} from 'evos/recipes';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

/** An input of each modality, and settings that make its fits short. */
const inputs: Readonly<
  Record<
    string,
    { readonly input: string; readonly settings: object; readonly render?: Record<string, unknown> }
  >
> = {
  image: { input: 'fixtures/photo.png', settings: { crop: 16, width: 8, depth: 1 } },
  mesh: {
    input: 'fixtures/mesh/box.ply',
    // From 0 there is a surface after three steps already.
    settings: { ratio: 0.125, samples: 2048, resolution: 12, outputBias: 0 },
    render: { resolution: 16 },
  },
  scene: {
    input: 'fixtures/nerf/scene',
    settings: { rays: 64, levels: 2, samplesPerRay: 4, shrink: 4 },
    render: { size: '16x16' },
  },
};
const shared = { steps: 3, device: 'cpu', workers: 1, measureEvery: 1 };

let folder = '';
beforeAll(() => void (folder = mkdtempSync(path.join(tmpdir(), 'evos-modalities-'))));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function drained<Event>(events: AsyncIterable<Event>): Promise<Event[]> {
  const all: Event[] = [];
  for await (const event of events) all.push(event);
  return all;
}

const json = (...names: string[]): Record<string, unknown> =>
  JSON.parse(readFileSync(path.join(folder, ...names), 'utf8')) as Record<string, unknown>;

it('there is an input for every modality', () => {
  expect(Object.keys(inputs)).toEqual(modalities().map(({ kind }) => kind));
});

describe.each(modalities().map((modality) => [modality.kind, modality] as const))('%s', (kind, modality) => {
  const { input = '', settings = {}, render = {} } = inputs[kind] ?? {};
  const out = (): string => path.join(folder, kind);

  it('is recognised by its input', async () => {
    expect(await recognise(input, input)).toBe(modality);
    await expect(recognise(input, input, 'nothing')).rejects.toThrow(/kind.*expected|must be one of/);
  });

  it('fits, and leaves what it says', async () => {
    const options = { input, out: out(), ...settings, ...shared };
    const events = await drained(fitKind(kind, options));
    expect(events[0]).toMatchObject({ type: 'start', kind });
    const result = events.at(-1);
    if (result?.type !== 'result') throw new Error(`the last event is ${result?.type}`);
    for (const file of result.files) expect(existsSync(file)).toBe(true);
    const { files } = await modality.load();
    for (const file of result.files) {
      const [name = ''] = path.relative(out(), file).split(path.sep);
      expect(files).toContain(name);
    }
    const metrics = json(kind, 'metrics.json');
    expect(metrics['kind']).toBe(kind);
    const history = metrics['history'] as Record<string, unknown>[];
    expect(history.map(({ step }) => step)).toEqual([1, 2, 3]);
    for (const { key, history: measured, result: told } of modality.measures) {
      if (measured) expect(history[0]).toHaveProperty(key);
      if (told) expect(metrics).toHaveProperty(key);
    }
    expect(modality.describe(result.metrics.input).length).toBeGreaterThan(0);
  });

  it('goes on to more steps', async () => {
    const events = await drained(resumeRun({ folder: out(), steps: 4 }));
    expect(events[0]).toMatchObject({ type: 'start', kind, resumedFrom: 3 });
    expect(json(kind, 'metrics.json')).toMatchObject({ steps: 4 });
  });

  it('has a report with the same sections as all others', () => {
    const report = readFileSync(path.join(out(), 'report.html'), 'utf8');
    for (const title of [
      'How it got there',
      'Where the time went',
      'Settings',
      'Model and machine',
      'Run it again',
    ]) {
      expect(report).toContain(`<h2>${title}</h2>`);
    }
    expect(report).toContain('evos fit');
  });

  it('is rendered and inspected again', async () => {
    expect(await kindOfModel(out())).toBe(kind);
    const rendered = await renderKind(kind, { path: out(), options: render });
    expect(existsSync(rendered.file)).toBe(true);
    expect(await inspectPath({ path: out(), options: {} })).toMatchObject({ kind, run: { kind } });
  });

  it('compares strategies', async () => {
    const [first = '', second = ''] = [...modality.settings.strategies()].reverse();
    const compared = path.join(folder, `${kind}-compare`);
    const options = { input, out: compared, strategies: [first, second], ...settings, ...shared };
    const events = await drained(compareKind(kind, options));
    expect(events.at(-1)).toMatchObject({ type: 'compared', report: { kind: `${kind}-comparison` } });
    const rows = (name: string): string[] =>
      readFileSync(path.join(compared, name), 'utf8').trim().split('\n');
    expect(rows('compare.csv')).toHaveLength(1 + 2);
    expect(rows('curves.csv')).toHaveLength(1 + 2 * 3);
    expect(rows('compare.tex').at(-1)).toBe('\\end{table}');
    expect(readFileSync(path.join(compared, 'compare.html'), 'utf8')).toContain('<h2>Result</h2>');
  });
});
