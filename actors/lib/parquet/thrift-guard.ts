import { damaged } from './damage.ts';

/** Types of Thrift's compact protocol. */
const TYPE = { true: 1, false: 2, byte: 3, i16: 4, i32: 5, i64: 6, double: 7, binary: 8, list: 9, struct: 12 } as const;
/** Structs and lists within each other; the format itself needs eight. */
const DEEPEST = 32;

/**
 * Goes through a struct of Thrift's compact protocol and gives the place behind it, so that the library may parse it: it takes lists as
 * long as they claim to be, numbers of any length and any depth. Costs a look at each byte that is no text; throws for damage.
 */
export function thriftEnd(bytes: Uint8Array, from: number): number {
  return structEnd(bytes, from, 0);
}

function structEnd(bytes: Uint8Array, from: number, depth: number): number {
  if (depth > DEEPEST) damaged('its header is too deep');
  for (let at = from; ; ) {
    const head = byteAt(bytes, at++);
    const type = head & 15;
    if (type === 0) return at;
    if (head >> 4 === 0) at = numberEnd(bytes, at, 5);
    at = elementEnd(bytes, at, type, depth);
  }
}

function elementEnd(bytes: Uint8Array, from: number, type: number, depth: number): number {
  switch (type) {
    case TYPE.true:
    case TYPE.false:
      return from;
    case TYPE.byte:
      return endWithin(bytes, from + 1);
    case TYPE.i16:
    case TYPE.i32:
      return numberEnd(bytes, from, 5);
    case TYPE.i64:
      return numberEnd(bytes, from, 10);
    case TYPE.double:
      return endWithin(bytes, from + 8);
    case TYPE.binary: {
      const at = numberEnd(bytes, from, 5);
      return endWithin(bytes, at + numberAt(bytes, from));
    }
    case TYPE.list:
      return listEnd(bytes, from, depth + 1);
    case TYPE.struct:
      return structEnd(bytes, from, depth + 1);
    default:
      return damaged(`its header has a field of type ${type}`);
  }
}

function listEnd(bytes: Uint8Array, from: number, depth: number): number {
  if (depth > DEEPEST) damaged('its header is too deep');
  const head = byteAt(bytes, from);
  let at = from + 1;
  let count = head >> 4;
  if (count === 15) {
    count = numberAt(bytes, at);
    at = numberEnd(bytes, at, 5);
  }
  // Each element takes a byte or more.
  if (count > bytes.length - at) damaged(`a list of its header has ${count} elements`);
  const type = head & 15;
  const of = type === TYPE.true || type === TYPE.false ? TYPE.byte : type;
  for (; count > 0; count--) at = elementEnd(bytes, at, of, depth);
  return at;
}

function byteAt(bytes: Uint8Array, at: number): number {
  return bytes[at] ?? damaged('its header ends too early');
}

function endWithin(bytes: Uint8Array, end: number): number {
  return end <= bytes.length ? end : damaged('its header ends too early');
}

function numberEnd(bytes: Uint8Array, from: number, most: number): number {
  for (let at = from; at < from + most; ) if (byteAt(bytes, at++) < 0x80) return at;
  return damaged(`a number of its header has more than ${most} bytes`);
}

/** A number of at most five bytes, without sign, of which the library takes 32 bits. */
function numberAt(bytes: Uint8Array, from: number): number {
  let value = 0;
  for (let i = 0; i < 5; i++) {
    const byte = byteAt(bytes, from + i);
    value |= (byte & 0x7f) << (i * 7);
    if (byte < 0x80) break;
  }
  return value >>> 0;
}
