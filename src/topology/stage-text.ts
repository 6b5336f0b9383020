import type { Example } from '../stage/definition.ts';
import type { Registry } from './registry.ts';
import {
  allStages,
  documentedFields,
  exampleYaml,
  kindOf,
  moduleText,
  type NamedStage,
  optionDocs,
  traitsOf,
} from './stage-docs.ts';

/** The text of `weir list`: kind, name and summary of every stage. `only` keeps those of one kind (`learner` too). */
export async function stageTable(registry: Registry, only?: string): Promise<string> {
  const stages = (await allStages(registry)).filter((stage) => only === undefined || kindOf(stage) === only);
  const rows = stages.map((stage) => [kindOf(stage), stage.name, stage.definition.summary] as const);
  const [kind, name] = [0, 1].map((i) => Math.max(0, ...rows.map((row) => (row[i] as string).length))) as [
    number,
    number,
  ];
  return rows.map((row) => `${row[0].padEnd(kind)}  ${row[1].padEnd(name)}  ${row[2]}`).join('\n');
}

/** The text of `weir list STAGE`: what it does, its options with units and defaults, examples as YAML. */
export function stageText(stage: NamedStage): string {
  const { definition, name } = stage;
  const parts = [`${name} (${kindOf(stage)})`, definition.summary];
  if (definition.docs) parts.push(definition.docs.trim());
  const options = optionDocs(documentedFields(definition));
  if (options.length > 0) parts.push(['Options', ...options.flatMap(optionLines)].join('\n'));
  const main = definition.main;
  if (main !== undefined) parts.push(`${main} may stand alone: ${name}: …`);
  const traits = traitsOf(definition);
  if (traits.length > 0) parts.push(traits.map((trait) => `· ${trait}`).join('\n'));
  for (const example of definition.examples) parts.push(exampleText(stage, example));
  for (const reference of definition.references ?? []) parts.push(reference);
  return `${parts.join('\n\n')}\n`;
}

function optionLines(option: ReturnType<typeof optionDocs>[number]): string[] {
  const more = option.required ? 'required' : option.default === undefined ? '' : `default ${option.default}`;
  const head = [option.expects, more].filter((text) => text !== '').join('; ');
  return [`  ${option.name}: ${head}`, ...wrap(option.doc, 100).map((line) => `      ${line}`)];
}

function exampleText(stage: NamedStage, example: Example): string {
  const lines = [`Example: ${example.title}`, ...indent(exampleYaml(stage, example))];
  if (example.module !== undefined) lines.push(...indent(moduleText(example)));
  const section = (title: string, values: readonly string[]) => {
    if (values.length > 0) lines.push(`  ${title}:`, ...values.map((value) => `    ${value}`));
  };
  const linesOf = (text: string | undefined) => text?.trimEnd().split('\n') ?? [];
  section('in', [...linesOf(example.text), ...(example.given ?? []).map((row) => JSON.stringify(row))]);
  section('out', [...(example.expect ?? []).map((row) => JSON.stringify(row)), ...linesOf(example.expectText)]);
  return lines.join('\n');
}

function indent(text: string): string[] {
  return text.split('\n').map((line) => `  ${line}`);
}

function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(/\s+/)) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + word.length < width) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}
