// compare.csv, curves.csv and compare.tex: what other programs read, field by field.
import { describe, expect, it } from 'vitest';
import { effectiveSettings } from '../../../../src/recipes/settings/effective.js';
import { imageModality } from '../../../../src/recipes/modalities/image/modality.js';
import { summarise } from '../../../../src/recipes/runs/comparing/summary.js';
import { curvesCsv, tableCsv } from '../../../../src/recipes/runs/comparing/tables.js';
import { escapeTex, tableTex } from '../../../../src/recipes/runs/comparing/tex.js';
import { someCells } from './data.js';

const { measures, settings } = imageModality;
const [first] = someCells;
if (first === undefined) throw new Error('there are no cells');

/** Fields of a CSV without line breaks inside quotes (RFC 4180). */
const fields = (line: string): string[] =>
  [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^",]*))/g)].map(([, quoted, plain]) =>
    quoted === undefined ? (plain ?? '') : quoted.replaceAll('""', '"'),
  );

describe('compare.csv', () => {
  const text = tableCsv(someCells, measures, effectiveSettings(first.report.settings, settings));
  const [head = '', ...lines] = text.trimEnd().split('\n');
  const names = fields(head);
  const records = lines.map((line) => new Map(fields(line).map((field, i) => [names[i] ?? '', field])));

  it('has a row for each input, seed and strategy, and a field for each column', () => {
    expect(records).toHaveLength(4 * 3);
    for (const line of lines) expect(fields(line)).toHaveLength(names.length);
    expect(new Set(names).size).toBe(names.length);
    expect(
      records.map((each) => `${each.get('input')} ${each.get('seed')} ${each.get('strategy')}`),
    ).toContain('b,"x".png 8 quick');
  });

  it('has figures, times to targets and the settings that the run had', () => {
    const quick = records.find((each) => each.get('strategy') === 'quick');
    const told = ['psnr', 'ssim', 'seconds', 'time_ratio', 'seconds_to_10', 'seconds_to_25', 'folder'];
    expect(told.map((name) => quick?.get(name))).toEqual([
      '21',
      '0.21',
      '2',
      '0.25',
      '1',
      '',
      'a.png/seed-7/quick',
    ]);
    expect(quick?.get('setting_strategy')).toBe('uniform');
    expect(quick?.get('setting_ratio')).toBe('0.1');
    const full = records.find((each) => each.get('strategy') === 'full');
    // It has no ratio to go by.
    expect(full?.get('setting_ratio')).toBe('');
    expect(full?.get('setting_steps')).toBe('2');
  });
});

it('curves.csv has a row for each measurement', () => {
  const [head, ...lines] = curvesCsv(someCells, measures).trimEnd().split('\n');
  expect(head).toBe('input,seed,strategy,step,seconds,samples,psnr,psnr_image_peak,ssim,loss,ratio');
  expect(lines).toHaveLength(4 * 3 * 2);
  expect(lines[0]).toBe('a.png,7,full,1,4,500,10,,,1,0.5');
});

describe('compare.tex', () => {
  const text = tableTex(summarise(someCells, imageModality), imageModality);

  it('is a table of booktabs: what begins ends, and every row has its cells', () => {
    const marks = [...text.matchAll(/\\(begin|end)\{(\w+\*?)\}/g)].map(([, what, name]) => [what, name]);
    const open: (string | undefined)[] = [];
    for (const [what, name] of marks) {
      if (what === 'begin') open.push(name);
      else expect(open.pop()).toBe(name);
    }
    expect(open).toEqual([]);
    const [, columns = ''] = /\\begin\{tabular\}\{(\w+)\}/.exec(text) ?? [];
    const rows = text.split('\n').filter((line) => line.endsWith('\\\\'));
    expect(rows).toHaveLength(1 + 3);
    for (const row of rows) expect(row.replaceAll('\\&', '').split('&')).toHaveLength(columns.length);
    for (const rule of ['toprule', 'midrule', 'bottomrule']) expect(text).toContain(`\\${rule}\n`);
    // Dollars come in pairs, braces too.
    expect((text.match(/\$/g) ?? []).length % 2).toBe(0);
    expect((text.match(/\{/g) ?? []).length).toBe((text.match(/\}/g) ?? []).length);
  });

  it('has mean and spread, the paired difference, and the best mean in bold', () => {
    expect(text).toContain('\\textbf{26.25 $\\pm$ 4.99}');
    expect(text).toContain('$+$0.25 $\\pm$ 1.50');
    expect(text).toContain('1.5 (2/4)');
    expect(text).toContain('never');
  });

  it('escapes what LaTeX reads otherwise', () => {
    expect(escapeTex('a_b&50%#{$}~^\\')).toBe(
      'a\\_b\\&50\\%\\#\\{\\$\\}\\textasciitilde{}\\textasciicircum{}\\textbackslash{}',
    );
  });
});
