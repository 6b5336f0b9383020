import { Bytes, codec, field, type OptionsOf, WeirError } from '#stage';
import { ContainerDecoder, containerEncoder } from '../lib/avro/container.ts';
import { plainDecoder, registryDecoder } from '../lib/avro/message-decoder.ts';
import { resolve } from '../lib/avro/read.ts';
import { type AvroType, parseSchema } from '../lib/avro/schema.ts';
import { writerOf } from '../lib/avro/write.ts';
import { checkRegistry } from '../lib/schema-registry/check.ts';
import { schemaText } from '../lib/schema-registry/option-text.ts';
import { prefixedEncoder } from '../lib/schema-registry/prefixed-encoder.ts';
import { type Registered, Registry, refuseRegistry, registryField } from '../lib/schema-registry/registry.ts';
import { SchemasById } from '../lib/schema-registry/schemas-by-id.ts';

const options = {
  schema: field.any('The schema, as JSON text or as YAML. Reading files or by a registry: what to read records as.', {
    optional: true,
  }),
  file: field.path('In place of `schema`: a file with it, `.avsc`.', { optional: true }),
  framing: field.choice(
    'What stands around the values: a container file, or nothing, so that they follow each other. Not with `registry`.',
    ['container', 'none'],
    { default: 'container' },
  ),
  registry: registryField,
};

type Options = OptionsOf<typeof options>;

/** Avro, as files, as messages, and by a schema registry. */
export default codec({
  summary: 'Avro: container files, plain values, or messages whose schema a registry has.',
  docs: `\`framing: container\` reads and writes object container files, whose header has the schema they were written by; blocks may be
packed by deflate or zstandard, and those that are written hold one record each. \`framing: none\` is values one behind the other.
With \`registry\` a message is a zero, the number of its schema and the value, as Confluent's serializers write it; schemas are
fetched when they first come, and kept. It works with the source and sink \`kafka\`; a number that the registry does not know makes its messages dead letters.

Where \`schema\` is given too, records are read as it says, whatever they were written by: fields by name or alias, missing ones by
their defaults, numbers promoted, as Avro resolves schemas. For writing, \`schema\` is needed unless \`write: latest\`.

| Avro | in a record |
|---|---|
| int, long, float, double | numbers; longs beyond 2^53 texts of digits |
| timestamp-millis, -micros, -nanos, local or not, date | milliseconds since 1970, with a fraction if need be |
| time-millis, time-micros | milliseconds since midnight |
| decimal, uuid | texts: \`"-12.50"\` |
| duration | an object with \`months\`, \`days\` and \`millis\` |
| bytes, fixed | bytes; when writing also Base64 |
| enum, string | texts |
| record, map | objects |
| a union | the value of its branch; when writing the first that fits |

A value that is no record is the field \`value\`. A field that is missing is written as its default, else as null; one that does not fit
is \`WEIR_AVRO_VALUE\`. Dates and ISO 8601 are written as times, numbers as decimals. Values may lie in each other 200 deep.`,
  since: '0.1.0',
  options,
  main: 'schema',
  cost: 'about 1 µs for a record of seven fields',
  references: [
    'https://avro.apache.org/docs/1.12.0/specification/',
    'https://docs.confluent.io/platform/current/schema-registry/fundamentals/serdes-develop/index.html#wire-format',
  ],
  examples: [
    {
      title: 'what is written is read back, plain',
      options: {
        framing: 'none',
        schema: {
          type: 'record',
          name: 'Reading',
          fields: [
            { name: 'sensor', type: 'string' },
            { name: 'at', type: { type: 'long', logicalType: 'timestamp-millis' } },
            { name: 'celsius', type: ['null', 'double'], default: null },
          ],
        },
      },
      given: [
        { sensor: 'a', at: 1_700_000_000_000, celsius: 21.5 },
        { sensor: 'b', at: 1_700_000_001_000 },
      ],
      expect: [
        { sensor: 'a', at: 1_700_000_000_000, celsius: 21.5 },
        { sensor: 'b', at: 1_700_000_001_000, celsius: null },
      ],
    },
  ],
  refuse(given) {
    refuseRegistry(given.registry);
    const type = own(given);
    if (given.registry === undefined && given.framing === 'none' && type === undefined) {
      throw new WeirError('WEIR_OPTION', 'avro with `framing: none` needs a schema, or its file');
    }
  },
  connect: (given, use) => checkRegistry(given.registry, use, { text: own(given)?.text, type: 'AVRO' }),
  splittable: false,
  decoder(given, { out }) {
    const reader = own(given)?.type;
    if (given.registry !== undefined) {
      return registryDecoder(
        new SchemasById(new Registry(given.registry), (found) => resolve(typeOf(found), reader)),
        out,
      );
    }
    if (given.framing === 'none') return plainDecoder(resolve(needed(given).type), out);
    return new ContainerDecoder(out, (schema) => resolve(parseSchema(schema), reader));
  },
  encoder(given) {
    const { registry } = given;
    if (registry !== undefined) {
      if (registry.subject === undefined) throw new WeirError('WEIR_OPTION', '`registry`: writing needs a `subject`');
      const text = registry.write === 'latest' ? undefined : needed(given).text;
      return prefixedEncoder(async () => {
        const found = await new Registry(registry).toWrite(text, 'AVRO');
        return { id: found.id, write: writerOf(typeOf(found)) };
      });
    }
    const { text, type } = needed(given);
    const write = writerOf(type);
    return given.framing === 'none' ? { encode: write } : containerEncoder(text, write, new Bytes(1024));
  },
});

function own({ schema, file }: Options): { text: string; type: AvroType } | undefined {
  const text = schemaText(schema, file);
  return text === undefined ? undefined : { text, type: parseSchema(text) };
}

function needed(given: Options): { text: string; type: AvroType } {
  const found = own(given);
  if (found === undefined) throw new WeirError('WEIR_OPTION', 'avro needs a schema, or its file');
  return found;
}

/** The schema of a registry, with what it refers to. */
function typeOf({ type, schema, references }: Registered): AvroType {
  if (type !== 'AVRO') throw new WeirError('WEIR_AVRO_SCHEMA', `it is no Avro, but ${type}`);
  const known = new Map<string, AvroType>();
  for (const reference of references) parseSchema(reference.schema, known);
  return parseSchema(schema, known);
}
