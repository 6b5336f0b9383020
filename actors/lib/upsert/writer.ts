import {
  type At,
  type Encoder,
  hashText,
  type Key,
  messageOf,
  type Row,
  type SealedPart,
  type SinkContext,
  type SinkWriter,
  WeirError,
} from '#stage';
import { PartList } from '../files/part-list.ts';
import { replaces, writeFrame } from './frame.ts';
import { NetChanges } from './net-changes.ts';

/** Keys whose latest record waits in memory, so that a key that changes often is written once. */
const WAITING = 50_000;

/** What one subtask hands over at a checkpoint. */
export interface PreparedUpserts {
  /** Wall clock of the checkpoint, ms: the committer's only clock. */
  at: number;
  parts: SealedPart[];
}

/** Gathers the latest record of each key and writes it as a version of that key. */
export class UpsertWriter implements SinkWriter {
  readonly #context: SinkContext;
  readonly #keyOf: (row: Row, at: At) => Key;
  readonly #encoder: Encoder;
  readonly #parts: PartList;
  /** A row that is null has been deleted. */
  #latest = new Map<Key, { row: Row | null; time: number; order: number }>();

  /** Of rows that come from several subtasks. */
  readonly #changes = new NetChanges();
  /** Of updates: the last checkpoint, and how many have come. */
  #epoch: number;
  #count = 0;

  constructor(context: SinkContext, keyOf: (row: Row, at: At) => Key) {
    this.#context = context;
    this.#epoch = context.epoch;
    this.#keyOf = keyOf;
    this.#encoder = context.encoder();
    this.#parts = new PartList(() => context.pendingPart());
  }

  write(given: Row, at: At): void {
    const key = this.#keyOf(given, at);
    if (this.#context.scattered) {
      this.#changes.add(key, given, at.retract === true);
      return;
    }
    const row = at.retract ? null : given;
    // Updates of a key come in their order; other records may come in any.
    const { time, order } = this.#context.updating ? { time: this.#epoch, order: ++this.#count } : at;
    const before = this.#latest.get(key);
    if (before === undefined) {
      this.#latest.set(key, { row, time, order });
      if (this.#latest.size >= WAITING) this.#flush();
    } else if (replaces({ time, order }, before)) {
      before.row = row;
      before.time = time;
      before.order = order;
    }
  }

  #flush(): void {
    for (const [key, { row, time, order }] of this.#latest) {
      const text = typeof key === 'string' ? JSON.stringify(key) : String(key);
      const { bytes } = this.#parts;
      const { length } = bytes;
      try {
        writeFrame(bytes, hashText(text), time, order, text, (into) => {
          // A version without a line is a deletion.
          if (row !== null) this.#encoder.encode(row, into);
        });
      } catch (error) {
        const code = error instanceof WeirError ? error.code : 'WEIR_ENCODE';
        this.#context.deadLetter(row, code, messageOf(error));
        continue;
      }
      this.#parts.wrote(bytes.length - length);
    }
    this.#latest.clear();
  }

  busy(): Promise<void> | undefined {
    return this.#parts.busy();
  }

  async prepare(epoch: number): Promise<PreparedUpserts> {
    for (const [key, row] of this.#changes.take()) {
      this.#latest.set(key, { row, time: this.#epoch, order: ++this.#count });
      if (this.#latest.size >= WAITING) this.#flush();
    }
    this.#flush();
    this.#epoch = epoch;
    const at = this.#context.now();
    return { at, parts: await this.#parts.seal() };
  }
}
