// Numbers as people read them. One language (English) and fixed digits, so that the same run gives the same page.

const missing = '–';

/** A fixed number of decimals; `∞` for infinity, `–` where there is no number. */
export function fixed(value: number | null, decimals: number): string {
  if (value === null) return missing;
  if (value === Infinity) return '∞';
  if (!Number.isFinite(value)) return missing;
  // A minus sign of its own width, and none before zero.
  return value
    .toFixed(decimals)
    .replace(/^-(0(?:\.0*)?)$/, '$1')
    .replace(/^-/, '−');
}

/** With its sign, for differences. */
export function signed(value: number, decimals: number): string {
  const text = fixed(value, decimals);
  return value > 0 && !/^[0.]*$/.test(text) ? `+${text}` : text;
}

/** One figure against another: "+0.40"; a dash where there is nothing to compare. */
export function against(value: number | null, other: number | null, decimals: number): string {
  return value === null || other === null ? '–' : signed(value - other, decimals);
}

/** A share as per cent, with one decimal where that says something. */
export function percent(share: number): string {
  const value = share * 100;
  return `${fixed(value, value !== 0 && Math.abs(value) < 99.95 ? 1 : 0)} %`;
}

/** Seconds: `0.42 s`, `41.3 s`, `12 min 05 s`, `3 h 07 min`. */
export function duration(seconds: number): string {
  if (!Number.isFinite(seconds)) return missing;
  if (seconds < 9.995) return `${fixed(seconds, 2)} s`;
  if (seconds < 119.95) return `${fixed(seconds, 1)} s`;
  const whole = Math.round(seconds);
  const two = (value: number): string => String(value).padStart(2, '0');
  if (whole < 7200) return `${Math.floor(whole / 60)} min ${two(whole % 60)} s`;
  const minutes = Math.round(seconds / 60);
  return `${Math.floor(minutes / 60)} h ${two(minutes % 60)} min`;
}

/** A count with separators, or with a word once it is too long to read. */
export function count(value: number): string {
  if (!Number.isFinite(value)) return missing;
  if (value >= 1e12) return `${fixed(value / 1e12, 2)} trillion`;
  if (value >= 1e9) return `${fixed(value / 1e9, 2)} billion`;
  if (value >= 1e7) return `${fixed(value / 1e6, 1)} million`;
  return value.toLocaleString('en-GB', { maximumFractionDigits: 0 });
}

/** A number of bytes: `812 bytes`, `4.2 kB`, `1.18 MB`. */
export function byteCount(bytes: number): string {
  if (bytes < 1000) return `${bytes} bytes`;
  return bytes < 1e6 ? `${fixed(bytes / 1e3, 1)} kB` : `${fixed(bytes / 1e6, 2)} MB`;
}

/** A number above 0 of unknown size by its first digits: `0.047`, `1.3`, `24`, `1,234`. Never 0 unless it is. */
export function significant(value: number): string {
  if (value === 0) return '0';
  if (!Number.isFinite(value)) return fixed(value, 0);
  if (value >= 9.95) return count(value);
  return value < 0.00095 ? scientific(value) : String(Number(value.toPrecision(2)));
}

/** Small numbers of unknown size, such as a loss. */
export function scientific(value: number): string {
  if (!Number.isFinite(value)) return missing;
  return value === 0
    ? '0'
    : value.toExponential(2).replace('e', ' × 10^').replace('^+', '^').replace('^-', '^−');
}

/** `one step`, `2 steps`. */
export function plural(value: number, singular: string, several = `${singular}s`): string {
  return `${count(value)} ${value === 1 ? singular : several}`;
}

/** The last part of a path of any system. */
export function fileName(path: string): string {
  return path.split(/[\\/]/).at(-1) ?? path;
}

/** `2026-03-01 14:05 UTC` for an ISO date; anything else as it is. */
export function dateTime(iso: string): string {
  return iso.replace(/^(\d{4}-\d\d-\d\d)T(\d\d:\d\d):[\d.]+Z$/, '$1 $2 UTC');
}
