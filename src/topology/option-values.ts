import type { AnyDefinition } from '../stage/definition.ts';
import { type Field, type Fields, field } from '../stage/field.ts';
import type { Parameters } from './parameters.ts';
import { isMap, type Path } from './places.ts';

/** The options of a stage under their names, whichever short form they are written in. */
export interface OptionValues {
  /** By option name; parameters filled, defaults not. */
  values: Record<string, unknown>;
  /** Where the options are written. */
  readonly path: Path;
  /** The option that the whole written value stands for: `where: x > 1`. */
  readonly main?: string | undefined;
}

/** Kinds of option whose value is a map, so that a map of other names can be the main option's value. */
const MAP_LIKE: readonly string[] = ['projection', 'aggregates', 'key', 'map', 'group', 'codec', 'any'];

/**
 * Reads a stage's written value as options. A map is the options by name. Anything else is the value of the main option;
 * so is a map when the main option takes maps and no key of it is the name of an option. Undefined when the value is
 * neither.
 */
export function readOptions(
  fields: Fields,
  main: string | undefined,
  raw: unknown,
  path: Path,
): OptionValues | undefined {
  if (raw === undefined || raw === null) return { values: {}, path };
  const mainField = main === undefined ? undefined : fields[main];
  if (isMap(raw)) {
    const names = Object.keys(raw);
    const own = names.length === 0 || names.some((name) => Object.hasOwn(fields, name));
    if (own || !mainField || !MAP_LIKE.includes(mainField.kind)) return { values: { ...raw }, path };
  }
  return main === undefined ? undefined : { values: { [main]: raw }, path, main };
}

/** Where a part of an option is written: `rest` begins with the option's name. */
export function optionPath(options: Pick<OptionValues, 'path' | 'main'>, rest: Path): Path {
  return options.main === rest[0] && options.main !== undefined
    ? [...options.path, ...rest.slice(1)]
    : [...options.path, ...rest];
}

/**
 * The options that may be written for a stage: its own, and `codec` for one that gives or takes bytes. The codec is
 * chosen inside the options of its source or sink, but it is the engine that creates it.
 */
export function optionFields(definition: AnyDefinition): Fields {
  if (!takesCodec(definition)) return definition.options;
  const name = (definition as { codec: string }).codec;
  return {
    ...definition.options,
    codec: name === 'required' ? field.codec(CODEC) : field.codec(CODEC, { default: name }),
  };
}

const CODEC = 'How bytes and records become each other: the name of a codec, or `{name: options}`.';

/** True for a source or sink of bytes whose codec is the engine's matter and no option of its own. */
export function takesCodec(definition: AnyDefinition): boolean {
  return 'codec' in definition && definition.codec !== undefined && !Object.hasOwn(definition.options, 'codec');
}

/** Fills the parameters in options, each text as its field's kind asks. Changes `options.values`. */
export function fillOptions(fields: Fields, options: OptionValues, parameters: Parameters): void {
  for (const [name, value] of Object.entries(options.values)) {
    // A codec's options are filled by its own fields, once its definition is loaded.
    if (fields[name]?.kind === 'codec') continue;
    options.values[name] = fill(fields[name], value, optionPath(options, [name]), parameters);
  }
}

/**
 * As {@link fillOptions}, for what the form itself reads at once: a value that could not be filled counts as not written,
 * so that a default stands in where parameters may be left without a value.
 */
export function fillForm(fields: Fields, options: OptionValues, parameters: Parameters): void {
  fillOptions(fields, options, parameters);
  const prune = (values: Record<string, unknown>, pathOf: (name: string) => Path): void => {
    for (const [name, value] of Object.entries(values)) {
      if (parameters.blocked(pathOf(name))) delete values[name];
      else if (isMap(value)) prune(value, (inner) => [...pathOf(name), inner]);
    }
  };
  prune(options.values, (name) => optionPath(options, [name]));
}

const ANY = { kind: 'any' } as Field;
const EXPRESSION = { kind: 'expression' } as Field;

/** Fills a value of a field: recursion into lists, maps and groups, so that every text is filled as its own kind. */
function fill(field: Field = ANY, value: unknown, path: Path, parameters: Parameters): unknown {
  const item = itemField(field);
  if (Array.isArray(value)) return value.map((each, i) => fill(item, each, [...path, i], parameters));
  if (isMap(value)) {
    const entries = Object.entries(value).map(([key, each]) => {
      const inner = field.kind === 'group' ? field.fields?.[key] : item;
      return [key, fill(inner, each, [...path, key], parameters)];
    });
    return Object.fromEntries(entries);
  }
  // A list may be written as its single item, a key as an expression.
  return parameters.fill(
    value,
    path,
    field.kind === 'list' || field.kind === 'key' || field.kind === 'match' ? item.kind : field.kind,
  );
}

function itemField(field: Field): Field {
  if (field.kind === 'projection' || field.kind === 'aggregates' || field.kind === 'key' || field.kind === 'match')
    return EXPRESSION;
  return field.of ?? ANY;
}

/** The kind of the field that a part of a value belongs to; undefined for a part that no field knows. */
export function fieldAt(fields: Fields, path: Path): Field | undefined {
  const [name, ...rest] = path;
  let field: Field | undefined = Object.hasOwn(fields, String(name)) ? fields[String(name)] : undefined;
  for (const step of rest) {
    if (!field) return undefined;
    field = field.kind === 'group' ? field.fields?.[String(step)] : itemField(field);
  }
  return field;
}
