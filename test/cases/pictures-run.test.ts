// Runs on pictures that need a choice: what was chosen is part of the run, and what cannot be meant is refused.
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { makeTiff } from '../../fixtures/tiff.js';
import { evos, temporaryFolder } from '../support/command.js';

const little = '--steps 2 --strategy full --width 8 --depth 1 --device cpu --workers 1'.split(' ');

/** A folder with a TIFF of three bands that are not said to be colours, on two pages. */
function bandsIn(): { readonly file: string; readonly out: string } {
  const folder = temporaryFolder();
  const samples = Uint8Array.from({ length: 12 * 12 * 3 }, (_, i) => (i * 7) & 255);
  const page = { width: 12, height: 12, samples, bands: 3, photometric: 1 } as const;
  const file = path.join(folder, 'bands.tif');
  writeFileSync(file, makeTiff([page, page]));
  return { file, out: path.join(folder, 'run') };
}

describe('bands', () => {
  it('are asked for, used, told, and kept for going on', async () => {
    const { file, out } = bandsIn();
    const refused = await evos(['fit', file, '--out', out, ...little]);
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain('got 3 bands that are not said to be colours');
    expect(refused.stderr).toContain('--bands 1,2,3');
    const done = await evos(['fit', file, '--out', out, '--bands', '3,1,2', ...little]);
    expect(done.code, done.stderr).toBe(0);
    expect(done.stderr).toContain('page 1 of 2 is used; --page 2 takes another');
    const resumed = await evos(['fit', '--resume', out, '--steps', '3']);
    expect(resumed.code, resumed.stderr).toBe(0);
    const metrics = JSON.parse(readFileSync(path.join(out, 'metrics.json'), 'utf8')) as {
      readonly settings: { readonly bands: string; readonly steps: number };
      readonly input: { readonly channels: number };
    };
    expect(metrics.settings).toMatchObject({ bands: '3,1,2', steps: 3 });
    expect(metrics.input.channels).toBe(3);
  });

  it.each(['0', '1,2', '1,2,3,4,5', 'red'])('%s is refused as a choice', async (bands) => {
    const { file, out } = bandsIn();
    const { code, stderr } = await evos(['fit', file, '--out', out, '--bands', bands, ...little]);
    expect([code, stderr]).toEqual([2, expect.stringContaining(`--bands: got ${bands}, expected one band`)]);
  });
});

it('a size beyond all measure is called too large', async () => {
  const args = ['fit', 'fixtures/photo.png', '--resize', '100000x100000', '--out', temporaryFolder()];
  const { code, stderr } = await evos(args);
  expect(code).toBe(2);
  expect(stderr).toContain('got a resize to 100000×100000 = 10000000000 pixels; expected at most');
  expect(stderr).not.toMatch(/damaged/);
});
