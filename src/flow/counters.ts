/** Places of a stage's numbers in its slot of the shared metrics. */
export const SLOT = {
  in: 0,
  out: 1,
  late: 2,
  dead: 3,
  fill: 4,
  watermark: 5,
  held: 6,
  /** What waits in a sink's buffer: records, bytes, since when (ms), and how many were dropped. */
  buffered: 7,
  bufferedBytes: 8,
  bufferedSince: 9,
  dropped: 10,
} as const;
export const SLOT_SIZE = 12;

/** The numbers of one stage in one subtask. Plain fields while a turn runs; published to shared memory at its end. */
export class Counters {
  in = 0;
  out = 0;
  late = 0;
  dead = 0;
  /** Of `dead`, those that a sink refused only after it had taken them. */
  deadLate = 0;
  readonly #slot: Float64Array;

  constructor(slot: Float64Array) {
    this.#slot = slot;
  }

  publish(fill: number, watermark: number): void {
    const slot = this.#slot;
    slot[SLOT.in] = this.in;
    slot[SLOT.out] = this.out;
    slot[SLOT.late] = this.late;
    slot[SLOT.dead] = this.dead;
    slot[SLOT.fill] = fill;
    slot[SLOT.watermark] = watermark;
  }

  /** A source waits until others have come nearer in event time. */
  hold(held: boolean): void {
    this.#slot[SLOT.held] = held ? 1 : 0;
  }

  /** What waits in the sink's buffer, since when the oldest of it (0: nothing is being sent), and what was dropped. */
  buffer(records: number, bytes: number, since: number, dropped: number): void {
    const slot = this.#slot;
    slot[SLOT.buffered] = records;
    slot[SLOT.bufferedBytes] = bytes;
    slot[SLOT.bufferedSince] = since;
    slot[SLOT.dropped] = dropped;
  }

  snapshot(): number[] {
    return [this.in, this.out, this.late, this.dead];
  }
}
