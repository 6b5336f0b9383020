import type { Key, Row } from '../stage/row.ts';

/** How many records an edge gathers at most before it sends them on. */
export const BATCH_LIMIT = 1024;

/** Records on their way between two chains, with what the engine knows of each. */
export class Batch {
  rows: Row[] = [];
  /** A list while it is gathered, as it lies in memory when it has crossed a thread. */
  times: number[] | Float64Array = [];
  orders: number[] | Float64Array = [];
  /** Empty when the edge carries no keys. */
  keys: Key[] | Float64Array = [];
  /** Which records are retractions, ascending; most batches have none. */
  retractions: number[] = [];

  get length(): number {
    return this.rows.length;
  }
}

/** The split that a watermark comes from: of those that hold it, the one that is furthest behind. */
export interface Leader {
  /** The source stage's id. */
  source: string;
  split: string;
  /** What its stream allows for records out of order: the split's latest record is so far ahead, and 1 ms. */
  outOfOrderMs: number;
  /** The source was quiet, and the clock brought event time on; `split` is any of its splits. */
  quiet?: boolean;
}

/** What else travels on an edge, in line with the records. */
export type Signal =
  | { kind: 'watermark'; time: number; by?: Leader | undefined }
  | { kind: 'barrier'; epoch: number }
  /** No more records will come. Barriers still do. */
  | { kind: 'end' }
  /** This edge has nothing for now and does not hold the watermark; ends with the next watermark or record. */
  | { kind: 'idle' };

export type Message = Batch | Signal;
