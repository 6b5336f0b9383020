import { messageOf, toErrorData } from '../base/errors.ts';
import { plainRecord } from '../base/plain.ts';
import { isTime } from '../base/time.ts';
import { formatDuration } from '../base/units.ts';
import type { Expression } from '../expr/expression.ts';
import { eventTimeOf } from '../expr/iso-time.ts';
import type { DecoderOutput } from '../stage/codec.ts';
import type { At, Row } from '../stage/row.ts';
import type { AssignedSplit, SourceOutput, SourceReader } from '../stage/source.ts';
import type { TimeSettings } from '../topology/graph.ts';
import type { Clock } from '../world/clock.ts';
import type { Step } from './aligner.ts';
import { Batch } from './batch.ts';
import { BatchRun } from './batch-run.ts';
import type { Consumer, ErrorHandler } from './consumer.ts';
import type { Counters } from './counters.ts';
import { Pace } from './pace.ts';
import type { SourceTimes } from './source-times.ts';
import { type KeptTime, type SplitTime, SplitTimes } from './split-times.ts';

/** Watermarks are sent no more often than this, since each one sends half-full batches on their way. */
const WATERMARK_EVERY_MS = 10;
/** How far readings may lie behind the clock in a source that stamps them itself. */
const INGESTION_SLACK_MS = 1000;

/** A subtask that is held back looks this often whether the others have come nearer. */
const HELD_LOOK_MS = 2;

/** A split's position in a checkpoint. */
export interface SplitPosition extends KeptTime {
  position: unknown;
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
  /** How far ahead of the clock the time of a record may lie, ms; default: as far as it likes. */
  aheadMs?: number | undefined;
  /** Records without a time of their own are stamped by the clock. */
  clockTime: boolean;
  clock: Clock;
  /** The source or its codec is of the user's own: its records are looked at. */
  own?: boolean;
  at: At;
  head: Consumer;
  errors: ErrorHandler;
  counters: Counters;
  /** What it knows of the other subtasks; needed for `align` and `quiet`. */
  shared?: SourceTimes | undefined;
  /** Asks for a turn in so many milliseconds. */
  wakeIn?: (ms: number) => void;
}

/** Where a source chain's records come from: polls the reader, stamps records with event time and makes watermarks. */
export class SourceInput implements SourceOutput {
  readonly #o: SourceInputOptions;
  readonly #times: SplitTimes;
  #opened = false;
  #ended = false;
  #draining = false;
  /** Some split is too far ahead. */
  #holds = false;
  #watermarkAt = Number.NEGATIVE_INFINITY;
  #now = 0;
  readonly #aheadMs: number;
  readonly #pace: Pace;
  /** What one poll has given beyond a turn's share, and its passing on in later turns. */
  #waiting: Batch | undefined;
  readonly #run: BatchRun;
  /** What comes behind them. */
  #later: Step | 'polled' | undefined;

  constructor(options: SourceInputOptions) {
    this.#o = options;
    this.#aheadMs = options.aheadMs ?? Number.POSITIVE_INFINITY;
    this.#pace = new Pace(options.clock);
    this.#run = new BatchRun(options.at, options.clock);
    this.#times = new SplitTimes(options.time, options.stage, options.shared);
  }

  get watermark(): number {
    return this.#times.watermark;
  }

  /** The source has nothing more to give: at its end, or drained. */
  get done(): boolean {
    return this.#ended && this.#waiting === undefined && this.#later === undefined;
  }

  async open(splits: readonly (AssignedSplit & KeptTime)[]): Promise<void> {
    this.#times.open(splits);
    await this.#o.reader.open(splits.map(({ id, data, position }) => ({ id, data, position })));
    this.#opened = true;
  }

