import { Buffer } from 'node:buffer';

/** The names that every object has from Object.prototype: a field of such a name is read if it is the object's own. */
export const objectNames: ReadonlySet<string> = new Set(Object.getOwnPropertyNames(Object.prototype));

/**
 * The names that lists, texts, dates and buffers have from their prototypes. Where one of these is read from a value
 * inside a record, a function found there counts as missing: it is the prototype's.
 */
export const inheritedNames: ReadonlySet<string> = new Set(
  [Array, String, Number, Boolean, Function, Date, RegExp, Map, Set, Error, Promise, ArrayBuffer, Buffer, Uint8Array]
    .flatMap((type) => [type.prototype, Object.getPrototypeOf(type.prototype)])
    .flatMap((prototype) => (prototype ? Object.getOwnPropertyNames(prototype) : []))
    .filter((name) => !objectNames.has(name)),
);

/** The code that reads a property: `.price`, or `["odd name"]`. */
export function property(name: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(name) ? `.${name}` : `[${JSON.stringify(name)}]`;
}
