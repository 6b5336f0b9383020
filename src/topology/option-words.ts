import { formatBytes, formatDuration } from '../base/units.ts';
import type { Field } from '../stage/field.ts';

/** What a field takes, in words that follow "expected": `a duration such as 5s, at least 1ms`. */
export function expectedOf(field: Field): string {
  switch (field.kind) {
    case 'text':
      return 'text';
    case 'flag':
      return 'true or false';
    case 'count':
      return `a whole number${field.unit ? ` of ${field.unit}` : ''}${range(field, String)}`;
    case 'number':
      return `a number${field.unit ? ` in ${field.unit}` : ''}${range(field, String)}`;
    case 'duration':
      return `a duration such as 5s${range(withoutZero(field), formatDuration)}`;
    case 'bytes':
      return `a size such as 64MiB${range(withoutZero(field), formatBytes)}`;
    case 'choice':
      return listed(field.choices ?? []);
    case 'path':
      return 'a path';
    case 'url':
      return field.schemes
        ? `a URL of ${field.schemes.join(' or ')}, such as ${field.schemes[0]}://example.org/hook`
        : 'a URL such as https://example.org/hook';
    case 'expression':
      return 'an expression such as price > 10';
    case 'template':
      return 'text, with ${expression} where a value goes';
    case 'projection':
      return 'a map of field: expression, or a list of fields';
    case 'key':
      return 'a field, a list of fields, or a map of name: expression';
    case 'match':
      return 'an equality such as id == seller (this stream first), or a field that both have';
    case 'stream':
      return 'the name of a stream';
    case 'aggregates':
      return 'a map of field: aggregate, such as load: mean(value)';
    case 'module':
      return './file.js#export';
    case 'codec':
      return 'the name of a codec, or { name: options }';
    case 'list':
      return `a list, each item ${expectedOf(field.of as Field)}`;
    case 'map':
      return `a map, each value ${expectedOf(field.of as Field)}`;
    case 'group':
      return `a map of ${Object.keys(field.fields ?? {}).join(', ')}`;
    case 'any':
      return 'a value';
  }
}

function range({ min, max }: Field, show: (value: number) => string): string {
  if (min !== undefined && max !== undefined) return `, ${show(min)} to ${show(max)}`;
  if (min !== undefined) return `, at least ${show(min)}`;
  return max === undefined ? '' : `, at most ${show(max)}`;
}

/** Durations and sizes are never negative: that they are at least 0 goes without saying. */
function withoutZero({ min, ...field }: Field): Field {
  return min ? { ...field, min } : field;
}

/** `a`, `a or b`, `a, b or c` */
export function listed(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;
}

/** A value as a message shows it: `'text'`, `12`, `a list`. */
export function shown(value: unknown): string {
  if (typeof value === 'string') return `'${value.length > 60 ? `${value.slice(0, 59)}…` : value}'`;
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list';
  if (typeof value === 'function') return 'a function';
  if (typeof value === 'object' && value !== null) return 'a map';
  return String(value);
}
