import type protobuf from 'protobufjs';
import { WeirError } from '#stage';
import type { Registered } from '../schema-registry/registry.ts';
import { type ReadMessage, readerOf } from './decoders.ts';
import { inside, messageNamed, messagesOf, parseProto } from './schema.ts';

/** What reads the messages of a schema of the registry, by the place of their type in it. Throws `WEIR_PROTOBUF_SCHEMA`. */
export function typesByIndex({
  type,
  schema,
  references,
}: Registered): (indexes: readonly number[]) => ReadMessage | string {
  if (type !== 'PROTOBUF')
    throw new WeirError('WEIR_PROTOBUF_SCHEMA', `it is no schema of Protocol Buffers, but ${type}`);
  const root = parseProto(schema, references);
  const declared = messagesOf(schema);
  const made = new Map<string, ReadMessage>();
  return (indexes) => {
    const key = indexes.join();
    const known = made.get(key);
    if (known !== undefined) return known;
    let at: protobuf.Type | undefined;
    for (const index of indexes) at = (at === undefined ? declared : inside(at))[index];
    if (at === undefined) return `the schema has no message at ${key}`;
    const read = readerOf(messageNamed(root, at.fullName));
    made.set(key, read);
    return read;
  };
}

/** The bytes that say where a message stands in its schema. Throws `WEIR_PROTOBUF_SCHEMA`. */
export function indexesOf(schema: string, type: protobuf.Type): Buffer {
  const path = pathTo(messagesOf(schema), type.fullName);
  if (path === undefined) {
    throw new WeirError(
      'WEIR_PROTOBUF_SCHEMA',
      `${type.fullName} is not in the schema itself, but in one that it imports`,
    );
  }
  const numbers = path.length === 1 && path[0] === 0 ? [0] : [path.length, ...path];
  return Buffer.from(numbers.flatMap((number) => zigzag(number)));
}

function pathTo(types: readonly protobuf.Type[], name: string): number[] | undefined {
  for (const [i, type] of types.entries()) {
    if (type.fullName === name) return [i];
    const further = pathTo(inside(type), name);
    if (further !== undefined) return [i, ...further];
  }
  return undefined;
}

function zigzag(value: number): number[] {
  const bytes: number[] = [];
  let left = value * 2;
  for (; left > 127; left >>>= 7) bytes.push((left & 127) | 128);
  return [...bytes, left];
}
