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

/**
 * A value that is the same wherever it goes, in memory, to another thread and into state: itself, or where it has text with
 * halves of characters (lone surrogates), which UTF-8 cannot hold, a copy with U+FFFD in their place. Throws
 * `WEIR_NOT_PLAIN` for functions, symbols, cycles, fields named `__proto__`, and what is nested deeper than
 * {@link MAX_DEPTH}. O(size).
 */
export function plainOf<T>(value: T): T {
  return look(value, '', []) ? (wellFormed(value) as T) : value;
}

/** Whether some text in it is not well-formed. */
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
  if (ArrayBuffer.isView(value)) return false;
  if (within.includes(value)) throw notPlain(`${path} holds itself`);
  if (within.length >= MAX_DEPTH) throw notPlain(`it is nested more than ${MAX_DEPTH} deep`);
  within.push(value);
  let ragged = false;
  if (value instanceof Map || value instanceof Set) {
    for (const each of value) if (look(each, path, within)) ragged = true;
  } else {
    for (const name of Object.keys(value)) {
      if (name === '__proto__') throw notPlain('a field may not be named __proto__');
      const inner = (value as Record<string, unknown>)[name];
      if (typeof inner === 'number' || typeof inner === 'boolean') continue;
      const place = within.length > 3 ? path : path === '' ? name : `${path}.${name}`;
      if (look(inner, place, within) || !name.isWellFormed()) ragged = true;
    }
  }
  within.pop();
  return ragged;
}

/** A copy with whole characters alone. */
function wellFormed(value: unknown): unknown {
  if (typeof value === 'string') return value.toWellFormed();
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value) || value instanceof Date) return value;
  if (Array.isArray(value)) return value.map(wellFormed);
  if (value instanceof Set) return new Set([...value].map(wellFormed));
  if (value instanceof Map) return new Map([...value].map(([k, v]) => [wellFormed(k), wellFormed(v)]));
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name.toWellFormed(), wellFormed(inner)]));
}

function notPlain(what: string): WeirError {
  return new WeirError('WEIR_NOT_PLAIN', `${what}: a record is made of plain values`);
}
