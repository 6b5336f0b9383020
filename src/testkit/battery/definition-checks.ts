import type { AnyDefinition, CodecDefinition, OperatorDefinition, SinkDefinition } from '../../stage/definition.ts';
import type { Field, Fields } from '../../stage/field.ts';
import { listStages } from '../../topology/registry.ts';
import { documentedFields } from '../../topology/stage-docs.ts';
import { type Check, demand, Skipped } from './check.ts';
import { faultsOf } from './option-faults.ts';

/** What a definition says of itself, whatever its kind. */
export const definitionIsWhole: Check<AnyDefinition> = {
  name: 'definition',
  async run({ kind, name, definition, strict }) {
    const { summary, docs, since, main, options, examples, optOut = {}, cost } = definition;
    demand(definition.kind === kind, `it is a ${definition.kind}, not a ${kind}`);
    demand(/^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/.test(name), `the name '${name}' is in kebab-case`);
    demand(isSentence(summary), `the summary is one sentence with a full stop: '${summary}'`);
    demand(/^\d+\.\d+\.\d+$/.test(since), `since is a version: '${since}'`);
    demand(main === undefined || Object.hasOwn(options, main), `main is an option: '${main}'`);
    demand(docs === undefined || docs.trim() !== '', 'docs, where there are any, say something');
    everyField(options, '', (field, path) => {
      demand(/[.!?`]$/.test(field.doc.trim()), `option ${path} has a doc that ends in a full stop: '${field.doc}'`);
    });
    for (const [check, reason] of Object.entries(optOut)) {
      demand(isSentence(`${reason}.`) || reason.length > 10, `the opt-out of '${check}' has a reason: '${reason}'`);
    }
    const titles = examples.map(({ title }) => title);
    demand(
      titles.every((title) => title.trim() !== ''),
      'every example has a title',
    );
    demand(new Set(titles).size === titles.length, 'no two examples have the same title');
    ofItsKind(definition);
    if (!strict) return;
    if (definition.kind === 'operator' || definition.kind === 'sink') {
      const { changes, changesIf } = definition;
      demand(
        (typeof changes === 'function') === (changesIf !== undefined),
        'changesIf says when, if `changes` is by options',
      );
    }
    demand(docs !== undefined, 'it has docs');
    demand(cost !== undefined, 'it says what it costs');
    demand(examples.length > 0 || optOut.examples !== undefined, 'it has an example, or says why not in optOut');
  },
};

function ofItsKind(definition: AnyDefinition): void {
  if (definition.kind === 'operator') {
    const { stateVersion } = definition as OperatorDefinition;
    demand(Number.isInteger(stateVersion) && stateVersion > 0, `stateVersion is 1 or more: ${stateVersion}`);
  } else if (definition.kind === 'sink') {
    const { delivery, proof } = definition as SinkDefinition;
    const known = ['exactly-once', 'effectively-once', 'at-least-once', 'best-effort'];
    demand(typeof delivery === 'function' || known.includes(delivery), `delivery is one of ${known.join(', ')}`);
    demand(proof.trim() !== '', 'proof names the test that proves its delivery');
  } else if (definition.kind === 'codec') {
    const { splittable, delimiter, decoder, encoder } = definition as CodecDefinition;
    demand(decoder !== undefined || encoder !== undefined, 'it can read or write');
    const isByte = Number.isInteger(delimiter) && (delimiter as number) >= 0 && (delimiter as number) < 256;
    demand(splittable === false || isByte, `a splittable codec has a delimiter, a byte: ${delimiter}`);
  }
  if (definition.kind === 'source' || definition.kind === 'sink') {
    const known = ['required', ...listStages('codec').map(({ name }) => name)];
    const { codec } = definition;
    demand(codec === undefined || known.includes(codec), `its codec is one of ${known.join(', ')}: '${codec}'`);
  }
}

function isSentence(text: string): boolean {
  return /^[A-Z`].*\.$/.test(text) && !/[.!?] [A-Z]/.test(text);
}

function everyField(fields: Fields, above: string, visit: (field: Field, path: string) => void): void {
  for (const [name, field] of Object.entries(fields)) {
    const path = `${above}${name}`;
    visit(field, path);
    if (field.of) everyField({ each: field.of }, `${path}.`, visit);
    if (field.fields) everyField(field.fields, `${path}.`, visit);
  }
}

/** Each default, each bound and an option that there is not, through the checker of topologies. */
export const optionsAreChecked: Check<AnyDefinition> = {
  name: 'options',
  async run({ definition }) {
    const fields = documentedFields(definition);
    for (const { title, options = {} } of definition.examples) {
      const faults = await faultsOf(fields, options);
      demand(faults.length === 0, `the options of the example '${title}' are right: ${faults.join('; ')}`);
      const codes = await faultsOf(fields, { ...options, noSuchOption: 1 });
      demand(
        codes.some((fault) => fault.startsWith('WEIR_UNKNOWN_OPTION')),
        'an option that there is not is refused',
      );
    }
    const missing = Object.keys(fields).filter((name) => fields[name]?.required);
    for (const name of missing) {
      const faults = await faultsOf({ [name]: fields[name] as Field }, {});
      demand(
        faults.some((fault) => fault.startsWith('WEIR_MISSING_OPTION')),
        `${name} is required`,
      );
    }
    const leaves: [string, Field][] = [];
    everyField(fields, '', (field, path) => void leaves.push([path, field]));
    for (const [path, field] of leaves) await checkField(path, field);
    if (Object.keys(fields).length === 0 && definition.examples.length === 0) throw new Skipped('it has no options');
  },
};

async function checkField(path: string, field: Field): Promise<void> {
  const refused = async (value: unknown) =>
    (await faultsOf({ value: { ...field, required: false } }, { value })).length > 0;
  if (field.default !== undefined) demand(!(await refused(field.default)), `the default of ${path} is a value of it`);
  for (const [bound, beyond] of boundsOf(field)) {
    demand(!(await refused(written(field, bound))), `${path} takes ${written(field, bound)}, its bound`);
    demand(
      await refused(written(field, beyond)),
      `${path} refuses ${written(field, beyond)}, which is beyond its bound`,
    );
  }
  if (field.kind === 'count') {
    const half = (field.min ?? 0) + 0.5;
    demand(await refused(half), `${path} refuses ${half}: a count is a whole number`);
  }
}

/** Each bound of a field with the value next to it that is out of range. */
export function boundsOf({ min, max }: Field): [bound: number, beyond: number][] {
  return [...(min === undefined ? [] : [[min, min - 1]]), ...(max === undefined ? [] : [[max, max + 1]])] as [
    number,
    number,
  ][];
}

/** A number as a person writes it for a field of this kind. */
export function written({ kind }: Field, value: number): unknown {
  if (kind === 'duration') return `${value}ms`;
  return kind === 'bytes' ? `${value}B` : value;
}
