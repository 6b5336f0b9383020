import { WeirError } from './errors.ts';

/** Values nested deeper than this are refused: whatever works through one by recursion would run out of stack. */
export const MAX_DEPTH = 1000;

/** Whether a value, which holds no cycle, is nested deeper than {@link MAX_DEPTH}. O(size), without recursion. */
export function isTooDeep(value: unknown): boolean {
  let level: unknown[] = [value];
  for (let depth = 0; depth < MAX_DEPTH; depth++) {
    const next: unknown[] = [];
    for (const each of level) {
      if (typeof each !== 'object' || each === null) continue;
      for (const inner of Array.isArray(each) ? each : Object.values(each)) {
        if (typeof inner === 'object' && inner !== null) next.push(inner);
      }
    }
    if (next.length === 0) return false;
    level = next;
  }
  return true;
}

/** Whether a value is an object of fields and nothing else, and not an instance of a class, which may hold more than it shows. */
export function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/**
 * A value that is the same wherever it goes, in memory, to another thread, into state and into text: itself, or where that
 * needs it a copy. In a copy a Map with keys of text is an object, a Set and an array of numbers (Float64Array, …) are
 * lists, and halves of characters (lone surrogates), which UTF-8 cannot hold, are U+FFFD. Throws `WEIR_NOT_PLAIN` for
 * functions, symbols, instances of any class but Date and Uint8Array, cycles, fields named `__proto__`, and what is nested
 * deeper than {@link MAX_DEPTH}. O(size).
 */
export function plainOf<T>(value: T): T {
  try {
    return look(value, '', []) ? (copyOf(value) as T) : value;
  } catch (error) {
    hush(value);
    throw error;
  }
}

/**
 * Of a value that is refused: nobody waits for the promises in it, and what they fail with must not end the thread. It looks a
 * few levels deep.
 */
export function hush(value: unknown, levels = 4): void {
  if (typeof value !== 'object' || value === null) return;
  if (value instanceof Promise) value.catch(() => {});
  if (levels === 0) return;
  try {
    const inner = value instanceof Map || value instanceof Set ? value.values() : Object.values(value);
    for (const one of inner) hush(one, levels - 1);
  } catch {
    // A field that throws when it is read; that is told already.
  }
}

/** What {@link plainOf} gives of a record. Throws `WEIR_NOT_PLAIN` also for what is none: only plain objects are. */
export function plainRecord(value: unknown): Record<string, unknown> {
  if (isPlainObject(value)) return plainOf(value);
  hush(value);
  throw notPlain(`it is ${kindOf(value)} and no record`);
}

/** What a value is, in words. */
function kindOf(value: unknown): string {
  if (value === undefined) return 'nothing (undefined)';
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'string') return 'a text';
  if (typeof value !== 'object') return `a ${typeof value}`;
  const { name } = (value.constructor ?? {}) as { name?: unknown };
  return typeof name === 'string' && name !== '' ? `an instance of ${name}` : 'an instance of a class';
}

/** Whether it has to be copied. */
function look(value: unknown, path: string, within: object[]): boolean {
  switch (typeof value) {
    case 'string':
      return !value.isWellFormed();
    case 'function':
    case 'symbol':
      throw notPlain(`${path === '' ? 'it' : path} is a ${typeof value}`);
    case 'object':
      return value !== null && lookInto(value, path, within);
    default:
      return false;
  }
}

function lookInto(value: object, path: string, within: object[]): boolean {
  if (value instanceof Uint8Array || value instanceof Date) return false;
  if (isNumbers(value)) return true;
  if (within.includes(value)) throw notPlain(`${path} holds itself`);
  if (within.length >= MAX_DEPTH) throw notPlain(`it is nested more than ${MAX_DEPTH} deep`);
  within.push(value);
  const isOther = value instanceof Map || value instanceof Set;
  let copied = isOther;
  if (isOther) lookIntoEntries(value, path, within);
  else {
    if (!isPlainObject(value) && !Array.isArray(value)) throw instance(value, path);
    for (const name of Object.keys(value)) {
      if (name === '__proto__') throw notPlain('a field may not be named __proto__');
      const inner = (value as Record<string, unknown>)[name];
      if (typeof inner === 'number' || typeof inner === 'boolean') continue;
      const place = within.length > 3 ? path : path === '' ? name : `${path}.${name}`;
      if (look(inner, place, within) || !name.isWellFormed()) copied = true;
    }
  }
  within.pop();
  return copied;
}

function lookIntoEntries(value: Map<unknown, unknown> | Set<unknown>, path: string, within: object[]): void {
  const place = path === '' ? 'it' : path;
  for (const [key, inner] of value.entries()) {
    if (value instanceof Map && typeof key !== 'string') {
      throw notPlain(`${place} is a Map with a key that is ${kindOf(key)}, and the name of a field is text`);
    }
    if (value instanceof Map && key === '__proto__') throw notPlain('a field may not be named __proto__');
    look(inner, path, within);
  }
}

function instance(value: object, path: string): WeirError {
  const advice = 'give a plain object, such as { ...it }, or a text of it';
  return notPlain(`${path === '' ? 'it' : path} is ${kindOf(value)} (${advice})`);
}

/** Typed arrays but for bytes. */
function isNumbers(value: unknown): value is Float64Array {
  return ArrayBuffer.isView(value) && !(value instanceof DataView) && !(value instanceof Uint8Array);
}

/** A copy of lists and plain objects with whole characters alone. */
function copyOf(value: unknown): unknown {
  if (typeof value === 'string') return value.toWellFormed();
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array || value instanceof Date) return value;
  if (Array.isArray(value)) return value.map(copyOf);
  if (isNumbers(value)) return Array.from(value);
  if (value instanceof Set) return [...value].map(copyOf);
  const entries = value instanceof Map ? [...(value as Map<string, unknown>)] : Object.entries(value);
  return Object.fromEntries(entries.map(([name, inner]) => [name.toWellFormed(), copyOf(inner)]));
}

function notPlain(what: string): WeirError {
  return new WeirError('WEIR_NOT_PLAIN', `${what}: a record is made of plain values`);
}
