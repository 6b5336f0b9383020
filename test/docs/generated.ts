import type { Delivery, SinkDefinition, SourceDefinition } from '../../src/stage/definition.ts';
import type { Fields } from '../../src/stage/field.ts';
import {
  PARAMETER_FIELDS,
  SETTINGS_FIELDS,
  SINK_FIELDS,
  STAGE_FIELDS,
  STREAM_FIELDS,
  TEST_FIELDS,
  TIME_FIELDS,
} from '../../src/topology/form.ts';
import { materializeSync } from '../../src/topology/options.ts';
import { builtIn } from '../../src/topology/registry.ts';
import { allStages, inlineYaml, optionDocs } from '../../src/topology/stage-docs.ts';

/** The parts of pages that are made from the code: by the name that stands in `<!-- generated: NAME -->`. */
export const SECTIONS: Record<string, () => Promise<string>> = {
  sinks: sinkTable,
  sources: sourceTable,
  topology: async () => fieldTable(SETTINGS_FIELDS),
  parameter: async () => fieldTable(PARAMETER_FIELDS),
  stream: async () => fieldTable(STREAM_FIELDS),
  time: async () => fieldTable(TIME_FIELDS),
  step: async () => fieldTable(STAGE_FIELDS),
  sink: async () => fieldTable({ buffer: SINK_FIELDS.buffer }),
  test: async () => fieldTable(TEST_FIELDS as Fields),
};

const BEGIN = /^<!-- generated: (\w+) -->$/;
const END = '<!-- end -->';

/** A page with its generated parts made anew. */
export async function withSections(markdown: string): Promise<string> {
  const lines: string[] = [];
  let inside = false;
  for (const line of markdown.split('\n')) {
    const name = BEGIN.exec(line)?.[1];
    if (line === END) inside = false;
    if (!inside) lines.push(line);
    if (name === undefined) continue;
    const section = SECTIONS[name];
    if (section === undefined) throw new Error(`no section is named ${name}`);
    lines.push('', await section(), '');
    inside = true;
  }
  if (inside) throw new Error(`a generated section ends with ${END}`);
  return lines.join('\n');
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), `|${head.map(() => '---').join('|')}|`, ...rows.map(line)].join('\n');
}

function fieldTable(fields: Fields): string {
  const rows = optionDocs(fields).map(({ name, expects, doc, required, ...rest }) => {
    const value = required ? '*required*' : rest.default === undefined ? '' : `\`${rest.default}\``;
    return [`\`${name}\``, expects, value, doc];
  });
  return table(['key', 'takes', 'default', ''], rows);
}

/** What a sink's delivery is with its defaults, and with the options of its examples where that makes a difference. */
export function deliveries(
  definition: SinkDefinition<any>,
): { delivery: Delivery; options: Record<string, unknown> }[] {
  const given = [{}, ...definition.examples.map(({ options }) => options ?? {})];
  const found = new Map<Delivery, Record<string, unknown>>();
  const { delivery } = definition;
  for (const options of given) {
    const made = typeof delivery === 'string' ? delivery : delivery(optionsOf(definition.options, options));
    if (!found.has(made)) found.set(made, options);
  }
  return [...found].map(([each, options]) => ({ delivery: each, options }));
}

/** Options as a stage gets them; one that is required and not given is left out. */
function optionsOf(fields: Fields, given: Record<string, unknown>): any {
  const known = Object.entries(fields).filter(([name, field]) => name in given || !field.required);
  return materializeSync(Object.fromEntries(known), given);
}

/** The options that tell a weaker delivery from a stronger one: those that a sink's delivery asks for. */
function deciding(definition: SinkDefinition<any>, options: Record<string, unknown>): Record<string, unknown> {
  const asked = new Set<string>();
  const made = optionsOf(definition.options, options);
  const spy = new Proxy(made, {
    get(target, name) {
      asked.add(String(name));
      return target[name as string];
    },
  });
  if (typeof definition.delivery === 'function') definition.delivery(spy);
  return Object.fromEntries(Object.entries(options).filter(([name]) => asked.has(name)));
}

async function sinkTable(): Promise<string> {
  const stages = (await allStages(builtIn)).filter(({ kind }) => kind === 'sink');
  const rows = stages.flatMap(({ name, definition }) => {
    const sink = definition as SinkDefinition;
    return deliveries(sink).map(({ delivery, options }) => {
      const which = deciding(sink, options);
      const more = Object.keys(which).length === 0 ? '' : ` with \`${inlineYaml(which)}\``;
      return [`\`${name}\`${more}`, delivery, `[${sink.proof.split('/').at(-1)}](../${sink.proof})`];
    });
  });
  return table(['sink', 'gives', 'proved by'], rows);
}

async function sourceTable(): Promise<string> {
  const stages = (await allStages(builtIn)).filter(({ kind }) => kind === 'source');
  const rows = stages.map(({ name, definition }) => {
    const { replayable, bounded, splits, codec, clockTime } = definition as SourceDefinition;
    const ends = bounded === true ? 'yes' : typeof bounded === 'function' ? 'depends on its options' : 'no';
    const time = codec !== undefined || clockTime ? 'the clock' : "the source's own";
    return [
      `\`${name}\``,
      replayable ? 'read again: nothing is lost' : 'gone: what came since the last checkpoint is lost',
      splits ? 'several subtasks' : 'one subtask',
      ends,
      time,
    ];
  });
  return table(['source', 'its records after a crash', 'read by', 'ends', 'time without `time`'], rows);
}
