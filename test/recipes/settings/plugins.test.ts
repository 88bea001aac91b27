// Strategies and backbones that are registered while the program runs: they have options, words, a place in the schema and
// in comparisons, as if they were built in.
import { beforeAll, describe, expect, it } from 'vitest';
import { defineStrategy, evos, number, register, toggle } from '../../../src/core/index.js';
import { defineBackbone } from '../../../src/engine/models/backbone.js';
import { registerBackbone } from '../../../src/engine/models/registry.js';
import { siren } from '../../../src/engine/models/siren.js';
import { configSchema } from '../../../src/cli/config-schema.js';
import { imageSettings } from '../../../src/recipes/modalities/image/settings.js';
import { meshSettings } from '../../../src/recipes/modalities/mesh/settings.js';
import { sceneSettings } from '../../../src/recipes/modalities/scene/settings.js';
import { learnWords } from '../../../src/recipes/settings/words.js';
import { temporaryFolder, Terminal } from '../../cli/support.js';

const strategySource = `export default defineStrategy({
  name: 'toy-heat',
  settings: {
    /** How warm it gets. Not much. */
    warmth: number({ above: 0, max: 9, default: 4 }),
    /** Share of the samples by the toy. */
    ratio: number({ above: 0, max: 0.5, default: 0.25 }),
    /** Whether it glows. */
    glow: toggle(false),
  },
});`;

const before = { fields: imageSettings.fields('fit').length };

beforeAll(() => {
  const toy = defineStrategy({
    name: 'toy-heat',
    summary: 'a toy',
    settings: {
      warmth: number({ above: 0, max: 9, default: 4 }),
      ratio: number({ above: 0, max: 0.5, default: 0.25 }),
      glow: toggle(false),
    },
    needs: [],
    create: ({ size, seed }) => evos({ size, seed, steps: 9 }),
  });
  const net = defineBackbone({
    name: 'toy-net',
    summary: 'a toy',
    settings: { knots: number({ min: 1, default: 7 }), width: number({ min: 1, default: 5 }) },
    needs: [],
    learningRate: 0.25,
    adam: () => ({}),
    create: (ports) => siren(ports),
  });
  learnWords(strategySource);
  register({ strategies: [toy] });
  registerBackbone(net);
});

async function terminal(...words: string[]): Promise<Terminal> {
  const made = new Terminal({ cwd: temporaryFolder({ 'photo.png': 'x' }), columns: 100 });
  await made.run(...words);
  return made;
}

describe('a strategy of a plugin', () => {
  it('adds its settings to those that there are, with its own words and defaults', () => {
    const fields = new Map(imageSettings.fields('fit').map((field) => [field.key, field]));
    // warmth, glow and knots
    expect(fields.size).toBe(before.fields + 3);
    expect(fields.get('warmth')).toMatchObject({
      flag: 'warmth',
      usual: '4',
      words: [{ owners: ['toy-heat'], text: 'how warm it gets' }],
    });
    expect(fields.get('ratio')?.apart).toContainEqual(['toy-heat', '0.25']);
    expect(imageSettings.fit({ strategy: 'toy-heat' })).toMatchObject({
      warmth: 4,
      ratio: 0.25,
      steps: 3000,
    });
    expect(meshSettings.fit({ strategy: 'toy-heat' })).toMatchObject({ warmth: 4, ratio: 1 / 64 });
    expect(sceneSettings.strategies()).toContain('toy-heat');
  });

  it('is judged, by its own range too', () => {
    expect(() => imageSettings.fit({ warmth: 10 })).toThrow(
      'warmth: got 10, expected a number above 0 and at most 9',
    );
    expect(() => imageSettings.fit({ strategy: 'toy-heat', ratio: 0.6 })).toThrow(
      'ratio: got 0.6, expected a number above 0 and at most 0.5 with strategy toy-heat',
    );
    expect(imageSettings.fit({ strategy: 'evos', ratio: 0.6 }).ratio).toBe(0.6);
    expect(() => imageSettings.fit({ strategy: 'toy-heta' })).toThrow('Did you mean toy-heat?');
    expect(() => imageSettings.fit({ warmht: 1 })).toThrow('warmht: unknown setting. Did you mean warmth?');
  });

  it('has entries in comparisons', () => {
    expect(imageSettings.entry('toy-heat@warmth=2+glow=true')).toMatchObject({
      strategy: 'toy-heat',
      settings: { warmth: 2, glow: true },
    });
    expect(() => imageSettings.entry('evos@warmth=2')).toThrow('warmth has no effect on evos; leave it out');
    expect(() => imageSettings.entry('toy-heat@warmt=2')).toThrow('Did you mean warmth?');
    const compared = imageSettings.compare({ strategies: ['full', 'toy-heat@warmth=2'] });
    expect(imageSettings.runOf(compared, imageSettings.entry('toy-heat@warmth=2'))).toMatchObject({
      strategy: 'toy-heat',
      warmth: 2,
      ratio: 0.25,
    });
  });

  it('is in the help, in completions and in what is meant by a slip', async () => {
    const help = (await terminal('fit', '--help', 'all')).stdout.replace(/\s+/g, ' ');
    expect(help).toContain('--warmth toy-heat: how warm it gets [number] [default: 4]');
    expect(help).toMatch(/--strategy [^-]*\[choices: [^\]]*"toy-heat"/);
    expect(help).toContain('toy-heat: share of the samples by the toy');
    const { stderr } = await terminal('fit', 'photo.png', '--warmht', '3');
    expect(stderr).toContain('Unknown option --warmht. Did you mean --warmth?');
    expect((await terminal('fit', 'photo.png', '--warmth', '10')).stderr).toContain(
      '--warmth: got 10, expected a number above 0 and at most 9',
    );
    expect((await terminal('fit', 'photo.png', '--strategy', 'toy-het')).stderr).toContain(
      'Did you mean toy-heat?',
    );
  });

  it('is in the JSON Schema', () => {
    const schema = JSON.parse(JSON.stringify(configSchema())) as {
      properties: Record<string, { properties: Record<string, object> }>;
    };
    for (const section of ['fit', 'compare', 'fitMesh', 'compareScene']) {
      const { properties } = schema.properties[section]!;
      expect(properties['warmth'], section).toMatchObject({
        type: 'number',
        exclusiveMinimum: 0,
        maximum: 9,
        description: expect.stringContaining('how warm it gets') as string,
      });
      expect(properties['glow']).toMatchObject({ type: 'boolean' });
    }
    expect(schema.properties['fit']!.properties['strategy']).toMatchObject({
      enum: expect.arrayContaining(['toy-heat']) as string[],
    });
  });
});

describe('a backbone of a plugin', () => {
  it('has its settings, and its own learning rate', () => {
    for (const settings of [imageSettings, meshSettings, sceneSettings]) {
      expect(settings.backbones()).toContain('toy-net');
      expect(settings.fit({ backbone: 'toy-net' })).toMatchObject({ knots: 7, width: 5, learningRate: 0.25 });
      expect(settings.fields('fit').find(({ key }) => key === 'backbone')?.setting).toMatchObject({
        choices: expect.arrayContaining(['toy-net']) as string[],
      });
    }
    expect(() => imageSettings.entry('evos@knots=3')).toThrow('knots is the same for every strategy');
  });
});
