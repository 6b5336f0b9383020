// A scanner of NDJSON that reads only the needed fields, straight from the bytes.
//
// `GeneralScanner` takes any JSON object: keys in any order, white space, escapes, non-ASCII, nested objects, missing
// fields. It finds the byte range of every needed value. `layout` writes down where the values stood in one line;
// `layoutCode` turns that into JavaScript which compares the bytes between the values and reads the values in place,
// for as long as the lines keep that layout.
//
// A field is { path: ['bid', 'price'], as: 'number' | 'string' | 'raw', test?: 'v === 2' }. A raw field is any value,
// kept as a range of bytes (a string with its quotes). A test rejects the line as soon as its field is read. If a key
// comes twice the first counts. A needed value of another type is malformed; null or no value at all is a missing one.

import {
  checkedEnd,
  isDigit,
  isSpace,
  MALFORMED,
  space,
  stringEnd,
  toNumber,
  toText,
  valueEnd,
} from './json-bytes.mjs';

export const NOBODY = -1;
export const ON_THE_WAY = -2;
export const MISSING = 0;
export const NUMBER = 1;
export const STRING = 2;
export const NULL = 3;
export const OTHER = 4;
export const ACCEPTED = 1;
export const REJECTED = -1;

export class GeneralScanner {
  /** Where each field's value stood in the last line, and of what kind it was. */
  starts;
  ends;
  kinds;
  #fields;
  #root = [];
  #tests;
  #left = 0;
  #trace;

  constructor(fields) {
    this.#fields = fields;
    this.starts = new Int32Array(fields.length);
    this.ends = new Int32Array(fields.length);
    this.kinds = new Uint8Array(fields.length);
    this.#tests = fields.map((field) => field.test && new Function('v', `return ${field.test}`));
    for (const [index, { path }] of fields.entries()) {
      let node = this.#root;
      for (const [depth, name] of path.entries()) {
        let entry = node.find((known) => known.name === name);
        if (!entry) node.push((entry = { name, bytes: Buffer.from(name), field: ON_THE_WAY, node: [] }));
        if (depth === path.length - 1) entry.field = index;
        node = entry.node;
      }
    }
  }

  /** Reads the line at p; the byte at `end` - 1 is a line feed. Returns ACCEPTED, REJECTED or MALFORMED. */
  scan(buf, p, end) {
    this.kinds.fill(MISSING);
    this.#left = this.#fields.length;
    p = space(buf, p);
    if (p === end - 1) return REJECTED; // an empty line
    p = this.#object(buf, p, this.#root);
    if (p === MALFORMED) return MALFORMED;
    if (p !== REJECTED) {
      if (this.#left > 0 && this.#rejectsMissing()) return REJECTED;
      if (this.#left > 0) return space(buf, p) === end - 1 ? ACCEPTED : MALFORMED;
    }
    let last = end - 2;
    while (isSpace(buf[last])) last--;
    if (buf[last] !== 125) return MALFORMED;
    return p === REJECTED ? REJECTED : ACCEPTED;
  }

  number(buf, field) {
    return this.kinds[field] === NUMBER ? toNumber(buf, this.starts[field], this.ends[field]) : null;
  }

  text(buf, field) {
    return this.kinds[field] === STRING ? toText(buf, this.starts[field] + 1, this.ends[field] - 1) : null;
  }

  /** The layout of an accepted line: its values in order, each with the field it belongs to (or NOBODY, ON_THE_WAY). */
  layout(buf, p, end) {
    this.#trace = [];
    this.scan(buf, p, end);
    const trace = this.#trace;
    this.#trace = undefined;
    return trace;
  }

  #rejectsMissing() {
    return this.#tests.some((test, field) => test && this.kinds[field] === MISSING && !test(null));
  }

  #find(buf, node, s, e) {
    for (let i = 0; i < node.length; i++) {
      const bytes = node[i].bytes;
      if (bytes.length !== e - s) continue;
      let k = 0;
      while (k < bytes.length && bytes[k] === buf[s + k]) k++;
      if (k === bytes.length) return node[i];
    }
    for (let p = s; p < e; p++) {
      if (buf[p] !== 92) continue;
      const name = toText(buf, s, e);
      return node.find((entry) => entry.name === name);
    }
    return undefined;
  }

  #object(buf, p, node) {
    if (buf[p] !== 123) return MALFORMED;
    p = space(buf, p + 1);
    if (buf[p] === 125) return p + 1;
    for (;;) {
      if (buf[p] !== 34) return MALFORMED;
      const e = stringEnd(buf, p + 1);
      if (e < 0) return e;
      const entry = this.#find(buf, node, p + 1, e);
      p = space(buf, e + 1);
      if (buf[p] !== 58) return MALFORMED;
      p = space(buf, p + 1);
      const field = entry === undefined ? NOBODY : entry.field;
      if (field === ON_THE_WAY && buf[p] === 123) p = this.#object(buf, p, entry.node);
      else p = this.#value(buf, p, field >= 0 && this.kinds[field] !== MISSING ? NOBODY : field);
      if (p < 0 || (this.#left === 0 && this.#trace === undefined)) return p;
      p = space(buf, p);
      if (buf[p] === 125) return p + 1;
      if (buf[p] !== 44) return MALFORMED;
      p = space(buf, p + 1);
    }
  }

  #value(buf, p, field) {
    const c = buf[p];
    const q = field < 0 ? valueEnd(buf, p) : checkedEnd(buf, p);
    if (q < 0) return q;
    const kind = c === 34 ? STRING : c === 110 ? NULL : isDigit(c) || c === 45 ? NUMBER : OTHER;
    if (this.#trace) this.#trace.push({ start: p, end: q, kind, field });
    if (field < 0) return q;
    const { as } = this.#fields[field];
    this.#left--;
    if (as === 'number' && kind !== NUMBER && kind !== NULL) return MALFORMED;
    if (as === 'string' && kind !== STRING && kind !== NULL) return MALFORMED;
    this.kinds[field] = kind;
    this.starts[field] = p;
    this.ends[field] = q;
    const test = this.#tests[field];
    if (!test) return q;
    return test(as === 'number' ? this.number(buf, field) : this.text(buf, field)) ? q : REJECTED;
  }
}
