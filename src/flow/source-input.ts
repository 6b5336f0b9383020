import { messageOf, toErrorData } from '../base/errors.ts';
import type { Expression } from '../expr/expression.ts';
import type { DecoderOutput } from '../stage/codec.ts';
import type { At, Row } from '../stage/row.ts';
import type { AssignedSplit, SourceOutput, SourceReader } from '../stage/source.ts';
import type { TimeSettings } from '../topology/graph.ts';
import type { Clock } from '../world/clock.ts';
import type { Step } from './aligner.ts';
import type { Leader } from './batch.ts';
import type { Consumer, ErrorHandler } from './consumer.ts';
import type { Counters } from './counters.ts';

/** Watermarks are sent no more often than this, since each one sends half-full batches on their way. */
const WATERMARK_EVERY_MS = 10;
/** How far readings may lie behind the clock in a source that stamps them itself. */
const INGESTION_SLACK_MS = 1000;

interface SplitState {
  maxTime: number;
  ended: boolean;
  /** When its last record came, on the clock that runs only while the source could be polled and had nothing. */
  seenAt: number;
  leader: Leader | undefined;
}

/** A split's position in a checkpoint. */
export interface SplitPosition {
  position: unknown;
  maxTime: number;
}

/** What the source does with each record before it enters the chain. */
export interface Intake {
  filter?: Expression | undefined;
  time?: Expression | undefined;
  select?: ((row: Row, at: At) => Row) | undefined;
}

export interface SourceInputOptions {
  /** The stage's id: watermarks say then which split they come from. */
  stage?: string;
  reader: SourceReader;
  intake: Intake;
  time: TimeSettings | undefined;
  /** Records without a time of their own are stamped by the clock. */
  clockTime: boolean;
  clock: Clock;
  at: At;
  head: Consumer;
  errors: ErrorHandler;
  counters: Counters;
}

/** Where a source chain's records come from: polls the reader, stamps records with event time and makes watermarks. */
export class SourceInput implements SourceOutput {
  readonly #o: SourceInputOptions;
  readonly #splits = new Map<string, SplitState>();
  readonly #bound: number;
  #opened = false;
  #ended = false;
  #draining = false;
  #watermark = Number.NEGATIVE_INFINITY;
  #watermarkAt = Number.NEGATIVE_INFINITY;
  /** Downstream has been told that this source is idle. */
  #idle = false;
  #now = 0;
  /** How long, in all, the source could be polled and had nothing. Time under back-pressure does not make a split idle. */
  #quietMs = 0;
  #waitingSince = Number.NaN;

  constructor(options: SourceInputOptions) {
    this.#o = options;
    this.#bound = options.time?.outOfOrderMs ?? 0;
  }

  get watermark(): number {
    return this.#watermark;
  }

  /** The source has nothing more to give: at its end, or drained. */
  get done(): boolean {
    return this.#ended;
  }

  async open(splits: readonly (AssignedSplit & { maxTime: number })[]): Promise<void> {
    for (const { id, maxTime } of splits) {
      this.#splits.set(id, { maxTime, ended: false, seenAt: 0, leader: this.#leader(id) });
    }
    await this.#o.reader.open(splits.map(({ id, data, position }) => ({ id, data, position })));
    this.#opened = true;
  }

  /** Take in no more from outside. */
  drain(): void {
    this.#draining = true;
    this.#o.reader.drain?.();
  }

