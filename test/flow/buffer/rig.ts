import { BufferedWriter } from '../../../src/flow/buffer/buffered-writer.ts';
import type { BufferSettings } from '../../../src/flow/buffer/settings.ts';
import { Counters, SLOT, SLOT_SIZE } from '../../../src/flow/counters.ts';
import type { At, Row } from '../../../src/stage/row.ts';
import type { SinkContext, SinkWriter } from '../../../src/stage/sink.ts';
import type { MemoryDisk } from '../../../src/testkit/memory-disk.ts';
import { VirtualClock } from '../../../src/testkit/virtual-clock.ts';

/** The system that records go to: away or there, with what it has acknowledged. */
export class Side {
  isUp = true;
  /** It lets who comes wait, in place of refusing them. */
  hangs = false;
  /** How long it takes over a record. */
  takesMs = 0;
  #back = () => {};
  /** What it has. Of a batch that came while it went away it may have all without saying so. */
  readonly got: { row: Row; at: At }[] = [];
  /** Records that it refuses for good. */
  refuses: (row: Row) => boolean = () => false;
  /** What opening waits for; closing ends it. */
  opens: Promise<void> | undefined;
  opened = 0;
  /** Called at each attempt. */
  onFlush: () => void = () => {};

  /** It answers those whom it let wait. */
  return(): void {
    this.isUp = true;
    this.#back();
  }

  writer(context: SinkContext): SinkWriter {
    let held: { row: Row; at: At }[] = [];
    let close = () => {};
    let taken: Promise<void> | undefined;
    const closed = new Promise<never>((_, reject) => {
      close = () => reject(new Error('closed'));
    });
    closed.catch(() => {});
    return {
      open: async () => {
        this.opened++;
        await Promise.race([this.opens, closed]);
      },
      close,
      write: (row, at) => {
        held.push({ row, at: { ...at } });
        if (this.takesMs > 0) taken = new Promise((resolve) => void context.after(this.takesMs, resolve));
      },
      busy: () => {
        const waits = taken;
        taken = undefined;
        return waits;
      },
      prepare: async () => {
        this.onFlush();
        if (!this.isUp && this.hangs) {
          await new Promise<void>((resolve) => {
            this.#back = resolve;
          });
        }
        if (!this.isUp) throw new Error('nobody answers');
        const batch = held;
        held = [];
        for (const one of batch) {
          if (this.refuses(one.row)) context.deadLetter(one.row, 'WEIR_NO', 'refused');
          else this.got.push(one);
        }
        return undefined;
      },
    };
  }
}

/** One subtask of a sink with a buffer, in one life of a run. */
export class Subtask {
  readonly writer: BufferedWriter;
  readonly letters: unknown[] = [];
  readonly failures: unknown[] = [];
  readonly logs: string[] = [];
  readonly #slots = new Float64Array(SLOT_SIZE);

  constructor(
    side: Side,
    disk: MemoryDisk,
    clock: VirtualClock,
    settings: BufferSettings,
    { epoch = 0, subtask = 0, parallelism = 1, isFinal = (_: unknown): boolean => false } = {},
  ) {
    const context = {
      ...{ name: 'test-to', disk, epoch, subtask, parallelism, keyNames: [] },
      ...{ updating: false, scattered: false, eventTime: true, pendingFolder: 'state/pending' },
      at: { time: 0, order: 0, key: null },
      now: () => clock.now(),
      after: (ms: number, task: () => void) => clock.after(ms, task),
      deadLetter: (row: unknown) => void this.letters.push(row),
      fail: (error: unknown) => void this.failures.push(error),
      log: (_: string, text: string) => void this.logs.push(text),
    } as unknown as SinkContext;
    this.writer = new BufferedWriter({
      ...{ settings, folder: 'state/buffer', stage: 'to', context, isFinal },
      counters: new Counters(this.#slots),
      create: (own) => side.writer(own),
    });
  }

  get shown() {
    const [records, bytes, since, dropped] = [SLOT.buffered, SLOT.bufferedBytes, SLOT.bufferedSince, SLOT.dropped].map(
      (place) => this.#slots[place],
    );
    return { records, bytes, since, dropped };
  }
}

/** Lets all go on that waits for no timer. */
export const settle = () => new Promise((resolve) => setImmediate(resolve));

export const WAITS: BufferSettings = { maxBytes: 1 << 20, full: 'wait' };

export function clockAt(start: number): VirtualClock {
  return new VirtualClock(start);
}
