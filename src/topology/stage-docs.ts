import { stringify } from 'yaml';
import type {
  AnyDefinition,
  Example,
  OperatorDefinition,
  SinkDefinition,
  SourceDefinition,
} from '../stage/definition.ts';
import type { Field, Fields } from '../stage/field.ts';
import { optionFields } from './option-values.ts';
import { expectedOf } from './option-words.ts';
import type { Registry, StageEntry } from './registry.ts';

/** A definition with the name and the place that the registry knows it by. */
export interface NamedStage extends StageEntry {
  readonly definition: AnyDefinition;
}

/** Every stage of a registry with its definition, sources first. */
export async function allStages(registry: Registry): Promise<NamedStage[]> {
  const entries = registry.list();
  return Promise.all(entries.map(async (e) => ({ ...e, definition: await registry.load(e.kind, e.name) })));
}

/** What a stage is called in lists: an operator from actors/learners is a learner. */
export function kindOf({ kind, folder }: Pick<StageEntry, 'kind' | 'folder'>): string {
  return folder === 'learners' ? 'learner' : kind;
}

/** One option as docs show it. Options of a group are named with it: `top.by`. */
export interface OptionDoc {
  name: string;
  doc: string;
  expects: string;
  /** As YAML; undefined without a default. */
  default?: string;
  required: boolean;
}

/** The options of a stage, groups taken apart, in the order of the definition. */
export function optionDocs(fields: Fields, prefix = ''): OptionDoc[] {
  return Object.entries(fields).flatMap(([name, field]) => {
    const own: OptionDoc = {
      name: prefix + name,
      doc: field.doc,
      expects: expectedOf(field),
      ...(field.default === undefined ? {} : { default: inlineYaml(field.default) }),
      required: field.required,
    };
    return [own, ...(field.fields ? optionDocs(field.fields, `${prefix}${name}.`) : [])];
  });
}

/** An example as a topology would have it: `- tumbling: {size: 10s}`. */
export function exampleYaml({ kind, name }: Pick<StageEntry, 'kind' | 'name'>, { options = {} }: Example): string {
  const bare = Object.keys(options).length === 0;
  const use = bare ? name : { [name]: options };
  if (kind === 'operator') return yaml([use]);
  return yaml(kind === 'source' ? { source: use } : kind === 'sink' ? { to: use } : { codec: use });
}

/** The module of an example, headed by the name of its file. */
export function moduleText({ module = '', options = {} }: Example): string {
  const file = /^\.\/([\w-]+\.mjs)#/m.exec(Object.values(options).map(String).join('\n'))?.[1];
  return `${file === undefined ? '' : `// ${file}\n`}${module.trimEnd()}`;
}

/** What else is worth a line: delivery, replay, event time, codec. */
export function traitsOf(definition: AnyDefinition): string[] {
  const traits: string[] = [];
  if (definition.kind === 'source') traits.push(...sourceTraits(definition));
  if (definition.kind === 'sink') traits.push(...sinkTraits(definition));
  if (definition.kind === 'operator' && definition.eventTime) {
    traits.push(`works on event time${definition.eventTime === 'if-any' ? ', if there is any' : ''}`);
  }
  if (definition.kind === 'operator' && definition.userCode) traits.push('runs your code');
  if (definition.kind === 'operator' || definition.kind === 'sink') traits.push(...updateTraits(definition));
  if (definition.cost) traits.push(`cost: ${definition.cost}`);
  return traits;
}

const CHANGES = {
  passes: 'passes the changes of an updating stream on',
  takes: 'takes an updating stream, and gives what is right for its changes',
  upserts: 'takes an updating stream: it keeps one row per key',
  rows: 'of an updating stream it writes the new rows, and nothing of those that go',
} as const;

/** What a stage does with an updating stream, and whether it gives one. */
function updateTraits(definition: OperatorDefinition | SinkDefinition): string[] {
  const { changes, changesIf } = definition;
  const by = Object.entries(changesIf ?? {}) as [keyof typeof CHANGES, string][];
  const traits = by.map(([what, when]) => `${CHANGES[what]}, if ${when}; else it refuses one`);
  if (typeof changes !== 'function')
    traits.push(changes === undefined ? 'refuses an updating stream' : CHANGES[changes]);
  if (definition.kind === 'operator' && definition.updates !== undefined) {
    const always = definition.updates === true;
    traits.push(`gives an updating stream${always ? '' : ' with some of its options, or of one'}`);
  }
  return traits;
}

function sourceTraits({ replayable, codec }: SourceDefinition): string[] {
  const replay = replayable ? 'can be read again from a position: nothing is lost at a crash' : 'cannot be read again';
  return [replay, ...codecTrait(codec)];
}

function sinkTraits({ delivery, codec }: SinkDefinition): string[] {
  const given = typeof delivery === 'string' ? delivery : 'delivery depends on its options';
  return [given, ...codecTrait(codec)];
}

function codecTrait(codec: string | undefined): string[] {
  if (codec === undefined) return [];
  return [codec === 'required' ? 'needs a codec' : `takes a codec, ${codec} by default`];
}

/** Options that have a name to show, `codec` among them. */
export function documentedFields(definition: AnyDefinition): Record<string, Field> {
  return optionFields(definition);
}

export function yaml(value: unknown): string {
  return stringify(value, shown, { lineWidth: 110, flowCollectionPadding: true }).trimEnd();
}

/** A value as YAML in one line. */
export function inlineYaml(value: unknown): string {
  if (typeof value === 'string' && value !== '') return value;
  return stringify(value, shown, { collectionStyle: 'flow', flowCollectionPadding: true }).trim();
}

/** Examples of code stages hold functions, which YAML can only name. */
function shown(_: unknown, value: unknown): unknown {
  return typeof value === 'function' ? './my-module.js#my-function' : value;
}
