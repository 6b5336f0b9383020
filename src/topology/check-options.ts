import type * as z from 'zod';
import { nearest } from '../expr/nearest.ts';
import type { Field, Fields } from '../stage/field.ts';
import type { Place } from './graph.ts';
import type { FaultDetail } from './option-schema.ts';
import { fieldAt, type OptionValues, optionPath } from './option-values.ts';
import { expectedOf, shown } from './option-words.ts';
import { isMap, type Path, valueAt } from './places.ts';
import type { Reading } from './read-draft.ts';

/** Whose options are checked, for the messages. */
export interface Owner {
  /** `tumbling`, or `stream cpu`. */
  name: string;
  /** Where an option that is missing belongs. */
  place: Place;
}

type ZodIssue = z.core.$ZodIssue;

/**
 * Checks options as written against their fields and tells every fault: unknown and missing options, values of another
 * kind or out of range, expressions that do not parse, at the place in the text.
 */
export async function checkOptions(
  reading: Reading,
  owner: Owner,
  fields: Fields,
  options: OptionValues,
): Promise<void> {
  // zod takes a tenth of a second to load, which `weir --help` and every host are spared.
  const { schemaOf } = await import('./option-schema.ts');
  const values = withoutNulls(fields, options.values);
  const result = schemaOf(fields).safeParse(values);
  if (result.success) return;
  const told = new Set<string>();
  for (const issue of result.error.issues) {
    for (const fault of faultsOf(issue, fields, values)) {
      const key = JSON.stringify([fault.path, fault.kind]);
      if (!told.has(key)) tell(reading, owner, fields, options, fault);
      told.add(key);
    }
  }
}

interface Fault {
  kind: 'unknown' | 'missing' | 'value';
  /** Begins with the option's name. */
  path: Path;
  value: unknown;
  detail?: FaultDetail | undefined;
}

/** What one issue of the schema says, in our terms. */
function faultsOf(issue: ZodIssue, fields: Fields, values: Record<string, unknown>, above: Path = []): Fault[] {
  const path: Path = [...above, ...issue.path.map((step) => (typeof step === 'symbol' ? String(step) : step))];
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({ kind: 'unknown', path: [...path, key], value: undefined }));
  }
  const value = valueAt(values, path);
  if (value === undefined) return [{ kind: 'missing', path, value }];
  if (issue.code === 'invalid_union') {
    // The branch that fits the value's shape says what is wrong inside of it; if none does, the value as a whole is.
    const branch = issue.errors.find((errors) => errors.every((error) => !rejectsShape(error)));
    if (branch) return branch.flatMap((inner) => faultsOf(inner, fields, values, path));
  }
  if (issue.code === 'invalid_key') return [{ kind: 'unknown', path, value }];
  const detail = issue.code === 'custom' ? (issue.params?.detail as FaultDetail | undefined) : undefined;
  return [{ kind: 'value', path, value, detail }];
}

function rejectsShape(error: ZodIssue): boolean {
  if (error.path.length > 0) return false;
  if (error.code === 'invalid_union') return error.errors.every((branch) => branch.some(rejectsShape));
  return error.code === 'invalid_type' || error.code === 'invalid_value' || (error.code === 'custom' && !error.params);
}

function tell(reading: Reading, owner: Owner, fields: Fields, options: OptionValues, fault: Fault): void {
  const { parameters, document, issues } = reading;
  const path = optionPath(options, fault.path);
  if (parameters.blocked(path)) return;
  const name = labelOf(options, fault.path);
  const field = fieldAt(fields, fault.path);
  if (fault.kind === 'unknown') {
    const siblings = siblingsOf(fields, fault.path);
    const key = String(fault.path.at(-1));
    const near = nearest(key, siblings);
    const expected = near ? undefined : siblings.length === 0 ? 'no options' : siblings.join(', ');
    const place = document.places.key(path);
    const of = [...name.slice(0, -1).slice(-1), owner.name].join(' of ');
    issues.error('WEIR_UNKNOWN_OPTION', place, `unknown option '${key}' of ${of}`, {
      didYouMean: near,
      expected,
    });
  } else if (fault.kind === 'missing') {
    const place = fault.path.length > 1 ? document.places.key(path.slice(0, -1)) : owner.place;
    const expected = field && `${name.at(-1)}: ${expectedOf(field)}`;
    issues.error('WEIR_MISSING_OPTION', place, `${owner.name} needs '${name.join('.')}'`, { expected });
  } else {
    const label = name.length === 0 ? owner.name : `'${name.join('.')}' of ${owner.name}`;
    const { detail } = fault;
    const message = detail ? `${label}: ${detail.what}` : `${label} cannot be ${shown(fault.value)}`;
    const place = parameters.place(path, detail?.column === undefined ? undefined : detail.column - 1);
    const expected = detail ? detail.expected : field && expectedOf(field);
    const meant = detail ? detail.didYouMean : field && suggestion(field, fault.value);
    const didYouMean = meant && parameters.redact(path, meant);
    const code = detail?.column === undefined ? 'WEIR_OPTION' : 'WEIR_EXPRESSION';
    issues.error(code, place, parameters.redact(path, message), { expected, didYouMean });
  }
}

/** An option's name as its author wrote it: nothing for the main option in its short form. */
function labelOf(options: OptionValues, path: Path): (string | number)[] {
  return options.main !== undefined && path[0] === options.main ? path.slice(1) : [...path];
}

function siblingsOf(fields: Fields, path: Path): string[] {
  if (path.length === 1) return Object.keys(fields);
  return Object.keys(fieldAt(fields, path.slice(0, -1))?.fields ?? {});
}

/** What was probably meant by a value that is nearly right. */
function suggestion(field: Field, value: unknown): string | undefined {
  if (field.kind === 'choice' && typeof value === 'string') return nearest(value, field.choices ?? []);
  if (field.kind === 'duration' && isAmount(value) && Number(value) > 0) return `${value}ms or ${value}s`;
  if (field.kind === 'bytes' && isAmount(value) && Number(value) > 0) return `${value}B or ${value}KiB`;
  if (field.kind === 'text' && (typeof value === 'number' || typeof value === 'boolean')) return `'${value}'`;
  if (field.kind === 'flag')
    return ({ yes: 'true', on: 'true', no: 'false', off: 'false' } as const)[String(value) as 'yes'];
  return undefined;
}

function isAmount(value: unknown): boolean {
  return /^\d+(?:\.\d+)?$/.test(String(value));
}

/** An option that is written without a value is as good as not written. */
function withoutNulls(fields: Fields, values: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const kept: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(values)) {
    if (value === undefined || (value === null && fields[name]?.kind !== 'any')) continue;
    const inner = fields[name]?.fields;
    kept[name] = inner && isMap(value) ? withoutNulls(inner, value) : value;
  }
  return kept;
}
