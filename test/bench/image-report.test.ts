// The competition's tables: interpolation, who is best where, and what stands there when a mark was never reached.
import { describe, expect, it } from 'vitest';
import { checkSame, unitsTo, type ArmRecord, type Point } from '../../bench/image-curve.js';
import { meansOf, meansTable, pictureResult, pictureTables } from '../../bench/image-report.js';
import { imageSettings } from '../../src/recipes/modalities/image/settings.js';

const curve = (...points: [units: number, psnr: number][]): Point[] =>
  points.map(([units, psnr], step) => ({ step, samples: units * 100, units, seconds: 2 * units, psnr }));

function record(arm: string, points: Point[], changes: Partial<ArmRecord> = {}): ArmRecord {
  const [strategy = '', ratio = '1'] = arm.split('@ratio=');
  return {
    arm,
    settings: imageSettings.fit({ strategy, ratio: Number(ratio), steps: 50 }),
    picture: { file: 'p.png', width: 10, height: 10 },
    fullSteps: 100,
    target: 34,
    ended: 'target',
    version: '0',
    machine: { cpu: 'x', cores: 2, node: '20', date: '' },
    device: 'cpu',
    workers: 2,
    yardstick: [1],
    stopped: 0,
    curve: points,
    ...changes,
  };
}

const full = record('full', curve([0, 10], [50, 30], [102, 34]), { target: null, ended: 'budget' });
const slow = record('uniform@ratio=0.5', curve([0, 10], [40, 30], [80, 33]), { ended: 'budget' });
const quick = record('uniform@ratio=0.1', curve([0, 10], [40, 30], [60, 35]));
const evos = record('evos@ratio=0.2', curve([0, 10], [30, 30], [50, 34.5]));

describe('units to a PSNR', () => {
  it.each([
    [20, 20],
    [30, 40],
    [33, 52],
    [35.1, null],
    [9, 0],
  ])('%d dB: %s (by hand)', (psnr, units) => {
    expect(unitsTo(quick.curve, psnr)).toEqual(units);
  });

  it('is the first time, whatever came after', () => {
    expect(unitsTo(curve([0, 10], [10, 30], [20, 28], [30, 31]), 29)).toBe(9.5);
  });

  it('is null without measurements', () => {
    expect(unitsTo([], 1)).toBeNull();
  });
});

describe('a picture whose target is known', () => {
  it('is compared with as many units as full training has steps', () => {
    const result = pictureResult('00', [evos, quick]);
    expect(result).toMatchObject({ target: 34, fullSteps: 100 });
    expect(result?.best.at(-1)).toMatchObject({ full: 100 });
    expect(pictureTables(result!)[2]).toContain('not run here, and ends at 34.00 dB');
    expect(meansOf([result!, result!]).arms.map(({ mean }) => mean)).toEqual([
      unitsTo(quick.curve, 34)! / 100,
      unitsTo(evos.curve, 34)! / 100,
    ]);
  });

  it('has nothing to say where arms were to reach different ones', () => {
    expect(pictureResult('00', [evos, { ...quick, target: 35 }])).toBeUndefined();
  });
});

