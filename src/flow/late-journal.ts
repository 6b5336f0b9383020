import { PendingPart, type SealedPart } from '../stage/pending-part.ts';
import type { At, Row } from '../stage/row.ts';
import type { Disk } from '../world/disk.ts';
import type { Leader } from './batch.ts';
import { shown } from './dead-letters.ts';

/** As many late records of a stage are remembered, the last ones. */
export const LATE_KEPT = 1000;
/** How much of a record an entry shows, characters of JSON. */
const RECORD_LIMIT = 1 << 10;

/** A record that came after its window had closed, as it stands in the journal. Times are milliseconds since the epoch. */
export interface LateEntry {
  stage: string;
  /** The checkpoint that it belongs to. */
  epoch: number;
  subtask: number;
  time: number;
  order: number;
  key?: unknown;
  /** The watermark when it came. */
  watermark: number;
  /** End of the last window that it could have been in. */
  windowEnd: number;
  allowedLatenessMs: number;
  /** With so much less watermark, which is so much more `outOfOrder`, it would have been on time. */
  lateByMs: number;
  /** The split that the watermark came from. */
  by?: Leader;
  record: unknown;
}

interface Seen extends Omit<LateEntry, 'stage' | 'epoch' | 'subtask' | 'by'> {
  by: Leader | undefined;
}

/**
 * Remembers the last late records of each stage of a chain until the next checkpoint, which they are a part of as dead letters
 * are. Nothing is paid for a record that is on time; a late one costs an object.
 */
export class LateJournal {
  readonly #disk: Disk;
  readonly #path: () => string;
  readonly #at: At;
  readonly #subtask: number;
  #seen = new Map<string, { last: Seen[]; count: number }>();

  constructor(disk: Disk, path: () => string, at: At, subtask: number) {
    this.#disk = disk;
    this.#path = path;
    this.#at = at;
    this.#subtask = subtask;
  }

  /** The record in hand came late. */
  add(
    stage: string,
    record: Row,
    windowEnd: number,
    allowedLatenessMs: number,
    watermark: number,
    by: Leader | undefined,
  ): void {
    let seen = this.#seen.get(stage);
    if (seen === undefined) {
      seen = { last: [], count: 0 };
      this.#seen.set(stage, seen);
    }
    const { time, order, key } = this.#at;
    // A window closes at the millisecond before its end: one less is the latest watermark that leaves it open.
    const lateByMs = watermark - (windowEnd + allowedLatenessMs - 2);
    const place = seen.count++ % LATE_KEPT;
    seen.last[place] = { time, order, key, watermark, windowEnd, allowedLatenessMs, lateByMs, by, record };
  }

  /** Ends the part of a checkpoint: a JSON object a line, those of a stage in the order in which they came. */
  async seal(epoch: number): Promise<SealedPart | undefined> {
    if (this.#seen.size === 0) return undefined;
    const all = this.#seen;
    this.#seen = new Map();
    const part = new PendingPart(this.#disk, this.#path());
    for (const [stage, { last, count }] of all) {
      const first = count > LATE_KEPT ? count % LATE_KEPT : 0;
      for (const { key, by, record, ...rest } of [...last.slice(first), ...last.slice(0, first)]) {
        // What it is filed by comes first, so that nobody has to parse the rest for it.
        const entry = {
          stage,
          epoch,
          subtask: this.#subtask,
          ...rest,
          ...(key === null ? {} : { key }),
          ...(by === undefined ? {} : { by }),
        };
        part.bytes.text(`${JSON.stringify(entry).slice(0, -1)},"record":${shown(record, RECORD_LIMIT)}}\n`);
        part.wrote();
      }
    }
    return await part.seal();
  }
}
