import { assert } from '../base/errors.ts';
import type { UserAggregate } from '../expr/aggregate/user.ts';
import { modulesIn } from '../expr/module-name.ts';
import type { CodecChoice, Field, Fields, OptionsOf, UserFunction } from '../stage/field.ts';
import {
  aggregationOf,
  bytesOf,
  durationOf,
  expressionOf,
  keyOf,
  matchOf,
  projectionOf,
  templateOf,
} from './leaf-values.ts';
import { importAggregate, importFunction } from './modules.ts';
import type { Path } from './places.ts';

/** What the values of options are resolved in. */
export interface Scope {
  /** The folder that modules are found from, as a file URL ending in a slash. */
  base: string;
}

/** What the user's modules export, by the text that names it. */
interface Modules {
  readonly functions: Map<string, UserFunction>;
  readonly aggregates: Map<string, UserAggregate>;
}

const noModules = (): Modules => ({ functions: new Map(), aggregates: new Map() });

/** Where an option names a module of the user's. */
export interface ModuleText {
  readonly path: Path;
  readonly text: string;
  /** For an aggregate, its column in the option's text. */
  readonly column?: number;
}

/**
 * Makes of a stage's checked options, as written, what the stage is created with: durations are milliseconds, expressions
 * are compiled, modules are loaded, defaults are filled in. Does not check: what is not known is passed on. A host uses
 * it, so it loads no schema library. Throws what the parsers of the kinds throw, and `WEIR_MODULE`.
 */
export async function materialize<F extends Fields>(
  fields: F,
  raw: Readonly<Record<string, unknown>>,
  scope: Scope,
): Promise<OptionsOf<F>> {
  const modules = noModules();
  for (const { text, column } of moduleTexts(fields, raw)) {
    if (column === undefined) modules.functions.set(text, await importFunction(text, scope.base));
    else modules.aggregates.set(text, await importAggregate(text, scope.base));
  }
  return group(fields, raw, modules) as OptionsOf<F>;
}

/** As {@link materialize}, at once: the user's modules are not loaded, what they export throws when it is called. */
export function materializeSync<F extends Fields>(fields: F, raw: Readonly<Record<string, unknown>>): OptionsOf<F> {
  return group(fields, raw, noModules()) as OptionsOf<F>;
}

/** A codec's name and options of what is written: `csv`, or `{csv: {delimiter: ';'}}`. */
export function codecChoice(value: unknown): CodecChoice {
  if (typeof value === 'string') return { name: value, options: {} };
  const [entry] = Object.entries((value ?? {}) as Record<string, Record<string, unknown> | null>);
  assert(entry, 'a codec that was checked has a name');
  return { name: entry[0], options: entry[1] ?? {} };
}

function group(fields: Fields, raw: Readonly<Record<string, unknown>>, modules: Modules): Record<string, unknown> {
  const options: Record<string, unknown> = {};
  for (const [name, field] of Object.entries(fields)) {
    const written = raw[name] ?? field.default;
    if (written !== undefined && written !== null) options[name] = make(field, written, modules);
  }
  return options;
}

function make(field: Field, value: unknown, modules: Modules): unknown {
  switch (field.kind) {
    case 'duration':
      return durationOf(value);
    case 'bytes':
      return bytesOf(value);
    case 'expression':
      return expressionOf(value);
    case 'template':
      return templateOf(value);
    case 'projection':
      return projectionOf(value);
    case 'key':
      return keyOf(value);
    case 'match':
      return matchOf(value);
    case 'aggregates':
      return aggregationOf(value, modules.aggregates);
    case 'module':
      return typeof value === 'function' ? value : (modules.functions.get(String(value)) ?? notLoaded(String(value)));
    case 'codec':
      return codecChoice(value);
    case 'list':
      return (Array.isArray(value) ? value : [value]).map((each) => make(field.of as Field, each, modules));
    case 'map':
      return Object.fromEntries(
        Object.entries(value as object).map(([key, each]) => [key, make(field.of as Field, each, modules)]),
      );
    case 'group':
      return group(field.fields as Fields, value as Record<string, unknown>, modules);
    default:
      return value;
  }
}

function notLoaded(text: string): UserFunction {
  return () => assert(false, `the module ${text} was loaded before it was called`);
}

/** The `./file.js#export` texts in options, and the way to each. */
export function moduleTexts(fields: Fields, raw: Readonly<Record<string, unknown>>): ModuleText[] {
  const found: ModuleText[] = [];
  const visit = (field: Field | undefined, value: unknown, path: Path): void => {
    if (!field || value === undefined || value === null) return;
    const children = typeof value === 'object' ? Object.entries(value) : [];
    if (field.kind === 'module' && typeof value === 'string') found.push({ path, text: value });
    else if (field.kind === 'aggregates') for (const [key, each] of children) aggregates(each, [...path, key]);
    else if (field.kind === 'list' && !Array.isArray(value)) visit(field.of, value, path);
    else if (field.kind === 'list') children.forEach(([i, each]) => void visit(field.of, each, [...path, Number(i)]));
    else if (field.kind === 'map') for (const [key, each] of children) visit(field.of, each, [...path, key]);
    else if (field.kind === 'group') each(field.fields as Fields, value as Record<string, unknown>, path);
  };
  const aggregates = (value: unknown, path: Path) => {
    if (typeof value !== 'string') return;
    for (const { name, column } of modulesIn(value)) found.push({ path, text: name, column });
  };
  const each = (inner: Fields, values: Readonly<Record<string, unknown>>, path: Path): void => {
    for (const [name, field] of Object.entries(inner)) visit(field, values[name] ?? field.default, [...path, name]);
  };
  each(fields, raw, []);
  return found;
}
