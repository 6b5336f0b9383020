import { FAIL, skipBlanks, skipText, skipValue } from './skip.ts';
import { ValueReader } from './value-reader.ts';
import type { WantedName, WantedNames, WantedPaths } from './wanted.ts';

/** What came out of a line: wanted, left out by the filter, or no record. */
export const FOUND = 1;
export const REJECTED = 0;
export const MALFORMED = -1;

/** The slot of a value that nobody wants, and of one that would hold a wanted value were it an object. */
export const NOBODY = -1;
export const ON_THE_WAY = -2;

/** Where one value stood in a line, and its slot. */
export interface Seen {
  start: number;
  end: number;
  slot: number;
}

/** The values of a line in order. `whole`: to its end, since a wanted one is missing, which only the whole line tells. */
export interface Layout {
  readonly seen: readonly Seen[];
  readonly whole: boolean;
}

/** A filter that is asked as soon as the values that it reads are known. */
export interface EarlyTest {
  readonly slots: readonly number[];
  keeps(values: readonly unknown[]): boolean;
}

/**
 * Finds the wanted values in any line of JSON: keys in any order, blanks, escapes, missing fields. Of a key that comes
 * twice the first counts. It stops at the last wanted value, so what stands behind that is not looked at.
 */
export class LineScanner {
  /** The wanted values of the line scanned last, by slot; undefined for one that is missing. */
  readonly values: unknown[];
  readonly reader = new ValueReader();
  readonly #wanted: WantedPaths;
  readonly #test: EarlyTest | undefined;
  readonly #have: boolean[];
  #left = 0;
  #testLeft = 0;
  #seen: Seen[] | undefined;
  #status = FOUND;
  #whole = false;

  constructor(wanted: WantedPaths, test?: EarlyTest) {
    this.#wanted = wanted;
    this.#test = test;
    this.values = wanted.slots.map(() => undefined);
    this.#have = wanted.slots.map(() => false);
  }

  /** Scans the line [p, e), which ends in `}`. */
  scan(b: Buffer, p: number, e: number): number {
    this.values.fill(undefined);
    this.#have.fill(false);
    this.#left = this.values.length;
    this.#testLeft = this.#test?.slots.length ?? 0;
    this.#status = FOUND;
    const end = this.#object(b, skipBlanks(b, p, e), e, this.#wanted.root);
    this.#whole = end >= 0;
    if (end >= 0 && skipBlanks(b, end, e) !== e) return MALFORMED;
    if (end < 0 && this.#status !== FOUND) return this.#status;
    const open = this.#test !== undefined && (this.#testLeft > 0 || this.#test.slots.length === 0);
    return open && this.#seen === undefined && !this.#test!.keeps(this.values) ? REJECTED : FOUND;
  }

  /** The order of values in a line, whatever the filter says; undefined for a malformed one. */
  layout(b: Buffer, p: number, e: number): Layout | undefined {
    const seen: Seen[] = [];
    this.#seen = seen;
    const status = this.scan(b, p, e);
    this.#seen = undefined;
    return status === FOUND ? { seen, whole: this.#whole } : undefined;
  }

  /** The place behind the object at p, or FAIL when the line is decided. */
  #object(b: Buffer, p: number, e: number, names: WantedNames): number {
    if (b[p] !== 123) return this.#stop(MALFORMED);
    p = skipBlanks(b, p + 1, e);
    if (b[p] === 125 && p < e) return p + 1;
    for (;;) {
      if (b[p] !== 34) return this.#stop(MALFORMED);
      const end = skipText(b, p + 1, e);
      if (end < 0) return this.#stop(MALFORMED);
      const name = names.all.length === 0 ? undefined : this.#find(b, p + 1, end - 1, names);
      p = skipBlanks(b, end, e);
      if (b[p] !== 58) return this.#stop(MALFORMED);
      p = skipBlanks(b, p + 1, e);
      if (name !== undefined && name.slot < 0 && b[p] === 123) p = this.#object(b, p, e, name.below);
      else p = this.#value(b, p, e, name === undefined ? NOBODY : name.slot < 0 ? ON_THE_WAY : name.slot);
      if (p < 0) return p;
      p = skipBlanks(b, p, e);
      const c = b[p];
      if (p >= e || (c !== 44 && c !== 125)) return this.#stop(MALFORMED);
      if (this.#left === 0) return this.#stop(this.#status);
      if (c === 125) return p + 1;
      p = skipBlanks(b, p + 1, e);
    }
  }

  #value(b: Buffer, p: number, e: number, slot: number): number {
    const wanted = slot >= 0 && !this.#have[slot];
    let end: number;
    if (wanted) {
      this.values[slot] = this.reader.read(b, p, e);
      end = this.reader.end;
    } else end = skipValue(b, p, e);
    if (end < 0) return this.#stop(MALFORMED);
    this.#seen?.push({ start: p, end, slot: wanted || slot < 0 ? slot : NOBODY });
    if (!wanted) return end;
    this.#have[slot] = true;
    this.#left--;
    if (this.#testLeft === 0 || !this.#test!.slots.includes(slot)) return end;
    if (--this.#testLeft > 0 || this.#seen !== undefined) return end;
    const next = b[skipBlanks(b, end, e)];
    if (next !== 44 && next !== 125) return this.#stop(MALFORMED);
    return this.#test!.keeps(this.values) ? end : this.#stop(REJECTED);
  }

  #stop(status: number): number {
    this.#status = status;
    return FAIL;
  }

  /** The wanted name that the key in [s, e) is. */
  #find(b: Buffer, s: number, e: number, names: WantedNames): WantedName | undefined {
    const found = names.find(b, s, e);
    if (found !== undefined) return found;
    // A key may be spelt with escapes.
    for (let p = s; p < e; p++) {
      if (b[p] !== 92) continue;
      const text = this.reader.text(b, s, e + 1);
      return names.all.find((name) => name.name === text);
    }
    return undefined;
  }
}
