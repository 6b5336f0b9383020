import { hashText } from '../base/hash.ts';

/** What the records of a simulated run are made from. */
export interface InputSpec {
  seed: string;
  lanes: number;
  /** Records of each lane. */
  count: number;
  groups: number;
  /** How far a record may come behind the latest one of its lane, ms of event time; a multiple of the grid. */
  outOfOrderMs: number;
  /** Event times are one below a multiple of this, ms, so that many are equal and many the last of a window; 1 for any. */
  gridMs: number;
  /** One in so many records comes later than that; 0 for none. */
  lateEvery: number;
  /** Bytes of text in each record; one in `fatEvery` has `fatBytes`. */
  fatEvery: number;
  fatBytes: number;
}

/** One line of a lane, in the order in which the source reads them. */
export interface InputRecord {
  lane: number;
  n: number;
  /** Its place in the source: tells the lanes apart too. */
  order: number;
  /** Text that is no record; undefined for those that are. */
  malformed: string | undefined;
  /** Text or number; a few are lists, which are no keys. */
  group: unknown;
  value: number;
  at: number;
  text: string;
}

/** Event time between two records of a lane, ms. */
export const STEP_MS = 10;
/** One in so many is malformed, and one in so many has a group that is no key. */
const MALFORMED = 31;
const NO_KEY = 37;

/** Reads the records of an input. */
export type InputReader = (lane: number, n: number) => InputRecord;

let known: { text: string; read: InputReader } | undefined;

/** The same records whenever they are asked for; nobody may change them. */
export function inputReader(spec: InputSpec): InputReader {
  // Thousands of runs read one input.
  const text = JSON.stringify(spec);
  if (known?.text !== text) {
    const records = new Map<number, InputRecord>();
    const read: InputReader = (lane, n) => {
      const order = n * spec.lanes + lane;
      let record = records.get(order);
      if (record === undefined) {
        record = makeRecord(spec, lane, n);
        records.set(order, record);
      }
      return record;
    };
    known = { text, read };
  }
  return known.read;
}

function makeRecord(spec: InputSpec, lane: number, n: number): InputRecord {
  const draw = (what: string) => hashText(`${spec.seed} ${lane} ${n} ${what}`);
  const late = spec.lateEvery > 0 && draw('late') % spec.lateEvery === 0 ? spec.outOfOrderMs * 3 : 0;
  const group = draw('group') % spec.groups;
  const at = 1_000_000 + n * STEP_MS - (draw('time') % (spec.outOfOrderMs + 1)) - late;
  const fat = spec.fatEvery > 0 && draw('fat') % spec.fatEvery === 0;
  return {
    lane,
    n,
    order: n * spec.lanes + lane,
    malformed: draw('malformed') % MALFORMED === 0 ? `not a record ${n}` : undefined,
    // Numbers and text, as both are hashed and packed in ways of their own.
    group: draw('key') % NO_KEY === 0 ? [group] : group % 2 === 0 ? group : `g${group}`,
    value: (draw('value') % 1000) - 300,
    at: spec.gridMs === 1 ? at : Math.floor(at / spec.gridMs) * spec.gridMs - 1,
    text: fat ? 'x'.repeat(spec.fatBytes) : '',
  };
}
