/** A row on its way: a statement of the driver and what it is bound to, and the record that it was, for its dead letter. */
export interface Bound {
  readonly query: string;
  readonly params: unknown[];
  /** What it is found by within its partition: keys that are one are one here. */
  readonly key: unknown;
  /** When it was written, in microseconds. */
  readonly stamp: number;
  readonly row: unknown;
  /** Rows that the next barrier waits for; a batch is of one barrier. */
  readonly since: { open: number };
}

/** Rows that go out together. */
export interface Batch {
  readonly rows: readonly Bound[];
  /** Several of them may have one primary key. */
  readonly repeats: boolean;
  /** Roughly. */
  readonly bytes: number;
}

export interface BatchLimits {
  /** Rows of a batch at most. */
  readonly rows: number;
  /** Rows that wait for others of their partition, of all partitions together. */
  readonly waiting: number;
  /** Milliseconds that the first row of a batch waits for others. */
  readonly linger: number;
}

/** Bytes of a batch at which it is full, roughly: a node refuses a change of half a segment of its commit log, 16 MiB. */
const FULL_BYTES = 256 * 1024;

/** Bytes under way, roughly, beyond which no other batch goes out. */
const MOST_UNDER_WAY = 16 * 2 ** 20;

/** How many times the wait, before a batch that is not full goes out ahead of full ones. */
const LATE = 10;

interface Group {
  readonly since: number;
  readonly rows: Bound[];
  /** Once there are two rows. */
  keys: Set<unknown> | undefined;
  bytes: number;
}

/** Gathers rows by their partition: a batch of one partition is one change, to one set of replicas. */
export class Batches {
  readonly #limits: BatchLimits;
  readonly #groups = new Map<unknown, Group>();
  readonly #full: Group[] = [];
  #waiting = 0;

  constructor(limits: BatchLimits) {
    this.#limits = limits;
  }

  /** Rows that nobody has taken. */
  size = 0;
  /** Their bytes, roughly. */
  bytes = 0;

  /** Of the batches that have been taken and are not done. */
  #underWay = 0;

  /** So much is under way that no more goes out before some of it is done: rows may be large. */
  get isHeld(): boolean {
    return this.#underWay >= MOST_UNDER_WAY;
  }

  /** A batch that was taken is over. */
  done({ bytes }: Batch): void {
    this.#underWay -= bytes;
  }

  /** There is a batch to take that waits for no more rows. */
  get hasFull(): boolean {
    return this.#full.length > 0;
  }

  /** When the batch that has waited longest has waited enough; none waits: `undefined`. */
  get due(): number | undefined {
    const [oldest] = this.#groups.values();
    return oldest && oldest.since + this.#limits.linger;
  }

  /** `now`: milliseconds, as of `take`. */
  add(partition: unknown, row: Bound, now: number): void {
    let group = this.#groups.get(partition);
    if (group === undefined) {
      group = { since: now, rows: [], keys: undefined, bytes: 0 };
      this.#groups.set(partition, group);
    }
    const [first] = group.rows;
    if (first !== undefined) group.keys ??= new Set([first.key]);
    group.keys?.add(row.key);
    group.rows.push(row);
    const bytes = bytesOf(row.params);
    group.bytes += bytes;
    this.bytes += bytes;
    this.#waiting++;
    this.size++;
    if (group.rows.length >= this.#limits.rows || group.bytes >= FULL_BYTES) {
      this.#groups.delete(partition);
      this.#waiting -= group.rows.length;
      this.#full.push(group);
    } else if (this.#waiting >= this.#limits.waiting) this.flush();
  }

  /** No row waits for others any more. */
  flush(): void {
    this.#full.push(...this.#groups.values());
    this.#groups.clear();
    this.#waiting = 0;
  }

  /**
   * The next batch that is to go out: one that is full, or has waited for its time. While more of them are full than can be sent,
   * the others go on filling up.
   */
  take(now: number): Batch | undefined {
    if (this.isHeld) return undefined;
    const batch = this.#waited(now, LATE) ?? this.#full.shift() ?? this.#waited(now, 1);
    if (batch === undefined) return undefined;
    const { rows, keys, bytes } = batch;
    this.size -= rows.length;
    this.bytes -= bytes;
    this.#underWay += bytes;
    return { rows, repeats: keys !== undefined && keys.size < rows.length, bytes };
  }

  #waited(now: number, times: number): Group | undefined {
    const [oldest] = this.#groups;
    if (oldest === undefined) return undefined;
    const [partition, group] = oldest;
    if (now - group.since < times * this.#limits.linger) return undefined;
    this.#groups.delete(partition);
    this.#waiting -= group.rows.length;
    return group;
  }
}

/** Of a text its length, which is no more than its bytes in UTF-8: cheap, and near enough for a bound. */
function bytesOf(params: Iterable<unknown>): number {
  let bytes = 0;
  for (const each of params) {
    if (typeof each === 'string') bytes += each.length + 8;
    else bytes += typeof each === 'object' && each !== null ? bytesOfObject(each) : 8;
  }
  return bytes;
}

/** By constructor, which is quicker than `instanceof`: most are a driver's number or id. */
function bytesOfObject(value: object): number {
  switch (value.constructor) {
    case Buffer:
    case Uint8Array:
      return (value as Uint8Array).length + 8;
    case Array:
    case Set:
      return 16 + bytesOf(value as Iterable<unknown>);
    case Map: {
      const map = value as Map<unknown, unknown>;
      return 16 + bytesOf(map.keys()) + bytesOf(map.values());
    }
    case Object: // A user type.
      return 16 + bytesOf(Object.values(value));
    default: {
      // Tuples and vectors of the driver.
      const { elements } = value as { elements?: unknown };
      return Array.isArray(elements) ? 16 + bytesOf(elements) : 16;
    }
  }
}