  /** Polls once. Records go straight into the chain. */
  next(): Step | 'polled' | undefined {
    if (!this.#opened || this.#ended || (this.#draining && this.#o.reader.drain === undefined)) return undefined;
    this.#now = this.#o.clock.now();
    const before = this.#o.counters.in;
    const monotonic = this.#o.clock.monotonic();
    if (!Number.isNaN(this.#waitingSince)) this.#quietMs += monotonic - this.#waitingSince;
    this.#waitingSince = Number.NaN;
    const state = this.#o.reader.poll(this);
    if (state === 'end') {
      this.#ended = true;
      return this.#draining ? 'polled' : { kind: 'end' };
    }
    if (state === 'wait') {
      this.#waitingSince = monotonic;
      this.#quiet();
    }
    if (state === 'wait' || monotonic - this.#watermarkAt >= WATERMARK_EVERY_MS) {
      const step = this.#advance(monotonic);
      if (step !== undefined) return step;
    }
    return state === 'more' || this.#o.counters.in > before ? 'polled' : undefined;
  }

  /** There was nothing at hand. A source that stamps records itself goes on with the clock. */
  #quiet(): void {
    const { time } = this.#o;
    for (const split of this.#splits.values()) {
      if (this.#o.clockTime && time?.at === undefined) {
        split.maxTime = Math.max(split.maxTime, this.#now - INGESTION_SLACK_MS);
      }
    }
  }

  #isIdle(split: SplitState): boolean {
    const idleMs = this.#o.time?.idleMs;
    return idleMs !== undefined && this.#quietMs - split.seenAt > idleMs;
  }

  #advance(monotonic: number): Step | undefined {
    let least = Number.POSITIVE_INFINITY;
    let active = 0;
    let by: Leader | undefined;
    for (const split of this.#splits.values()) {
      if (split.ended || this.#isIdle(split)) continue;
      active++;
      if (split.maxTime >= least) continue;
      least = split.maxTime;
      by = split.leader;
    }
    this.#watermarkAt = monotonic;
    if (active === 0) {
      // Said once: until there is a record again nothing changes.
      const said = this.#idle || [...this.#splits.values()].every(({ ended }) => ended);
      this.#idle = true;
      return said ? undefined : { kind: 'idle' };
    }
    this.#idle = false;
    // One below, since another record of the same time may follow.
    const watermark = least - this.#bound - 1;
    if (!(watermark > this.#watermark)) return undefined;
    this.#watermark = watermark;
    return { kind: 'watermark', time: watermark, by };
  }

  positions(): Record<string, SplitPosition> {
    const positions: Record<string, SplitPosition> = {};
    for (const [id, position] of Object.entries(this.#o.reader.positions())) {
      positions[id] = { position, maxTime: this.#splits.get(id)?.maxTime ?? Number.NEGATIVE_INFINITY };
    }
    return positions;
  }

  emit(split: string, row: Row, order: number, time: number): void {
    this.#o.counters.in++;
    this.#take(this.#split(split), row, order, time);
  }

  malformed(_split: string, input: Uint8Array | string, reason: string, order: number): void {
    this.#o.counters.in++;
    this.#o.at.time = Number.NaN;
    this.#o.at.order = order;
    this.#o.at.key = null;
    this.#o.errors.deadLetter(input, 'WEIR_MALFORMED', reason);
  }

  endSplit(split: string): void {
    this.#split(split).ended = true;
  }

  /** Where the decoder of a split puts its records. */
  decoderOutput(id: string): DecoderOutput {
    const split = this.#split(id);
    const { counters } = this.#o;
    return {
      accept: (row, order) => {
        counters.in++;
        this.#take(split, row, order, this.#now);
      },
      emit: (row, time, order) => {
        counters.in++;
        this.#enter(split, row, order, this.#o.intake.time === undefined ? this.#now : time);
      },
      skipped: (count) => {
        counters.in += count;
      },
      malformed: (input, reason, order) => this.malformed(id, input, reason, order),
    };
  }

  /** Made once for a split, so that a watermark costs nothing more for it. */
  #leader(split: string): Leader | undefined {
    const { stage: source } = this.#o;
    return source === undefined ? undefined : { source, split, outOfOrderMs: this.#bound };
  }

  #split(id: string): SplitState {
    let split = this.#splits.get(id);
    if (split === undefined) {
      const leader = this.#leader(id);
      split = { maxTime: Number.NEGATIVE_INFINITY, ended: false, seenAt: this.#quietMs, leader };
      this.#splits.set(id, split);
    }
    return split;
  }

  /** Runs filter, event time and projection over a record as it came. */
  #take(split: SplitState, row: Row, order: number, ownTime: number): void {
    const { at, intake, errors } = this.#o;
    at.time = ownTime;
    at.order = order;
    at.key = null;
    let time = ownTime;
    let made = row;
    try {
      if (intake.filter !== undefined && !intake.filter.evaluate(row, at)) return;
      if (intake.time !== undefined) time = millis(intake.time.evaluate(row, at));
      at.time = time;
      if (intake.select !== undefined) made = intake.select(row, at);
    } catch (error) {
      errors.deadLetter(row, toErrorData(error).code ?? 'WEIR_STAGE_THREW', messageOf(error));
      return;
    }
    this.#enter(split, made, order, time);
  }

  #enter(split: SplitState, row: Row, order: number, time: number): void {
    const { at, head, errors, counters } = this.#o;
    if (!(Math.abs(time) < 8.64e15)) {
      at.time = Number.NaN;
      at.order = order;
      errors.deadLetter(
        row,
        'WEIR_NO_EVENT_TIME',
        'the record has no event time: `time.at` gives no number and no date',
      );
      return;
    }
    if (time > split.maxTime) split.maxTime = time;
    split.seenAt = this.#quietMs;
    at.time = time;
    at.order = order;
    at.key = null;
    counters.out++;
    head.push(row);
  }
}

/** Event time as milliseconds: a number, or a date as text. */
function millis(value: unknown): number {
  if (typeof value === 'number') return value;
  return typeof value === 'string' ? Date.parse(value) : Number.NaN;
}
