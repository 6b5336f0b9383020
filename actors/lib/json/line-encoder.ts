import { type Bytes, type Encoder, jsonOf } from '#stage';
import { type WriteBuffer, writeNumber, writePlainText } from './write.ts';

/** Room for any number, `true`, `null` and what the comparisons of four bytes overrun. */
const VALUE_ROOM = 32;

/** An encoder of lines of JSON, generated for records of these fields. */
export function lineEncoder(fields: readonly string[]): Encoder {
  const known = { writeNumber, writePlainText, writeOther };
  return { encode: new Function(...Object.keys(known), encodeCode(fields))(...Object.values(known)) };
}

/** Every field is written with a comma before it; the first comma then becomes the brace. */
function encodeCode(fields: readonly string[]): string {
  const room = fields.reduce((sum, name) => sum + Buffer.byteLength(JSON.stringify(name)) + 2 + VALUE_ROOM, VALUE_ROOM);
  return `let held = null, view = null;
  return function encode(row, into) {
    let o = into.reserve(${room}), v, q = 0, b = into.buffer;
    const start = o;
    if (b !== held) { held = b; view = new DataView(b.buffer, b.byteOffset, b.length); }
    ${fields.map((name) => fieldCode(name, room)).join('')}
    if (o === start) b[o++] = 123;
    else b[start] = 123;
    b[o] = 125;
    b[o + 1] = 10;
    into.length = o + 2;
  };`;
}

function fieldCode(name: string, room: number): string {
  return `v = row[${JSON.stringify(name)}];
    if (typeof v === 'number') { ${literalCode(name)} o = writeNumber(b, o, v); }
    else if (v !== undefined) {
      q = -1;
      if (typeof v === 'string' && b.length - o > v.length * 3 + ${room}) { 
        q = o;
        ${literalCode(name)}
        if ((o = writePlainText(b, o, v)) < 0) { o = q; q = -1; }
      }
      if (q < 0) {
        o = writeOther(into, o, ${JSON.stringify(`,${JSON.stringify(name)}:`)}, v, ${room});
        if ((b = into.buffer) !== held) { held = b; view = new DataView(b.buffer, b.byteOffset, b.length); }
      }
    }\n`;
}

/** Writes a value of any other kind with its key, and leaves room for all that follows; gives the end. */
function writeOther(into: Bytes, o: number, key: string, value: unknown, room: number): number {
  const json = jsonOf(value);
  if (json === undefined) return o;
  const { length } = into;
  into.length = o;
  into.reserve((key.length + json.length) * 3 + room);
  // Until the record is whole it is not there: the next value may be refused.
  into.length = length;
  return o + (into.buffer as WriteBuffer).utf8Write(key + json, o);
}

/** Code that writes a comma, the key and a colon, four bytes at a time. */
function literalCode(name: string): string {
  const text = Buffer.from(`,${JSON.stringify(name)}:`);
  const padded = Buffer.concat([text, Buffer.alloc(3)]);
  let code = '';
  for (let i = 0; i < text.length; i += 4) code += `view.setInt32(o + ${i}, ${padded.readInt32LE(i)}, true);`;
  return `${code} o += ${text.length};`;
}
