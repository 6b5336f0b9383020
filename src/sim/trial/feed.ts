import type { Key, Row } from '../../stage/row.ts';
import type { TestStep } from '../../topology/test-steps.ts';

/** A step of one stream, with its place among the steps of all streams. */
export interface FeedStep {
  stream: string;
  /** Counts the steps of all streams, in the order in which they are given. */
  number: number;
  /** What the clock shows then, ms since the epoch. */
  at: number;
  step: TestStep;
}

/** A record that a collecting sink was given. */
export interface Kept {
  row: Row;
  time: number;
  order: number;
  key: Key;
  retract: boolean;
}

interface Reader {
  /** Its next step, a place in the stream's own list. */
  next: number;
  wake: () => void;
}

/**
 * What the streams of a test are given, one step at a time, and what its sinks have committed. All hosts of a simulated world
 * are in one thread, so that sources and sinks share this object; it outlives a crash of theirs as the outside does.
 */
export class Feed {
  readonly steps: readonly FeedStep[];
  readonly end: boolean;
  readonly tables = new Map<string, Kept[]>();
  readonly #lists: ReadonlyMap<string, readonly FeedStep[]>;
  readonly #readers = new Map<string, Reader>();
  #allowed = 0;

  /** Streams are fed one after the other at each moment of the clock, in the order of the map. */
  constructor(given: ReadonlyMap<string, readonly TestStep[]>, clockMs: number, end: boolean) {
    const streams = [...given.keys()];
    const timed = streams.flatMap((stream) => {
      let at = clockMs;
      return (given.get(stream) ?? []).map((step) => {
        if (step.kind === 'advance') at += step.ms;
        return { stream, at, step };
      });
    });
    // A stable sort: at one moment the streams keep their order.
    timed.sort((a, b) => a.at - b.at);
    this.steps = timed.map((step, number) => ({ ...step, number }));
    this.#lists = new Map(streams.map((stream) => [stream, this.steps.filter((step) => step.stream === stream)]));
    this.end = end;
  }

  /** Nobody reads any more: the process has died. */
  reset(): void {
    this.#readers.clear();
    this.#allowed = 0;
  }

  /** The reader of a stream stands before step `next`. */
  opened(stream: string, next: number, wake: () => void): void {
    // All readers are started again together.
    if (this.#readers.has(stream)) this.reset();
    this.#readers.set(stream, { next, wake });
  }

  /** Every stream has its reader. */
  get ready(): boolean {
    return this.#readers.size === this.#lists.size;
  }

  /** The first step that has not been given; undefined when all have. */
  get turn(): FeedStep | undefined {
    let first: FeedStep | undefined;
    for (const [stream, { next }] of this.#readers) {
      const step = this.#lists.get(stream)?.[next];
      if (step !== undefined && (first === undefined || step.number < first.number)) first = step;
    }
    return first;
  }

  /** From now on a step may be given. A step that moves the clock concerns the readers of all streams. */
  allow(step: FeedStep): void {
    this.#allowed = step.number + 1;
    for (const [stream, { wake }] of this.#readers) {
      if (stream === step.stream || step.step.kind === 'advance') wake();
    }
  }

  /** The step that a stream's reader has to give now: none yet, or none any more. */
  due(stream: string): FeedStep | 'wait' | 'over' {
    const step = this.#lists.get(stream)?.[this.#readers.get(stream)?.next ?? 0];
    if (step === undefined) return 'over';
    return step.number < this.#allowed ? step : 'wait';
  }

  /** The reader of a stream has given its step. */
  taken(stream: string): void {
    (this.#readers.get(stream) as Reader).next++;
  }

  table(name: string): Kept[] {
    const table = this.tables.get(name) ?? [];
    this.tables.set(name, table);
    return table;
  }
}

// Of the whole process: who runs a test and the engine within may each have loaded this module.
const FEEDS = Symbol.for('weir.feeds');

/** The feeds of the tests that run, by the name that their sources and sinks are given. */
export function feeds(): Map<string, Feed> {
  const holder = globalThis as { [FEEDS]?: Map<string, Feed> };
  holder[FEEDS] ??= new Map();
  return holder[FEEDS];
}
