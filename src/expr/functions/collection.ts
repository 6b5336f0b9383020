import type { FieldNode } from '../node.ts';
import { declare } from './signature.ts';

/** Functions of lists and objects, and the way to a field whose name is not an identifier. */
export const collectionFunctions = [
  declare(
    'size(of: list | object): number',
    'How many items a list has, or fields an object.',
    ['size([3, 4])', 2],
    (of: object) => (Array.isArray(of) ? of.length : Object.keys(of).length),
  ),
  declare(
    'get(of: list | object, at: number | text): unknown',
    'An item of a list by its number, or a field of an object by a name that is computed; null if there is none.',
    ['get({ eth0: 5, eth1: 7 }, concat("eth", 1))', 7],
    (of: object, at: string | number) => (Object.hasOwn(of, at) ? (of as Record<string, unknown>)[at] : null),
  ),
  declare(
    'field(name: literal): unknown',
    'A field of the record whose name is not an identifier, or is a word of JavaScript such as `class`.',
    ['isNull(field("odd name"))', true],
    () => null,
    {
      rewrite: ([name, more], column): FieldNode | string =>
        name?.kind === 'literal' && typeof name.value === 'string' && more === undefined
          ? { kind: 'field', path: [name.value], column }
          : 'field() takes one name as a literal text; for a computed name within an object write get(object, name)',
    },
  ),
];