describe('a picture', () => {
  const result = pictureResult('00', [evos, quick, slow, full]);

  it('takes the target from full training, and has nothing to say before that ended', () => {
    expect(result?.target).toBe(34);
    expect(pictureResult('00', [evos, { ...full, ended: null }])).toBeUndefined();
  });

  it('leaves out arms that ran towards another target', () => {
    const stray = { ...evos, target: 33 };
    expect(pictureResult('00', [full, stray])?.arms).toHaveLength(1);
  });

  it('counts evos-online among EVOS, but as uniform where every draw is random', () => {
    const arm = (entry: string, mutationShare: number): ArmRecord => ({
      ...quick,
      arm: entry,
      settings: { ...quick.settings, strategy: 'evos-online', mutationShare },
    });
    const result = pictureResult('p', [full, arm('a', 0.3), arm('b', 1)]);
    expect(result?.arms.map(({ arm: entry, side }) => [entry.slice(0, 1), side]).slice(1)).toEqual([
      ['b', 'uniform'],
      ['a', 'evos'],
    ]);
  });

  it('names the best of each strategy for each mark', () => {
    const best = result?.best.map((mark) => [mark.psnr, mark.full, mark.uniform?.ratio, mark.evos?.ratio]);
    expect(best).toEqual([
      [30, 50, 0.1, 0.2],
      [33, 89, 0.1, 0.2],
      [36, null, undefined, undefined],
      [34, 102, 0.1, 0.2],
    ]);
  });

  it('is told as Markdown', () => {
    if (result === undefined) throw new Error('there is no result');
    const lines = pictureTables(result);
    expect(lines).toContain(
      'Units of one full training step. Full training of 100 steps is 100 units by definition, 102.0 by the clock, ' +
        'and ends at 34.00 dB, the target.',
    );
    expect(lines).toContain('| full@steps=50 | 2 | 102.0 % | 102.0 | 34.00 | 50.0 | 89.0 | – | 102.0 |');
    expect(lines).toContain(
      '| uniform@ratio=0.5+steps=50 | 2 | 80.0 % | 80.0 | 33.00 | 40.0 | 80.0 | – | – |',
    );
    expect(lines).toContain(
      '| 34.00 dB | 102.0 | uniform@ratio=0.1+steps=50 | 56.0 | evos@ratio=0.2+steps=50 | 47.8 | 0.853 | 0.468 |',
    );
    expect(lines).toContain('| 36 dB | – | – | – | – | – | – | – |');
  });

  it('marks arms that have not ended, and those that diverged', () => {
    const records: ArmRecord[] = [full, { ...quick, ended: null }, { ...evos, ended: 'diverged' }];
    const marked = pictureResult('00', records);
    const text = (marked === undefined ? [] : pictureTables(marked)).join('\n');
    expect(text).toContain('uniform@ratio=0.1+steps=50 (not ended)');
    expect(text).toContain('evos@ratio=0.2+steps=50 (diverged)');
  });

  it('does not take another full training for the one that set the target', () => {
    const other = record('full@ratio=1', curve([0, 10], [20, 30], [40, 34]));
    const both = pictureResult('00', [other, full]);
    expect(both?.best.at(-1)?.full).toBe(102);
    expect(both?.arms[0]?.baseline).toBe(true);
  });
});

describe('a file that is there already', () => {
  const settings = imageSettings.fit({ strategy: 'uniform', ratio: 0.1, steps: 50 });
  const arm = (own: object) => ({ text: 'x', name: 'x', settings: { ...settings, ...own } });

  it('is the arm’s when nothing differs that it looks at', () => {
    expect(() => checkSame(quick, arm({}), 34, 'f.json')).not.toThrow();
    expect(() => checkSame(quick, arm({ interval: 300, preset: 'evos-paper' }), 34, 'f.json')).not.toThrow();
  });

  it.each([
    [{ learningRate: 3e-4 }, 34, `f.json is of a run with learningRate ${settings.learningRate}, not 0.0003`],
    [{ strategy: 'evos' as const, interval: 300 }, 34, 'f.json is of a run with'],
    [{}, 35, 'f.json is of a run towards 34 dB, but full training ended at 35 dB'],
  ])('is refused with %j towards %d dB', (own, target, message) => {
    expect(() => checkSame(quick, arm(own), target, 'f.json')).toThrow(message);
  });
});

describe('several pictures', () => {
  it('have each arm’s share of full training’s units, and a mean where it reached every target', () => {
    const results = [
      pictureResult('a', [full, quick, slow]),
      pictureResult('b', [full, { ...quick, curve: curve([0, 10], [51, 34]) }]),
    ].filter((each) => each !== undefined);
    const means = meansOf(results);
    expect(means.arms.map(({ arm, shares, mean }) => [arm, shares, mean])).toEqual([
      ['full@steps=50', [1, 1], 1],
      ['uniform@ratio=0.1+steps=50', [56 / 102, 0.5], (56 / 102 + 0.5) / 2],
      ['uniform@ratio=0.5+steps=50', [null, undefined], null],
    ]);
    expect(meansTable(means)).toContain('| uniform@ratio=0.5+steps=50 | not reached | – | – |');
    expect(meansTable(means)).toContain('| full@steps=50 | 1.000 | 1.000 | 1.000 |');
  });
});
