// The command that repeats a run is one that the command line reads back to the same settings.
import { describe, expect, it } from 'vitest';
import { imageSettings } from '../../../src/recipes/modalities/image/settings.js';
import { meshSettings } from '../../../src/recipes/modalities/mesh/settings.js';
import { fitCommand } from '../../../src/recipes/report/command.js';
import type { RunMetrics } from '../../../src/recipes/runs/metrics.js';
import { readValue } from '../../../src/recipes/settings/check.js';
import type { Resolver } from '../../../src/recipes/settings/resolver.js';

function commandOf(resolver: Resolver, named: object): string {
  const settings = resolver.fit({ ...named, device: 'cpu', workers: 2, microBatch: 64 });
  const { strategy } = settings;
  const run = { settings, strategy, input: { file: 'a b' }, device: 'cpu', workers: 2, microBatch: 64 };
  return fitCommand(run as unknown as RunMetrics, resolver) ?? '';
}

describe('the command that repeats a fit', () => {
  it.each<[string, Resolver, object]>([
    ['a ramp', imageSettings, { strategy: 'evos', interval: { from: 10, to: 5 } }],
    ['one number for a ramp', imageSettings, { strategy: 'evos', interval: 7 }],
    ['yes or no', imageSettings, { strategy: 'uniform', passes: true }],
    ['another backbone', imageSettings, { backbone: 'hash-grid', levels: 3 }],
    ['a preset', meshSettings, { preset: 'int-paper', ratio: 0.3 }],
    ['plugins', imageSettings, { plugins: ['./a.ts', 'b c.ts'] }],
  ])('reads back to the same settings: %s', (_, resolver, named) => {
    const command = commandOf(resolver, named);
    expect(command).not.toContain('object');
    const fields = new Map(resolver.fields('fit').map((field) => [field.flag, field]));
    const read: Record<string, unknown> = {};
    for (const [, flag = '', quoted, plain] of command.matchAll(/--([\w-]+) (?:'([^']*)'|(\S+))/g)) {
      const { key, setting } = fields.get(flag)!;
      const value = readValue(setting, quoted ?? plain ?? '');
      read[key] = Array.isArray(value)
        ? [...((read[key] ?? []) as unknown[]), ...(value as unknown[])]
        : value;
    }
    expect(resolver.fit(read)).toEqual(resolver.fit({ ...named, device: 'cpu', workers: 2, microBatch: 64 }));
  });

  it('has one option for each plugin', () => {
    expect(commandOf(imageSettings, { plugins: ['./a.ts', 'b c.ts'] })).toContain(
      "--plugin ./a.ts --plugin 'b c.ts'",
    );
  });
});
