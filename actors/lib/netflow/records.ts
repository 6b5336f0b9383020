import type { Row } from '#stage';
import { DatagramFault } from './announced.ts';
import { type Template, VARIABLE } from './templates.ts';
import { fieldValue } from './values.ts';

/** The fields of each record of a set. What is left at its end is padding. Throws {@link DatagramFault} for one that is cut off. */
export function* recordsIn(bytes: Buffer, from: number, to: number, template: Template): Generator<Row> {
  let at = from;
  while (to - at >= template.least) {
    const row: Row = {};
    for (const { element, length: announced } of template.fields) {
      let length = announced;
      if (announced === VARIABLE) {
        length = at < to ? (bytes[at++] as number) : 0;
        // RFC 7011, 7: 255 says that two bytes with the length follow.
        if (length === 255) {
          if (to - at < 2) throw new DatagramFault('a field of variable length is cut off');
          length = bytes.readUInt16BE(at);
          at += 2;
        }
      }
      if (to - at < length) throw new DatagramFault('a record is cut off');
      if (element.kind !== 'none') put(row, element.name, fieldValue(bytes, at, length, element.kind));
      at += length;
    }
    yield row;
  }
}

/** An element that stands there several times, such as the labels of a stack, is a list. */
function put(row: Row, name: string, value: unknown): void {
  if (!Object.hasOwn(row, name)) row[name] = value;
  else if (Array.isArray(row[name])) row[name].push(value);
  else row[name] = [row[name], value];
}
