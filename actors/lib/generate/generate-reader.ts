import type { AssignedSplit, SourceContext, SourceOutput, SourceReader } from '#stage';
import type { RecordMaker } from './record-maker.ts';

/** Records made at a poll. */
const BATCH = 500;

export interface GenerateOptions {
  readonly make: RecordMaker;
  readonly count: number;
  /** Records a second; undefined as fast as they can be made. */
  readonly rate: number | undefined;
  /** Event time of record 0, and from one record to the next, ms; undefined takes the clock's. */
  readonly start: number;
  readonly interval: number | undefined;
}

interface Lane {
  readonly id: string;
  /** Records `n` ≡ lane (mod lanes) are its own. */
  readonly lanes: number;
  n: number;
  ended: boolean;
}

/** Makes the records of its lanes, in the order of their numbers. */
export class GenerateReader implements SourceReader {
  readonly #context: SourceContext;
  readonly #o: GenerateOptions;
  readonly #at = { time: 0, order: 0, key: null };
  #lanes: Lane[] = [];
  #first = 0;
  #openedAt = 0;
  #waiting = false;

  constructor(context: SourceContext, options: GenerateOptions) {
    this.#context = context;
    this.#o = options;
  }

  open(splits: readonly AssignedSplit[]): void {
    this.#lanes = splits.map(({ id, data, position }) => {
      const { lane, lanes } = (data as { lane: number; lanes: number } | undefined) ?? { lane: 0, lanes: 1 };
      return { id, lanes, n: (position as { n: number } | undefined)?.n ?? lane, ended: false };
    });
    this.#first = Math.min(...this.#lanes.map(({ n }) => n));
    this.#openedAt = this.#context.now();
  }

  positions(): Record<string, { n: number }> {
    return Object.fromEntries(this.#lanes.map(({ id, n }) => [id, { n }]));
  }

  poll(out: SourceOutput): 'more' | 'wait' | 'end' {
    const { count, rate, interval, start, make } = this.#o;
    const now = this.#context.now();
    const due = rate === undefined ? Number.POSITIVE_INFINITY : this.#first + ((now - this.#openedAt) * rate) / 1000;
    const at = this.#at;
    for (let i = 0; i < BATCH; i++) {
      const lane = this.#next();
      if (lane === undefined || lane.n >= count) return this.#end(out);
      if (lane.n > due) {
        this.#wakeIn(((lane.n - due) * 1000) / (rate as number));
        return i > 0 ? 'more' : 'wait';
      }
      const { n } = lane;
      at.time = interval === undefined ? now : start + n * interval;
      at.order = n;
      const row = make(n, at.time, at);
      lane.n += lane.lanes;
      out.emit(lane.id, row, n, at.time);
    }
    return 'more';
  }

  #wakeIn(ms: number): void {
    if (this.#waiting) return;
    this.#waiting = true;
    this.#context.after(Math.max(1, ms), () => {
      this.#waiting = false;
      this.#context.wake();
    });
  }

  #next(): Lane | undefined {
    let next = this.#lanes[0];
    for (const lane of this.#lanes) if (lane.n < next!.n) next = lane;
    return next;
  }

  #end(out: SourceOutput): 'end' {
    for (const lane of this.#lanes) {
      if (!lane.ended) out.endSplit(lane.id);
      lane.ended = true;
    }
    return 'end';
  }
}
