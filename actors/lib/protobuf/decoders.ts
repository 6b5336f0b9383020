import type protobuf from 'protobufjs';
import { type Decoder, type DecoderOutput, messageOf, type Row } from '#stage';
import { PREFIX, SchemaFault, type SchemasById } from '../schema-registry/schemas-by-id.ts';
import { fromMessage } from './from-message.ts';

/** Kept of broken bytes, for their dead letter. */
const SAMPLE = 4 * 1024;

/** Reads the message that is all of some bytes; gives why it is none, else the record. */
export type ReadMessage = (bytes: Buffer) => Row | string;

export function readerOf(type: protobuf.Type): ReadMessage {
  const convert = fromMessage(type);
  return (bytes) => {
    try {
      return convert(type.decode(bytes)) as Row;
    } catch (error) {
      // It throws errors of several kinds for bytes that are no message.
      return `it is no ${type.fullName.slice(1)}: ${messageOf(error)}`;
    }
  };
}

/** Each message is all that there is at once. */
export function wholeDecoder(read: ReadMessage, out: DecoderOutput): Decoder {
  return {
    decode(b, start, end, order, last) {
      if (!last) return start;
      if (start < end) give(read(b.subarray(start, end)), b, { start, end, order }, out);
      return end;
    },
  };
}

function give(
  row: Row | string,
  b: Buffer,
  at: { start: number; end: number; order: number },
  out: DecoderOutput,
): void {
  if (typeof row !== 'string') out.accept(row, at.order);
  else out.malformed(Buffer.from(b.subarray(at.start, Math.min(at.end, at.start + SAMPLE))), row, at.order);
}

/** Each message stands behind its length. A length that is none makes all that follows one dead letter. */
export function delimitedDecoder(read: ReadMessage, out: DecoderOutput): Decoder {
  let isBroken = false;
  return {
    decode(b, start, end, order, last) {
      let at = start;
      while (at < end && !isBroken) {
        const length = lengthAt(b, at, end);
        const from = at + (length?.size ?? 0);
        const isCut = length === undefined || (length.value !== undefined && from + length.value > end);
        if (isCut && !last) return at;
        if (!isCut && length.value !== undefined) {
          const to = from + length.value;
          give(read(b.subarray(from, to)), b, { start: from, end: to, order: order + at - start }, out);
          at = to;
          continue;
        }
        // What is kept of broken bytes does not depend on how they come.
        if (!last && end - at < SAMPLE) return at;
        isBroken = true;
        const what = isCut ? 'the last message is cut short' : 'a length has more than 32 bits';
        give(what, b, { start: at, end, order: order + at - start }, out);
      }
      if (last) isBroken = false;
      return end;
    },
  };
}

/** A length, and how many bytes it takes; undefined: more are needed. */
function lengthAt(b: Buffer, start: number, end: number): { value: number | undefined; size: number } | undefined {
  let value = 0;
  for (let i = 0; i < 5; i++) {
    if (start + i >= end) return undefined;
    const byte = b[start + i] as number;
    value += (byte & 127) * 2 ** (7 * i);
    if (byte < 128) return { value: value < 2 ** 31 ? value : undefined, size: i + 1 };
  }
  return { value: undefined, size: 5 };
}

/** Messages that begin with the number of their schema and the place of their type in it. */
export function registryDecoder(
  schemas: SchemasById<(indexes: readonly number[]) => ReadMessage | string>,
  out: DecoderOutput,
): Decoder {
  return {
    awaits: (b, start, end) => schemas.awaits(b, start, end),
    decode(b, start, end, order, last) {
      if (!last) return start;
      if (start === end) return end;
      const at = { start, end, order };
      const readers = schemas.of(b, start, end);
      if (readers instanceof SchemaFault) {
        give(readers.what, b, at, out);
        return end;
      }
      const path = indexesAt(b, start + PREFIX, end);
      const read = path === undefined ? 'the place of its type is cut short' : readers(path.indexes);
      give(typeof read === 'string' ? read : read(b.subarray(path!.behind, end)), b, at, out);
      return end;
    },
  };
}

/** Where a type stands: how many indexes, and each of them, in zigzag form. A zero alone is the first type of all. */
function indexesAt(b: Buffer, start: number, end: number): { indexes: number[]; behind: number } | undefined {
  let at = start;
  const next = () => {
    const found = lengthAt(b, at, end);
    if (found?.value === undefined) return undefined;
    at += found.size;
    return (found.value >>> 1) ^ -(found.value & 1);
  };
  const count = next();
  if (count === undefined || count < 0 || count > 32) return undefined;
  if (count === 0) return { indexes: [0], behind: at };
  const indexes: number[] = [];
  for (let i = 0; i < count; i++) {
    const index = next();
    if (index === undefined) return undefined;
    indexes.push(index);
  }
  return { indexes, behind: at };
}
