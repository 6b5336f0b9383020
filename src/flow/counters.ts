/** Places of a stage's numbers in its slot of the shared metrics. */
export const SLOT = { in: 0, out: 1, late: 2, dead: 3, fill: 4, watermark: 5, held: 6 } as const;
export const SLOT_SIZE = 8;

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

  snapshot(): number[] {
    return [this.in, this.out, this.late, this.dead];
  }
}
