import type { AnyDefinition, StageKind } from '../stage/definition.ts';
import { fieldJsonSchema, fieldsJsonSchema, type JsonSchema, PLACEHOLDER } from './field-json-schema.ts';
import { fieldsBeside, PARAMETER_FIELDS, SETTINGS_FIELDS, STREAM_FIELDS, TEST_FIELDS, TIME_FIELDS } from './form.ts';
import { optionFields } from './option-values.ts';
import { builtIn, type Registry } from './registry.ts';

/** Names of a user's own stages: modules, which a schema cannot look into. */
const OWN_STAGE = '^\\.{0,2}/';

/**
 * The JSON Schema (draft-07) of a topology's document, of all stages in the registry: for editors to complete stages and
 * options, show their docs and mark faults. What it cannot say, `weir check` does: it takes more than this lets pass.
 */
export async function topologyJsonSchema(registry: Registry = builtIn): Promise<JsonSchema> {
  const settings = fieldsJsonSchema(SETTINGS_FIELDS).properties as JsonSchema;
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'Weir topology',
    type: 'object',
    properties: {
      name: { type: 'string', description: 'The name of the topology: of its folder of state, and in metrics.' },
      doc: { type: 'string', description: 'What it is for.' },
      params: {
        type: 'object',
        description: 'Values that are given when it is started: `${name}` in any text stands for one.',
        additionalProperties: { anyOf: [fieldsJsonSchema(PARAMETER_FIELDS), { type: 'null' }] },
      },
      stages: oneOrMore({ type: 'string' }, 'Folders with stages of your own, from the folder of this file.'),
      streams: {
        type: 'object',
        description: 'Named streams. Each has a source or a from, then steps in order, then sinks.',
        minProperties: 1,
        additionalProperties: { $ref: '#/definitions/stream' },
      },
      ...settings,
      tests: { type: 'array', description: 'Records in, records out.', items: fieldsJsonSchema(TEST_FIELDS) },
    },
    required: ['name', 'streams'],
    additionalProperties: false,
    definitions: {
      placeholder: PLACEHOLDER,
      stream: streamSchema(),
      source: await stagesSchema(registry, 'source'),
      operator: await stagesSchema(registry, 'operator'),
      sink: await stagesSchema(registry, 'sink'),
      codec: await stagesSchema(registry, 'codec'),
    },
  };
}

function streamSchema(): JsonSchema {
  const time = fieldsJsonSchema(TIME_FIELDS);
  return {
    type: 'object',
    properties: {
      source: { $ref: '#/definitions/source', description: 'Where its records come from.' },
      from: oneOrMore({ type: 'string' }, 'The stream that it reads, or `stream.side`; a list reads them all.'),
      time: {
        anyOf: [time, fieldJsonSchema(TIME_FIELDS.at)],
        description: 'Event time of the records of its source.',
      },
      schema: {
        type: 'object',
        description: 'The fields of its source, each with its type: number, text, bool, time, list, object, any.',
      },
      do: { type: 'array', description: 'Steps, in order.', items: { $ref: '#/definitions/operator' } },
      to: oneOrMore({ $ref: '#/definitions/sink' }, 'Where its records go.'),
      ...(fieldsJsonSchema(STREAM_FIELDS).properties as JsonSchema),
    },
    additionalProperties: false,
  };
}

/** The use of a stage: a bare name, or its name with its options and what may stand beside it. */
async function stagesSchema(registry: Registry, kind: StageKind): Promise<JsonSchema> {
  const entries = registry.list(kind);
  const stages: Record<string, JsonSchema> = {};
  const bare: string[] = [];
  for (const { name } of entries) {
    const definition: AnyDefinition = await registry.load(kind, name);
    stages[name] = stageSchema(definition);
    if (Object.values(optionFields(definition)).every((field) => !field.required)) bare.push(name);
  }
  const beside = fieldsJsonSchema(fieldsBeside(kind)).properties as JsonSchema;
  return {
    anyOf: [
      {
        type: 'object',
        properties: { ...stages, ...beside },
        patternProperties: { [OWN_STAGE]: {} },
        additionalProperties: false,
        minProperties: 1,
        maxProperties: 1 + Object.keys(beside).length,
      },
      { enum: bare },
      { type: 'string', pattern: `${OWN_STAGE}|\\$\\{` },
    ],
  };
}

function stageSchema(definition: AnyDefinition): JsonSchema {
  const { summary, docs, main, cost } = definition;
  const fields = optionFields(definition);
  const options = fieldsJsonSchema(fields);
  const shapes = [options];
  const mainField = main === undefined ? undefined : fields[main];
  if (mainField) shapes.push(fieldJsonSchema(mainField));
  if (Object.values(fields).every((field) => !field.required)) shapes.push({ type: 'null' });
  return {
    ...(shapes.length === 1 ? options : { anyOf: shapes }),
    description: summary,
    markdownDescription: [summary, docs, cost && `Cost: ${cost}.`].filter(Boolean).join('\n\n'),
  };
}

function oneOrMore(item: JsonSchema, description: string): JsonSchema {
  return { anyOf: [item, { type: 'array', items: item }], description };
}
