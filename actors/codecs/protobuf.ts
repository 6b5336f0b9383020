import type protobuf from 'protobufjs';
import { type Bytes, codec, field, type OptionsOf, type Row, WeirError } from '#stage';
import { delimitedDecoder, readerOf, registryDecoder, wholeDecoder } from '../lib/protobuf/decoders.ts';
import { indexesOf, typesByIndex } from '../lib/protobuf/indexes.ts';
import { messageNamed, parseProto, readProto } from '../lib/protobuf/schema.ts';
import { toMessage } from '../lib/protobuf/to-message.ts';
import { checkRegistry } from '../lib/schema-registry/check.ts';
import { prefixedEncoder } from '../lib/schema-registry/prefixed-encoder.ts';
import { Registry, refuseRegistry, registryField } from '../lib/schema-registry/registry.ts';
import { SchemasById } from '../lib/schema-registry/schemas-by-id.ts';

const options = {
  schema: field.text('The schema, as the text of a `.proto` file.', { optional: true }),
  file: field.path(
    'In place of `schema`: a `.proto` file, which may import others from its folder on, or a descriptor set (`protoc -o`, with `--include_imports`).',
    { optional: true },
  ),
  message: field.text('The full name of the message, `shop.Order`; by default the first of the schema.', {
    optional: true,
  }),
  framing: field.choice(
    'What stands before each message: its length, or nothing, since it is all there is. Not with `registry`.',
    ['delimited', 'none'],
    {
      default: 'delimited',
    },
  ),
  registry: registryField,
};

type Options = OptionsOf<typeof options>;

/** Protocol Buffers, as files, as messages, and by a schema registry. */
export default codec({
  summary: 'Protocol Buffers: messages behind their lengths, alone, or with their schema in a registry.',
  docs: `\`framing: delimited\`, for files, puts its length before each message, as \`writeDelimitedTo\` of Java does. \`framing: none\` takes each
message of the source whole, as Kafka or UDP bring them. With \`registry\` a message is a zero, the number of its schema, the place of its
type in it and the value, as Confluent's serializers write it; schemas are fetched when they first come, and kept. It works
with the source and sink \`kafka\`; a number that the registry does not know makes its messages dead letters. When reading by a registry, \`message\`
is not asked for: each message says its type.

| Protocol Buffers | in a record |
|---|---|
| int32 … double | numbers; int64 and its kin beyond 2^53 texts of digits |
| enum | the name; the number where there is none |
| bytes | bytes; when writing also Base64 |
| map, message | objects; repeated fields lists |
| Timestamp, Duration | milliseconds, with a fraction if need be; when writing also dates and ISO 8601 |
| Int64Value and its kin | the value, or null |
| Struct, Value, ListValue | what they stand for, when reading |

A field that does not know whether it was set has its zero when it was not; one that does, such as one of a \`oneof\`, an \`optional\` one
or a message, is null. Fields are named as in the schema. A field that is missing or null is not written; one that does not fit is \`WEIR_PROTOBUF_VALUE\`.
Messages may lie in each other 100 deep.`,
  since: '0.1.0',
  options,
  main: 'file',
  cost: 'about 2 µs for a message of seven fields',
  references: [
    'https://protobuf.dev/programming-guides/encoding/',
    'https://docs.confluent.io/platform/current/schema-registry/fundamentals/serdes-develop/index.html#wire-format',
  ],
  examples: [
    {
      title: 'what is written is read back',
      options: {
        schema:
          'syntax = "proto3"; message Reading { string sensor = 1; optional double celsius = 2; repeated int64 counts = 3; }',
      },
      given: [{ sensor: 'a', celsius: 21.5, counts: [1, 2] }, { sensor: 'b' }],
      expect: [
        { sensor: 'a', celsius: 21.5, counts: [1, 2] },
        { sensor: 'b', celsius: null, counts: [] },
      ],
    },
  ],
  refuse(given) {
    refuseRegistry(given.registry);
    if (given.schema !== undefined || given.file !== undefined) typeOf(given);
    else if (given.registry === undefined) throw new WeirError('WEIR_OPTION', 'protobuf needs a schema, or its file');
  },
  connect: ({ registry, schema }, use) => checkRegistry(registry, use, { text: schema, type: 'PROTOBUF' }),
  splittable: false,
  decoder(given, { out }) {
    const { registry, framing } = given;
    if (registry !== undefined) return registryDecoder(new SchemasById(new Registry(registry), typesByIndex), out);
    const read = readerOf(typeOf(given));
    return framing === 'none' ? wholeDecoder(read, out) : delimitedDecoder(read, out);
  },
  encoder(given) {
    const { registry, framing, schema, message } = given;
    if (registry === undefined) return { encode: writerOf(typeOf(given), framing === 'delimited') };
    const { subject, write } = registry;
    if (subject === undefined) throw new WeirError('WEIR_OPTION', '`registry`: writing needs a `subject`');
    if (write !== 'latest' && schema === undefined) {
      throw new WeirError(
        'WEIR_OPTION',
        'a registry gets the text of a schema: give it as `schema`, or `write: latest`',
      );
    }
    return prefixedEncoder(async () => {
      const found = await new Registry(registry).toWrite(schema, 'PROTOBUF');
      if (found.type !== 'PROTOBUF') throw new WeirError('WEIR_PROTOBUF_SCHEMA', `${subject} has ${found.type}`);
      const type = messageNamed(parseProto(found.schema, found.references), message);
      const path = indexesOf(found.schema, type);
      const encode = writerOf(type, false);
      return {
        id: found.id,
        write(row, into) {
          into.append(path);
          encode(row, into);
        },
      };
    });
  },
});

function typeOf({ schema, file, message }: Options): protobuf.Type {
  if (schema !== undefined && file !== undefined) throw new WeirError('WEIR_OPTION', 'give either `schema` or `file`');
  if (schema === undefined && file === undefined)
    throw new WeirError('WEIR_OPTION', 'protobuf needs a schema, or its file');
  return messageNamed(schema === undefined ? readProto(file!) : parseProto(schema), message);
}

function writerOf(type: protobuf.Type, isDelimited: boolean): (row: Row, into: Bytes) => void {
  const convert = toMessage(type);
  return (row, into) => {
    const message = convert(row);
    if (message === undefined) throw new WeirError('WEIR_PROTOBUF_VALUE', 'the record does not fit its schema');
    into.append((isDelimited ? type.encodeDelimited(message as object) : type.encode(message as object)).finish());
  };
}