  /** Take in no more from outside. */
  drain(): void {
    this.#draining = true;
    // What has been taken in goes through, however far ahead it is.
    if (this.#times.aligned) this.#o.reader.hold?.(new Set());
    this.#holds = false;
    this.#o.counters.hold(false);
    this.#o.reader.drain?.();
  }

  /** The chain cannot poll for now: it has no room, or something else to do. */
  stopWaiting(): void {
    this.#times.stopWaiting(this.#o.clock.monotonic());
  }

  /** Records of the last poll wait for their turn: see {@link catchUp}. */
  get behind(): boolean {
    return this.#waiting !== undefined;
  }

  /** Gives a turn's share of the records that wait, before the reader is polled again or asked for its positions. */
  catchUp(): void {
    if (!this.#run.busy) this.#run.begin(this.#waiting as Batch, this.#o.head);
    if (!this.#run.go()) this.#waiting = undefined;
  }

  /** Polls once. Records go straight into the chain, for as long as a turn may be. */
  next(): Step | 'polled' | undefined {
    const step = this.#later ?? this.#poll();
    this.#later = undefined;
    if (this.#waiting === undefined) return step;
    if (this.#waiting.length > 0) {
      this.#later = step;
      return 'polled';
    }
    this.#waiting = undefined;
    return step;
  }

  #poll(): Step | 'polled' | undefined {
    if (!this.#opened || this.#ended || (this.#draining && this.#o.reader.drain === undefined)) return undefined;
    const times = this.#times;
    const restored = times.restored();
    if (restored !== undefined) return restored;
    const { clock, counters, reader, shared } = this.#o;
    const monotonic = clock.monotonic();
    times.stopWaiting(monotonic);
    if (times.aligned && this.#isHeld()) return this.#advance(monotonic, false);
    this.#now = clock.now();
    const before = counters.in;
    const passed = counters.out;
    this.#pace.begin();
    const state = reader.poll(this);
    if (state === 'end') {
      this.#ended = true;
      times.tellEnd();
      return this.#draining ? 'polled' : { kind: 'end' };
    }
    if (shared !== undefined) times.tell(counters.out > passed);
    if (state === 'wait') {
      this.#quiet();
      const step = this.#advance(monotonic, true);
      if (step !== undefined) return step;
      times.wait(monotonic);
      if (this.#holds) this.#o.wakeIn?.(HELD_LOOK_MS);
    } else {
      const step = this.#advance(monotonic, false);
      if (step !== undefined) return step;
    }
    return state === 'more' || counters.in > before ? 'polled' : undefined;
  }

  /** There was nothing at hand. A source that stamps records itself goes on with the clock. */
  #quiet(): void {
    const { time, clockTime } = this.#o;
    if (clockTime && time?.at === undefined) this.#times.reach(this.#now - INGESTION_SLACK_MS);
    this.#times.goOn();
  }

  #advance(monotonic: number, isDue: boolean): Step | undefined {
    if (!isDue && monotonic - this.#watermarkAt < WATERMARK_EVERY_MS) return undefined;
    this.#watermarkAt = monotonic;
    return this.#times.advance();
  }

  /** All that it could read of is too far ahead of others. */
  #isHeld(): boolean {
    if (this.#draining) return false;
    const { reader, wakeIn, counters } = this.#o;
    // What it waits for may be its own split that has become idle since the last poll.
    this.#times.tell(false);
    const { changed, held, idle, free } = this.#times.hold();
    if (changed) reader.hold?.(this.#times.heldSplits);
    // Those that are idle may have something: they are polled if the reader can leave out the others.
    const isHeld = held > 0 && free === 0 && (idle === 0 || reader.hold === undefined);
    this.#holds = held > 0;
    counters.hold(this.#holds);
    if (isHeld) wakeIn?.(HELD_LOOK_MS);
    return isHeld;
  }

  positions(): Record<string, SplitPosition> {
    const positions: Record<string, SplitPosition> = {};
    for (const [id, position] of Object.entries(this.#o.reader.positions())) {
      positions[id] = { position, ...this.#times.kept(id) };
    }
    return positions;
  }

  emit(split: string, row: Row, order: number, time: number): void {
    this.#o.counters.in++;
    this.#take(this.#times.split(split), row, order, time);
  }

  malformed(_split: string, input: Uint8Array | string, reason: string, order: number): void {
    this.#o.counters.in++;
    this.#o.at.time = Number.NaN;
    this.#o.at.order = order;
    this.#o.at.key = null;
    this.#o.errors.deadLetter(input, 'WEIR_MALFORMED', reason);
  }

  endSplit(split: string): void {
    this.#times.split(split).ended = true;
  }

  beginSplit(split: string): void {
    this.#times.split(split);
  }

  dropSplit(split: string): void {
    this.#times.drop(split);
  }

  /** Where the decoder of a split puts its records. */
  decoderOutput(id: string): DecoderOutput {
    const split = this.#times.split(id);
    const { counters } = this.#o;
    return {
      accept: (row, order) => {
        counters.in++;
        this.#take(split, row, order, this.#now);
      },
      emit: (row, time, order) => {
        counters.in++;
        const made = this.#o.own ? this.#plain(row, order) : row;
        if (made === undefined) return;
        this.#enter(split, made, order, this.#o.intake.time === undefined ? this.#now : time);
      },
      skipped: (count) => {
        counters.in += count;
      },
      malformed: (input, reason, order) => this.malformed(id, input, reason, order),
    };
  }

  /** What is no plain record is a dead letter of the source that made it. */
  #plain(row: unknown, order: number): Row | undefined {
    const { at, errors } = this.#o;
    try {
      return plainRecord(row);
    } catch (error) {
      at.time = Number.NaN;
      at.order = order;
      at.key = null;
      errors.deadLetter(row, toErrorData(error).code ?? 'WEIR_NOT_PLAIN', messageOf(error));
      return undefined;
    }
  }

  /** Runs filter, event time and projection over a record as it came. */
  #take(split: SplitTime, given: Row, order: number, ownTime: number): void {
    const { at, intake, errors, own } = this.#o;
    const row = own ? this.#plain(given, order) : given;
    if (row === undefined) return;
    at.time = ownTime;
    at.order = order;
    at.key = null;
    let time = ownTime;
    let made = row;
    try {
      if (intake.filter !== undefined && !intake.filter.evaluate(row, at)) return;
      if (intake.time !== undefined) time = eventTimeOf(intake.time.evaluate(row, at));
      at.time = time;
      if (intake.select !== undefined) made = intake.select(row, at);
    } catch (error) {
      errors.deadLetter(row, toErrorData(error).code ?? 'WEIR_STAGE_THREW', messageOf(error));
      return;
    }
    this.#enter(split, made, order, time);
  }

  #enter(split: SplitTime, row: Row, order: number, time: number): void {
    const { at, head, errors, counters } = this.#o;
    if (!isTime(time)) {
      at.time = Number.NaN;
      at.order = order;
      errors.deadLetter(row, 'WEIR_NO_EVENT_TIME', noTimeOf(time));
      return;
    }
    if (time > split.maxTime) {
      if (time > this.#now + this.#aheadMs && this.#isAhead(row, order, time)) return;
      split.maxTime = time;
    }
    split.seenAt = this.#times.waitedMs;
    counters.out++;
    if (this.#waiting !== undefined) {
      this.#wait(this.#waiting, row, order, time);
      return;
    }
    at.time = time;
    at.order = order;
    at.key = null;
    head.push(row);
    if (this.#pace.over()) this.#waiting = new Batch();
  }

  /** A record that comes too early to be true is left out: one alone would move the watermark past all others. */
  #isAhead(row: Row, order: number, time: number): boolean {
    const { at, errors, clock } = this.#o;
    if (time <= clock.now() + this.#aheadMs) return false;
    at.time = time;
    at.order = order;
    const what = `its event time ${new Date(time).toISOString()} is more than ${formatDuration(this.#aheadMs)} ahead of the clock`;
    errors.deadLetter(row, 'WEIR_AHEAD_OF_TIME', `${what}, see \`time.ahead\``);
    return true;
  }

  #wait({ rows, times, orders }: Batch, row: Row, order: number, time: number): void {
    rows.push(row);
    (times as number[]).push(time);
    (orders as number[]).push(order);
  }
}

/** Why a time is none. */
function noTimeOf(time: number): string {
  const gives = Number.isNaN(time)
    ? 'neither a number nor an ISO 8601 text'
    : `${time}, which is no time: milliseconds since 1970 are less than 8.64e15`;
  return `the record has no event time: \`time.at\` gives ${gives}`;
}
