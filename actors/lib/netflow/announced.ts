import type { FieldSpec, TemplateSpec } from './templates.ts';
import { VARIABLE } from './templates.ts';

/** What is wrong with a datagram, or with a part of it. */
export class DatagramFault extends Error {}

/** Fields of a template at most: more are taken for an attack on memory. */
const MOST_FIELDS = 1024;
/** Below are the numbers of templates themselves. */
export const FIRST_DATA = 256;

export type Announced = { id: number; spec: TemplateSpec } | { id: number; withdrawn: true };

/** Reads the templates of a set, as they are announced. Throws {@link DatagramFault}. */
export function* announcedIn(bytes: Buffer, from: number, to: number, kind: Kind): Generator<Announced> {
  const least = kind.isOptions && kind.isNine ? 6 : 4;
  for (let at = from; to - at >= least; ) {
    const id = bytes.readUInt16BE(at);
    // What is left is padding.
    if (id === 0) return;
    const isWithdrawn = !kind.isNine && bytes.readUInt16BE(at + 2) === 0;
    if (isWithdrawn) {
      yield { id, withdrawn: true };
      at += 4;
      continue;
    }
    if (id < FIRST_DATA) throw new DatagramFault(`template ${id}: the number is below ${FIRST_DATA}`);
    const shape = shapeOf(bytes, at, to, kind);
    const { fields, end } = fieldsOf(bytes, shape.at, to, shape.count, kind, id);
    if (shape.scopes > fields.length) throw new DatagramFault(`template ${id}: it has more scopes than fields`);
    const least = fields.reduce((sum, [, length]) => sum + (length === VARIABLE ? 1 : length), 0);
    if (least === 0) throw new DatagramFault(`template ${id}: its records have no bytes`);
    at = end;
    yield { id, spec: { fields, scopes: shape.scopes, isOptions: kind.isOptions, isNine: kind.isNine } };
  }
}

interface Kind {
  /** Of NetFlow 9; else of IPFIX. */
  readonly isNine: boolean;
  readonly isOptions: boolean;
}

/** How many fields follow, how many of them are scopes, and where they begin. */
function shapeOf(bytes: Buffer, at: number, to: number, { isNine, isOptions }: Kind) {
  const second = bytes.readUInt16BE(at + 2);
  if (!isOptions) return { count: second, scopes: 0, at: at + 4 };
  if (to - at < 6) throw new DatagramFault('a template is cut off');
  const third = bytes.readUInt16BE(at + 4);
  // NetFlow 9 counts bytes, IPFIX fields.
  if (isNine) return { count: (second + third) >> 2, scopes: second >> 2, at: at + 6 };
  if (third === 0) throw new DatagramFault('a template of options has no scope');
  return { count: second, scopes: third, at: at + 6 };
}

function fieldsOf(bytes: Buffer, from: number, to: number, count: number, { isNine }: Kind, id: number) {
  if (count > MOST_FIELDS) throw new DatagramFault(`template ${id}: ${count} fields, more than ${MOST_FIELDS}`);
  const fields: FieldSpec[] = [];
  let at = from;
  for (let i = 0; i < count; i++) {
    if (to - at < 4) throw new DatagramFault(`template ${id} is cut off`);
    const number = bytes.readUInt16BE(at);
    const length = bytes.readUInt16BE(at + 2);
    at += 4;
    // The first bit says so, in IPFIX alone: NetFlow 9 has numbers of vendors up there.
    const isEnterprise = !isNine && number >= 0x8000;
    if (isEnterprise && to - at < 4) throw new DatagramFault(`template ${id} is cut off`);
    fields.push([isEnterprise ? number & 0x7fff : number, length, isEnterprise ? bytes.readUInt32BE(at) : 0]);
    if (isEnterprise) at += 4;
  }
  return { fields, end: at };
}
