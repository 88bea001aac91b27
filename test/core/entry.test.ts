// What importing `evos` loads: the core and nothing else. An engine behind it would cost every page megabytes.
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { describe, expect, it } from 'vitest';
import * as entry from '../../src/entries/index.js';

describe('the entry point', () => {
  it('loads the core alone', async () => {
    const root = fileURLToPath(new URL('../..', import.meta.url));
    const { metafile } = await build({
      absWorkingDir: root,
      entryPoints: ['src/entries/index.ts'],
      bundle: true,
      format: 'esm',
      platform: 'neutral',
      write: false,
      metafile: true,
      logLevel: 'silent',
    });
    const inputs = Object.keys(metafile.inputs);
    expect(inputs).toContain('src/core/selectors/evos.ts');
    expect(inputs.filter((file) => file !== 'src/entries/index.ts' && !file.startsWith('src/core/'))).toEqual(
      [],
    );
    const external = Object.values(metafile.inputs).flatMap(({ imports }) =>
      imports.filter((found) => found.external),
    );
    expect(external).toEqual([]);
  });

  it('exports these values', () => {
    expect(Object.keys(entry).sort()).toEqual([
      'ArgumentError',
      'ConfigError',
      'DeviceError',
      'EvosError',
      'InputError',
      'OutputError',
      'ResumeError',
      'coreDefaults',
      'countsAt',
      'createOnlineSelector',
      'createRandom',
      'createSelector',
      'createTileSelector',
      'createTopK',
      'crossoverMethods',
      'evaluatesAt',
      'fit',
      'imageTiles',
      'learningRateAt',
      'learningRateSchedules',
      'mutationAt',
      'mutationKinds',
      'onlineDefaults',
      'ratioAt',
      'ratioSchedules',
      'runTiles',
      'strategies',
      'tileDefaults',
    ]);
  });
});
