// Text for people: durations, figures, paths, and tables that fit the window by leaving columns out.
import path from 'node:path';
import { perfectly, valueOf, type Measure } from '../recipes/runs/modality.js';

/** `3.2 s`, `47 s`, `1m 05s`, `2h 03m`, `3d 04h` */
export function duration(seconds: number): string {
  if (!Number.isFinite(seconds) || seconds < 0) return '?';
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  const pair = (big: number, small: number, units: readonly [string, string]) =>
    `${big}${units[0]} ${String(small).padStart(2, '0')}${units[1]}`;
  if (whole < 3600) return pair(Math.floor(whole / 60), whole % 60, ['m', 's']);
  const minutes = Math.round(whole / 60);
  if (minutes < 1440) return pair(Math.floor(minutes / 60), minutes % 60, ['h', 'm']);
  const hours = Math.round(minutes / 60);
  return pair(Math.floor(hours / 24), hours % 24, ['d', 'h']);
}

/** A figure with so many decimals; `-` where there is none. */
export function figure(value: number | null | undefined, decimals: number): string {
  if (value === null || value === undefined || Number.isNaN(value)) return '-';
  return Number.isFinite(value) ? value.toFixed(decimals) : value > 0 ? 'inf' : '-inf';
}

/** `PSNR 31.24 dB`, `IoU 0.9971` */
export function measured(measure: Measure, values: object): string {
  const value = valueOf(measure, values);
  const unit = measure.unit === undefined ? '' : ` ${measure.unit}`;
  return `${measure.title} ${perfectly(measure, value) ?? `${figure(value, measure.decimals)}${unit}`}`;
}

/** Cuts text to `width` characters, marking the cut. */
export function truncate(text: string, width: number): string {
  if (text.length <= width) return text;
  return width <= 2 ? text.slice(0, Math.max(0, width)) : `${text.slice(0, width - 2)}..`;
}

/** Breaks prose between words so that lines fit; a word longer than a line, such as a path, stays whole. */
export function wrap(text: string, columns: number, indent = ''): string {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    const room = columns - (lines.length === 0 ? 0 : indent.length);
    if (line !== '' && line.length + 1 + word.length > room) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line].join(`\n${indent}`);
}

/** A path as the user would type it: relative to `cwd` when it lies below, absolute otherwise. */
export function shownPath(file: string, cwd: string): string {
  const absolute = path.resolve(cwd, file);
  const relative = path.relative(cwd, absolute);
  if (relative === '') return '.';
  return plain(relative.startsWith('..') || path.isAbsolute(relative) ? absolute : relative);
}

/** Text with names in it as a terminal may see it: control characters that it would obey are spelt out. */
export function plain(text: string): string {
  return text.replace(/\p{Cc}/gu, (control) =>
    control === '\n' ? control : `\\x${control.charCodeAt(0).toString(16).padStart(2, '0')}`,
  );
}

/** An argument as it can be pasted into a shell. */
export function shellQuote(argument: string): string {
  return /^[\w@%+=:,./\\-]+$/.test(argument) ? argument : `'${argument.replaceAll("'", `'\\''`)}'`;
}

/** A column of a table. `keep` ranks columns: when the window is narrow the lowest goes first. */
export interface Column<Row> {
  readonly title: string;
  readonly keep: number;
  readonly left?: boolean;
  show(row: Row): string;
}

/**
 * A table no wider than `columns`: columns that do not fit are left out, least important first. Where not even
 * two fit beside each other, every row becomes a block of `title value` lines.
 */
export function table<Row>(rows: readonly Row[], all: readonly Column<Row>[], columns: number): string[] {
  const gap = 2;
  const widthOf = (column: Column<Row>) =>
    Math.max(column.title.length, ...rows.map((row) => column.show(row).length));
  let shown = [...all];
  const total = () => shown.reduce((sum, column) => sum + widthOf(column) + gap, -gap);
  while (shown.length > 1 && total() > columns) {
    const least = Math.min(...shown.map((column) => column.keep));
    shown = shown.filter((column) => column.keep !== least);
  }
  if (shown.length < 2) return blocks(rows, all, columns);
  const widths = shown.map(widthOf);
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, i) => (shown[i]!.left === true ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!)))
      .join(' '.repeat(gap))
      .trimEnd();
  return [
    line(shown.map((column) => column.title)),
    ...rows.map((row) => line(shown.map((c) => c.show(row)))),
  ];
}

function blocks<Row>(rows: readonly Row[], all: readonly Column<Row>[], columns: number): string[] {
  return rows.flatMap((row, i) => [
    ...(i > 0 ? [''] : []),
    ...all.map((column) => truncate(`${column.title} ${column.show(row)}`, columns)),
  ]);
}

/** Nested keys and values, one per line; long lists of records are counted rather than listed. */
export function listing(value: object, indent = ''): string[] {
  const entries = Object.entries(value).filter(([, entry]) => entry !== undefined);
  const width = Math.max(
    0,
    ...entries.filter(([, entry]) => !isNested(entry) && !isProse(entry)).map(([key]) => key.length),
  );
  return entries.flatMap(([key, entry]: [string, unknown]) =>
    isNested(entry)
      ? [`${indent}${key}`, ...listing(entry, `${indent}  `)]
      : isProse(entry)
        ? [`${indent}${key}`, ...entry.map((sentence) => `${indent}  ${sentence}`)]
        : [`${indent}${key.padEnd(width)}  ${showEntry(entry)}`],
  );
}

/** Most records of a list that are written out. */
const LISTED = 4;

function isNested(value: unknown): value is object {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return false;
  return !Array.isArray(value) || (value.length > 0 && value.length <= LISTED && value.every(isNested));
}

/** Sentences, which are read one by one. */
function isProse(value: unknown): value is string[] {
  return Array.isArray(value) && value.some((item) => typeof item === 'string' && item.includes(' '));
}

function showEntry(value: unknown): string {
  if (ArrayBuffer.isView(value)) return `${value.byteLength} bytes`;
  if (!Array.isArray(value)) return showScalar(value);
  const items: readonly unknown[] = value;
  if (items.length === 0) return 'none';
  const plain = items.every((item) => typeof item !== 'object' || item === null);
  return plain && items.length <= 16 ? items.map(showScalar).join(', ') : `${items.length} entries`;
}

function showScalar(value: unknown): string {
  if (typeof value === 'number')
    return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(6)));
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? 'none');
}
