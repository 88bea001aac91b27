// Text formats, read from bytes: lines with every kind of end, words, numbers. Files are never made into strings, which end
// at half a gigabyte, and numbers are doubles, rounded as JavaScript rounds them.

const [tab, newline, carriage, space] = [9, 10, 13, 32];
const [plus, minus, point, zero, backslash] = [43, 45, 46, 48, 92];

/** Where the text begins: behind a byte order mark, where there is one. */
export function textStart(bytes: Uint8Array): number {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
}

/** Powers of ten that a double holds exactly. */
const powers = Array.from({ length: 23 }, (_, exponent) => Number(`1e${exponent}`));

/**
 * The number that a word is: decimal, with or without an exponent. A product of two numbers that doubles hold exactly is
 * rounded once, and so correctly (W. Clinger, "How to read floating point numbers accurately", 1990); others go the long way.
 * @returns NaN where the word is no number; infinities as the words say
 */
export function parseNumber(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  const negative = bytes[at] === minus;
  if (negative || bytes[at] === plus) at++;
  let [mantissa, digits, exponent, seen] = [0, 0, 0, 0];
  let fraction = false;
  for (; at < end; at++) {
    const digit = bytes[at]! - zero;
    if (digit >= 0 && digit <= 9) {
      mantissa = 10 * mantissa + digit;
      if (mantissa > 0) digits++;
      seen++;
      if (fraction) exponent--;
    } else if (bytes[at] === point && !fraction) fraction = true;
    else break;
  }
  if (seen === 0) return wordNumber(bytes, start, end);
  if (at < end) {
    // e or E
    if ((bytes[at]! | 32) !== 101) return NaN;
    at++;
    const down = bytes[at] === minus;
    if (down || bytes[at] === plus) at++;
    const from = at;
    let power = 0;
    for (; at < end; at++) {
      const digit = bytes[at]! - zero;
      if (!(digit >= 0 && digit <= 9)) return NaN;
      power = Math.min(10 * power + digit, 99_999);
    }
    if (at === from) return NaN;
    exponent += down ? -power : power;
  }
  let value: number;
  if (mantissa === 0) value = 0;
  else if (digits <= 15 && exponent >= -22 && exponent <= 22) {
    value = exponent < 0 ? mantissa / powers[-exponent]! : mantissa * powers[exponent]!;
  } else return Number(wordAt(bytes, start, end));
  return negative ? -value : value;
}

/** Infinities, as C prints them; everything else is NaN, “nan” too. */
function wordNumber(bytes: Uint8Array, start: number, end: number): number {
  const word = /^([+-]?)inf(inity)?$/i.exec(wordAt(bytes, start, Math.min(end, start + 16)));
  return word === null ? NaN : word[1] === '-' ? -Infinity : Infinity;
}

/** Words of a file in a message: not too long, and without what a terminal would obey. */
export const shown = (text: string): string => text.slice(0, 40).replace(/\p{Cc}/gu, '\u{fffd}');

/** Bytes as text, each a character. */
export function wordAt(bytes: Uint8Array, start: number, end: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, Math.max(0, end - start)).toString('latin1');
}

/** The words of a text, one after the other. */
export class Words {
  readonly bytes: Uint8Array;
  /** Of the present word; equal at the end of the text. */
  start: number;
  end: number;

  constructor(bytes: Uint8Array, from: number) {
    this.bytes = bytes;
    this.start = from;
    this.end = from;
  }

  /** Goes to the next word. @returns whether there is one */
  next(): boolean {
    const { bytes } = this;
    let at = this.end;
    while (at < bytes.length && bytes[at]! <= space) at++;
    this.start = at;
    while (at < bytes.length && bytes[at]! > space) at++;
    this.end = at;
    return at > this.start;
  }

  /** Goes to the end of the line. */
  skipLine(): void {
    const { bytes } = this;
    let at = this.end;
    while (at < bytes.length && bytes[at] !== newline && bytes[at] !== carriage) at++;
    this.end = at;
  }

  /** The present word as messages show it. */
  get text(): string {
    return shown(wordAt(this.bytes, this.start, Math.min(this.end, this.start + 40)));
  }

  /** The present word as a number; NaN for none. */
  get number(): number {
    return parseNumber(this.bytes, this.start, this.end);
  }
}

/** The lines of a text that end in line feeds, carriage returns, or both. A line goes on after a backslash at its end. */
export class Lines {
  readonly #bytes: Uint8Array;
  #at: number;
  #ends = 0;
  /** Of the present line, without its end. */
  start = 0;
  end = 0;
  /** The number of the present line's first, from 1. */
  number = 0;

  constructor(bytes: Uint8Array, from: number) {
    this.#bytes = bytes;
    this.#at = from;
  }

  /** Goes to the next line, leading blanks left out. @returns whether there is one */
  next(): boolean {
    const bytes = this.#bytes;
    let at = this.#at;
    if (at >= bytes.length) return false;
    this.number += this.#ends === 0 ? 1 : this.#ends;
    this.#ends = 0;
    while (at < bytes.length && (bytes[at] === space || bytes[at] === tab)) at++;
    this.start = at;
    for (; at < bytes.length; at++) {
      const byte = bytes[at];
      if (byte !== newline && byte !== carriage) continue;
      const goesOn = bytes[at - 1] === backslash;
      this.end = at;
      if (byte === carriage && bytes[at + 1] === newline) at++;
      this.#ends++;
      if (goesOn) continue;
      this.#at = at + 1;
      return true;
    }
    this.end = at;
    this.#at = at;
    return true;
  }
}
