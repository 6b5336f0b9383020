import type { Field, Fields } from '../stage/field.ts';
import { expectedOf } from './option-words.ts';

/** A part of a JSON Schema, draft-07. */
export type JsonSchema = { [keyword: string]: unknown };

/** Under `definitions` of the whole schema: a text that a parameter fills. */
export const PLACEHOLDER: JsonSchema = {
  type: 'string',
  pattern: '\\$\\{.+\\}',
  description: 'A parameter: `${name}`, or `${env:NAME}` from the environment.',
};

const DURATION = '^\\s*(?:0|(?:\\d+(?:\\.\\d+)?\\s*(?:ms|s|m|h|d)\\s*)+)$';
const BYTES = '^\\s*(?:0|(?:\\d+(?:\\.\\d+)?\\s*(?:B|kB|MB|GB|TB|KiB|MiB|GiB|TiB)\\s*)+)$';

/** The JSON Schema of a map of options, with what editors show: descriptions in Markdown, defaults, choices. */
export function fieldsJsonSchema(fields: Fields): JsonSchema {
  const required = Object.keys(fields).filter((name) => fields[name]?.required);
  return {
    type: 'object',
    properties: Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, fieldJsonSchema(field)])),
    ...(required.length > 0 ? { required } : {}),
    additionalProperties: false,
  };
}

/** The JSON Schema of the value of one option. */
export function fieldJsonSchema(field: Field): JsonSchema {
  const { doc, unit } = field;
  const hint = `Expects ${expectedOf(field)}.`;
  return {
    ...shapeOf(field),
    description: unit ? `${doc} (${unit})` : doc,
    markdownDescription: `${doc}\n\n${hint}`,
    ...(field.default === undefined ? {} : { default: field.default }),
  };
}

function shapeOf(field: Field): JsonSchema {
  const { min, max } = field;
  const range = { ...(min === undefined ? {} : { minimum: min }), ...(max === undefined ? {} : { maximum: max }) };
  switch (field.kind) {
    case 'flag':
      return filled({ type: 'boolean' });
    case 'count':
      return filled({ type: 'integer', ...range });
    case 'number':
      return filled({ type: 'number', ...range });
    case 'choice':
      return filled({ enum: field.choices ?? [] });
    case 'duration':
      return filled({ type: 'string', pattern: DURATION }, { const: 0 });
    case 'bytes':
      return filled({ type: 'string', pattern: BYTES }, { const: 0 });
    case 'text':
    case 'path':
    case 'url':
    case 'template':
    case 'module':
    case 'stream':
      return { type: 'string' };
    case 'expression':
      return EXPRESSION;
    case 'projection':
      return either({ type: 'array', items: EXPRESSION, minItems: 1 }, mapOf(EXPRESSION));
    case 'key':
      return either(EXPRESSION, { type: 'array', items: EXPRESSION, minItems: 1 }, mapOf(EXPRESSION));
    case 'match':
      return either(EXPRESSION, { type: 'array', items: EXPRESSION, minItems: 1 });
    case 'aggregates':
      return mapOf({ type: 'string' });
    case 'codec':
      return { $ref: '#/definitions/codec' };
    case 'list': {
      const item = fieldJsonSchema(field.of as Field);
      return either({ type: 'array', items: item }, item);
    }
    case 'map':
      return { type: 'object', additionalProperties: fieldJsonSchema(field.of as Field) };
    case 'group':
      return fieldsJsonSchema(field.fields as Fields);
    case 'any':
      return {};
  }
}

const EXPRESSION: JsonSchema = { type: ['string', 'number', 'boolean'] };

function mapOf(value: JsonSchema): JsonSchema {
  return { type: 'object', minProperties: 1, additionalProperties: value };
}

function either(...shapes: JsonSchema[]): JsonSchema {
  return { anyOf: shapes };
}

/** A shape that is not any text, beside the text of a parameter that fills it. */
function filled(...shapes: JsonSchema[]): JsonSchema {
  return either(...shapes, { $ref: '#/definitions/placeholder' });
}
