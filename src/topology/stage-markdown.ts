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

const TITLES = { source: 'Sources', codec: 'Codecs', operator: 'Operators', learner: 'Learners', sink: 'Sinks' };

/** The page docs/stages.md: every stage with its options and examples, made from the definitions. */
export async function stagesMarkdown(registry: Registry): Promise<string> {
  const stages = await allStages(registry);
  const parts = ['# Stages', 'Made from the definitions in actors/; do not edit.'];
  for (const [kind, title] of Object.entries(TITLES)) {
    const own = stages.filter((stage) => kindOf(stage) === kind);
    if (own.length === 0) continue;
    parts.push(`## ${title}`, own.map(({ name }) => `[${name}](#${name}-${kind})`).join(' · '));
    parts.push(...own.map(stageMarkdown));
  }
  return `${parts.join('\n\n')}\n`;
}

/** One stage as Markdown. */
export function stageMarkdown(stage: NamedStage): string {
  const { definition, name } = stage;
  const parts = [`### ${name} (${kindOf(stage)})`, definition.summary];
  if (definition.docs) parts.push(definition.docs.trim());
  const options = optionDocs(documentedFields(definition));
  if (options.length > 0) {
    const rows = options.map(({ name: option, expects, doc, required, ...rest }) => {
      const value = required ? '*required*' : rest.default === undefined ? '' : `\`${rest.default}\``;
      return `| \`${option}\` | ${cell(expects)} | ${cell(value)} | ${cell(doc)} |`;
    });
    parts.push(['| option | takes | default | |', '|---|---|---|---|', ...rows].join('\n'));
  }
  if (definition.main !== undefined) parts.push(`\`${definition.main}\` may stand alone: \`${name}: …\`.`);
  const traits = traitsOf(definition);
  if (traits.length > 0) parts.push(traits.map((trait) => `- ${trait}`).join('\n'));
  for (const example of definition.examples) parts.push(exampleMarkdown(stage, example));
  if (definition.references) parts.push(definition.references.map((reference) => `- ${reference}`).join('\n'));
  return parts.join('\n\n');
}

function exampleMarkdown(stage: NamedStage, example: Example): string {
  const block = (language: string, text: string) => `\`\`\`${language}\n${text.trimEnd()}\n\`\`\``;
  const rows = (values: readonly unknown[] | undefined) => values?.map((row) => JSON.stringify(row)).join('\n');
  const before = example.text ?? rows(example.given);
  const after = rows(example.expect) ?? example.expectText;
  return [
    `Example: ${example.title}`,
    block('yaml', exampleYaml(stage, example)),
    ...(example.module === undefined ? [] : [block('js', moduleText(example))]),
    ...(before === undefined ? [] : [block(example.text === undefined ? 'json' : '', before)]),
    ...(after === undefined ? [] : ['gives', block(example.expect === undefined ? '' : 'json', after)]),
  ].join('\n\n');
}

/** Text inside a table's cell: a bar would end it. */
function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}
