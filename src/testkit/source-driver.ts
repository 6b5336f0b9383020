import { assert, WeirError } from '../base/errors.ts';
import { Counters } from '../flow/counters.ts';
import { projector } from '../flow/relational-nodes.ts';
import { SourceInput } from '../flow/source-input.ts';
import type { DecoderOutput, RowProgram } from '../stage/codec.ts';
import type { SourceDefinition } from '../stage/definition.ts';
import type { At, Row } from '../stage/row.ts';
import type { SourceOutput, SourceReader, Split } from '../stage/source.ts';
import { pack, unpack } from '../state/pack.ts';
import type { TimeSettings } from '../topology/graph.ts';
import { materialize } from '../topology/options.ts';
import type { Disk } from '../world/disk.ts';
import { type ChosenCodec, chosenCodec } from './chosen-codec.ts';
import { type DeadLetter, DriverErrors, Letters, scopeOf, slot } from './letters.ts';
import { MemoryDisk } from './memory-disk.ts';
import { VirtualClock } from './virtual-clock.ts';

/** A record that a source gave. */
export interface Read {
  split: string;
  row: Row;
  time: number;
  order: number;
}

export interface SourceDriverOptions {
  subtask?: number;
  parallelism?: number;
  /** What the plan wants of each record. */
  program?: RowProgram;
  /** Event time of the stream. */
  time?: TimeSettings;
  clock?: VirtualClock;
  disk?: Disk;
  /** The run has read of it before and fell. */
  restarted?: boolean;
}

/** How long a source that has nothing at hand may take, in real time, before its timers run. */
const PATIENCE_MS = 20;
/** How often it may have nothing at hand, one time after the other. */
const PATIENCE = 500;

/** One subtask of a source, polled by hand: the engine's own intake, a clock that stands still, lists of what came. */
export class SourceDriver {
  readonly read: Read[] = [];
  /** Splits that came to their end. */
  readonly ended: string[] = [];
  readonly watermarks: number[] = [];
  readonly logs: string[] = [];
  readonly clock: VirtualClock;
  readonly reader: SourceReader;
  /** What the source has given to `fail`. */
  failure: unknown;
  readonly #input: SourceInput;
  readonly #letters: Letters;
  #split = '';
  #state: 'more' | 'wait' | 'end' = 'more';
  #woken = false;
  #onWake: (() => void) | undefined;

