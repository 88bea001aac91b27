// What importing `evos` loads: the core and nothing else. An engine behind it would cost every page megabytes.
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
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
    expect(inputs).toContain('src/core/selectors/evos/evos.ts');
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
      'BaseSelector',
      'ConfigError',
      'DeviceError',
      'DivergedError',
      'Draw',
      'EvosError',
      'InputError',
      'OutputError',
      'PackageError',
      'ResumeError',
      'allOf',
      'checkSetting',
      'choice',
      'closest',
      'countsAt',
      'createRandom',
      'createRegistry',
      'createSelector',
      'createTopK',
      'crossoverMethods',
      'defaultSeed',
      'definePlugin',
      'defineSettings',
      'defineStrategy',
      'delayReports',
      'didYouMean',
      'egra',
      'errorMap',
      'evaluatesAt',
      'evos',
      'evosOnline',
      'evosTiles',
      'expansive',
      'findStrategy',
      'firstOfView',
      'fit',
      'full',
      'imageTiles',
      'int',
      'integer',
      'learningRateAt',
      'learningRateSchedules',
      'list',
      'makeSelector',
      'membersOf',
      'mutationAt',
      'mutationKinds',
      'nint',
      'nintReleased',
      'number',
      'parts',
      'ramp',
      'rangeOf',
      'ratioAt',
      'ratioSchedules',
      'register',
      'resolveSettings',
      'runTiles',
      'softMining',
      'someOf',
      'strategies',
      'text',
      'toggle',
      'uniform',
      'viewOf',
    ]);
  });

  it.each([
    ['evosOnline', 10.8],
    ['createSelector', 27.6],
  ])('%s alone weighs at most %d kB, compressed', async (name, most) => {
    const { outputFiles } = await build({
      stdin: {
        contents: `export { ${name} } from './src/entries/index.ts'`,
        resolveDir: fileURLToPath(new URL('../..', import.meta.url)),
        loader: 'ts',
      },
      bundle: true,
      format: 'esm',
      minify: true,
      write: false,
      logLevel: 'silent',
    });
    expect(gzipSync(outputFiles[0]!.contents).length / 1000).toBeLessThan(most);
  });
});
