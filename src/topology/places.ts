import type { Place } from './graph.ts';

/** The way to a value of a document: `['streams', 'cpu', 'do', 0, 'where']`. */
export type Path = readonly (string | number)[];

/** Where the parts of a document are written: a YAML text, or the calls of a TypeScript program. */
export interface Places {
  /** Where a key stands; a list item stands where its value does. The nearest part above it when it is not written. */
  key(path: Path): Place;
  /** Where a value begins, or where the character `offset` of a text is. The nearest part above when not written. */
  value(path: Path, offset?: number): Place;
}

/** A path as a key of a map or set. */
export function pathKey(path: Path): string {
  return JSON.stringify(path);
}

/** The value at a path of a plain value; undefined where there is none. */
export function valueAt(value: unknown, path: Path): unknown {
  let at = value;
  for (const step of path) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, step)) return undefined;
    at = (at as Record<string | number, unknown>)[step];
  }
  return at;
}

/** True for a map as YAML or an object literal makes it; false for lists, functions and instances of classes. */
export function isMap(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