  private constructor(
    definition: SourceDefinition<any>,
    made: any,
    codec: ChosenCodec | undefined,
    {
      subtask = 0,
      parallelism = 1,
      program = {},
      time,
      clock = new VirtualClock(),
      disk = new MemoryDisk(),
      restarted = false,
    }: SourceDriverOptions,
  ) {
    this.clock = clock;
    const at: At = { time: Number.NaN, order: Number.NaN, key: null };
    this.#letters = new Letters(at);
    this.reader = definition.create(made, {
      subtask,
      parallelism,
      disk,
      restarted,
      wake: () => this.#wake(),
      decoder: (split) => {
        const decoder = codec?.decoder({ program, out: this.#tagged(split) });
        assert(decoder, 'the source has a codec that can read');
        return decoder;
      },
      rowDecoder: (out) => {
        const decoder = codec?.decoder({ program: program.fields ? { fields: program.fields } : {}, out });
        assert(decoder, 'the source has a codec that can read');
        return decoder;
      },
      fields: program.fields,
      splittable: codec?.splittable ?? false,
      fail: (error) => {
        this.failure ??= error;
        this.#wake();
      },
      now: () => clock.now(),
      after: (ms, task) => clock.after(ms, task),
      log: (level, text) => this.logs.push(`${level} ${text}`),
    });
    const counters = new Counters(slot());
    const log = (level: string, text: string) => this.logs.push(`${level} ${text}`);
    this.#input = new SourceInput({
      reader: this.#watched(this.reader),
      intake: { filter: program.filter, time: program.time, select: program.select && projector(program.select) },
      time,
      clockTime: definition.clockTime ?? definition.codec !== undefined,
      clock,
      at,
      head: { push: (row) => this.read.push({ split: this.#split, row, time: at.time, order: at.order }) },
      errors: new DriverErrors(scopeOf(at, this.#letters, log), 'source', 'dead-letter', counters),
      counters,
    });
  }

  /** Makes a subtask of a source. `options` are as written in a topology, `codec` among them. */
  static async create(
    definition: SourceDefinition<any>,
    options: Record<string, unknown> = {},
    drive: SourceDriverOptions = {},
  ): Promise<SourceDriver> {
    const made = await materialize(definition.options, options, { base: import.meta.url });
    return new SourceDriver(definition, made, await chosenCodec(definition, options), drive);
  }

  /** Which split a record is of is known only while it is being given. */
  #watched(reader: SourceReader): SourceReader {
    const tag = (out: SourceOutput): SourceOutput => ({
      emit: (split, row, order, time) => {
        this.#split = split;
        out.emit(split, row, order, time);
      },
      malformed: (split, input, reason, order) => out.malformed(split, input, reason, order),
      endSplit: (split) => {
        this.ended.push(split);
        out.endSplit(split);
      },
      beginSplit: (split) => out.beginSplit(split),
      dropSplit: (split) => out.dropSplit(split),
    });
    return {
      open: (splits) => reader.open(splits),
      poll: (out) => (this.#state = reader.poll(tag(out))),
      positions: () => reader.positions(),
      ...(reader.drain ? { drain: () => reader.drain?.() } : {}),
    };
  }

  #tagged(split: string): DecoderOutput {
    const out = this.#input.decoderOutput(split);
    return {
      accept: (row, order) => {
        this.#split = split;
        out.accept(row, order);
      },
      emit: (row, time, order) => {
        this.#split = split;
        out.emit(row, time, order);
      },
      skipped: (count) => out.skipped(count),
      malformed: (input, reason, order) => out.malformed(input, reason, order),
    };
  }

  #wake(): void {
    this.#woken = true;
    this.#onWake?.();
  }

  /** Opens it on splits, each where the positions say; as the engine does, by bytes of them. */
  async open(splits: readonly Split[], positions: Readonly<Record<string, unknown>> = {}): Promise<this> {
    const assigned = splits.map(({ id, data }) => {
      const position = id in positions ? unpack(pack(positions[id])) : undefined;
      return { id, data: unpack(pack(data)), position, maxTime: Number.NEGATIVE_INFINITY };
    });
    await this.#input.open(assigned);
    return this;
  }

  /** Polls once; what the source answered. Throws what the source gave to `fail`. */
  poll(): 'more' | 'wait' | 'end' {
    if (this.failure !== undefined) throw this.failure;
    const step = this.#input.next();
    if (step !== undefined && step !== 'polled' && step.kind === 'watermark') this.watermarks.push(step.time);
    return this.#state;
  }

  /**
   * Polls until `until` holds, or the source is at its end. While it has nothing at hand it waits to be woken, and lets its
   * timers run when nothing else happens. Throws what the source gave to `fail`, and `WEIR_STALLED` after ten seconds of
   * nothing.
   */
  async run(until: (driver: this) => boolean = () => false): Promise<'end' | 'stopped'> {
    let idle = 0;
    for (;;) {
      if (until(this)) return 'stopped';
      this.#woken = false;
      const before = this.read.length + this.dead.length;
      const state = this.poll();
      if (state === 'end') return 'end';
      idle = this.read.length + this.dead.length > before ? 0 : idle;
      if (state !== 'wait' || this.#woken) continue;
      if (idle++ > PATIENCE) {
        throw new WeirError('WEIR_STALLED', `the source gives no more, and no end, behind ${this.read.length} records`);
      }
      await this.#waitForWake();
    }
  }

  async #waitForWake(): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      this.#onWake = resolve;
      if (this.failure !== undefined) resolve();
      timer = setTimeout(() => {
        const { untilNext } = this.clock;
        if (untilNext !== undefined) this.clock.advance(untilNext);
        resolve();
      }, PATIENCE_MS);
    });
    clearTimeout(timer);
    this.#onWake = undefined;
  }

  /** Takes in no more from outside. */
  drain(): void {
    this.#input.drain();
  }

  /** Position of every split, as a checkpoint would keep it. */
  positions(): Record<string, unknown> {
    return structuredClone(this.reader.positions());
  }

  get dead(): readonly DeadLetter[] {
    return this.#letters.all;
  }

  async close(): Promise<void> {
    await this.reader.close?.();
  }
}

/** A source's splits at its first start, through bytes as a checkpoint keeps them. */
export async function splitsOf(
  definition: SourceDefinition<any>,
  options: Record<string, unknown> = {},
  parallelism = 1,
): Promise<Split[]> {
  if (definition.splits === undefined) return [{ id: '0' }];
  const made = await materialize(definition.options, options, { base: import.meta.url });
  const splittable = (await chosenCodec(definition, options))?.splittable ?? false;
  return unpack(pack(await definition.splits(made, { parallelism, splittable }))) as Split[];
}
