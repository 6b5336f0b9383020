import { assert } from '../base/errors.ts';
import { hashKey, KEY_GROUPS, subtaskOfGroup } from '../base/hash.ts';
import { Counters } from '../flow/counters.ts';
import { OperatorNode } from '../flow/operator-node.ts';
import { StrictOutput } from '../flow/strict-output.ts';
import type { OperatorDefinition } from '../stage/definition.ts';
import type { KeyedState, KeyedStateOptions } from '../stage/keyed-state.ts';
import type { OperatorContext } from '../stage/operator.ts';
import type { At, Key, Row } from '../stage/row.ts';
import type { KeyedStore } from '../state/keyed.ts';
import { pack, unpack } from '../state/pack.ts';
import { materializeSync } from '../topology/options.ts';
import type { Disk } from '../world/disk.ts';
import { AnySide } from './any-side.ts';
import { Asking } from './asking.ts';
import { type DeadLetter, DriverErrors, Letters, scopeOf, slot } from './letters.ts';
import { MemoryDisk } from './memory-disk.ts';
import { VirtualClock } from './virtual-clock.ts';

/** A record that came out, with what the engine knows of it. */
export interface Emitted {
  row: Row;
  time: number;
  order: number;
  key: Key;
  /** It takes an earlier record back; absent for all others. */
  retract?: true;
}

/** An operator's part of a checkpoint, in bytes. */
export interface OperatorState {
  subtask: number;
  /** How many subtasks there were. */
  parallelism: number;
  epoch: number;
  /** Where the orders of records go on. */
  order: number;
  /** State name → its deltas, oldest first. */
  keyed: Record<string, { epoch: number; bytes: Uint8Array }[]>;
  operator: Uint8Array | undefined;
}

export interface OperatorDriverOptions {
  /** Names of the key's fields; the keys themselves come with the records. */
  keyNames?: readonly string[];
  /** What follows needs the rows that updates take the place of. */
  retractions?: boolean;
  /** The input is updating. */
  updating?: boolean;
  /** One of its other inputs is updating. */
  othersUpdating?: boolean;
  /** The input has no event time. */
  clocked?: boolean;
  /** Drive the first half, which runs before the records are exchanged. */
  half?: 'partial';
  subtask?: number;
  parallelism?: number;
  clock?: VirtualClock;
  /** What its answerer reads; by default an empty disk in memory. */
  disk?: Disk;
  /** Go on from here: what every subtask left. With as many as `parallelism`, each takes its own; else keys move. */
  from?: OperatorState | readonly OperatorState[];
  /** Options that have been made already, to share between instances as the engine does. Those written are then not read. */
  made?: any;
  /** Takes the place of a keyed state, to look over the operator's shoulder. */
  watch?: <T>(name: string, state: KeyedStore<T>, options: KeyedStateOptions<T>) => KeyedState<T>;
}

/** Above so many portions a watermark is taken never to end. */
const PORTIONS = 1_000_000;

/**
 * One instance of an operator, driven by hand: the engine's own node, keyed state and error policy, a clock that stands
 * still, and lists of what came out. Modules in options are given as functions.
 */
export class OperatorDriver {
  readonly out: Emitted[] = [];
  readonly sides: { name: string; row: Row }[] = [];
  readonly late: { row: Row; windowEnd: number }[] = [];
  readonly logs: string[] = [];
  readonly clock: VirtualClock;
  readonly #at: At = { time: Number.NaN, order: Number.NaN, key: null, retract: false };
  readonly #letters = new Letters(this.#at);
  readonly #errors: DriverErrors;
  readonly #node: OperatorNode;
  readonly #subtask: number;
  readonly #parallelism: number;
  readonly #asking: Asking;
  #deltas: OperatorState['keyed'] = {};
  #epoch = 1;
  #full = false;
  #order = 0;
  #wake: () => void = () => {};

  constructor(
    definition: OperatorDefinition<any>,
    options: Record<string, unknown> = {},
    drive: OperatorDriverOptions = {},
  ) {
    const { keyNames = [], subtask = 0, parallelism = 1, clock = new VirtualClock(), from } = drive;
    this.clock = clock;
    this.#subtask = subtask;
    this.#parallelism = parallelism;
    const at = this.#at;
    const log = (level: string, text: string) => void this.logs.push(`${level} ${text}`);
    const scope = scopeOf(at, this.#letters, log);
    const counters = new Counters(slot());
    this.#errors = new DriverErrors(scope, 'stage', 'dead-letter', counters);
    const consumer = {
      push: (row: Row) => {
        const { time, order, key, retract } = at;
        this.out.push({ row, time, order, key, ...(retract ? { retract } : {}) });
      },
    };
    const { retractions = false, updating = false, othersUpdating = false, clocked = false } = drive;
    const stage = { stage: 'stage', allowedLatenessMs: 0 };
    const wake = () => this.#wake();
    const made = drive.made ?? materializeSync(definition.options, options);
    const sides = definition.sides?.(made) ?? [];
    const output = new StrictOutput('stage', sides, at, consumer, new AnySide(this.sides), counters);
    const { disk = new MemoryDisk() } = drive;
    this.#asking = new Asking((outside) => definition.answerer?.(made, outside), { disk, log });
    const { ask } = this.#asking;
    const own = {
      keyNames,
      subtask,
      parallelism,
      userCode: false,
      retractions,
      updating,
      othersUpdating,
      clocked,
      epoch: 0,
    };
    const place = { number: 0, ...stage, ...own, ask, wake };
    this.#node = new OperatorNode(place, scope, clock, this.#errors, counters, output);
    const create = drive.half === 'partial' ? definition.partial : definition.create;
    assert(create, 'the operator has the half that is driven');
    this.#node.operator = create.call(definition, made, this.#context(drive));
    if (from) this.#restore(Array.isArray(from) ? from : [from as OperatorState]);
  }

  #context({ watch }: OperatorDriverOptions): OperatorContext {
    const node = this.#node;
    const { late } = this;
    return {
      ...node.context,
      get watermark() {
        return node.watermark;
      },
      keyed<T>(name: string, options: KeyedStateOptions<T>) {
        const state = node.context.keyed(name, options);
        return watch ? watch(name, state as KeyedStore<T>, options) : state;
      },
      late(row, windowEnd, out) {
        late.push({ row, windowEnd });
        node.context.late(row, windowEnd, out);
      },
    };
  }

  #restore(states: readonly OperatorState[]): void {
    const moved = states.length !== this.#parallelism;
    const own = states.find(({ subtask }) => subtask === this.#subtask);
    const writers = moved || own === undefined ? states : [own];
    const owns = (key: unknown) =>
      !moved ||
      this.#parallelism === 1 ||
      subtaskOfGroup(hashKey(key) % KEY_GROUPS, this.#parallelism) === this.#subtask;
    this.#epoch = Math.max(...states.map(({ epoch }) => epoch));
    // As a source's do: behind a restart the later record is still the later one.
    this.#order = Math.max(...states.map(({ order }) => order));
    for (const [name, store] of this.#node.keyed) {
      const deltas = writers.map(({ keyed }) => keyed[name] ?? []);
      const oldest = Math.min(this.#epoch, ...deltas.flat().map(({ epoch }) => epoch));
      const all = store.replicated && moved;
      store.restore(
        (all ? deltas.slice(0, 1) : deltas).map((list) => list.map(({ bytes }) => bytes)),
        this.#epoch,
        oldest,
        all ? () => true : owns,
      );
    }
    // As in the engine, the first checkpoint after a change of parallelism holds all state.
    if (moved) this.#full = true;
    else this.#deltas = structuredClone(own?.keyed ?? {});
    const { operator } = this.#node;
    if (own?.operator !== undefined) operator.restore?.(unpack(own.operator));
    operator.restored?.();
  }

  /**
   * Gives it a record; event time is the clock's unless given, and its order is behind all before, also those before a restart.
   * With `input` it is one of another stream, by the option that names that. What the operator throws becomes a dead letter, as
   * in the engine.
   */
  push(row: Row, at: Partial<At> & { input?: string | undefined } = {}): this {
    const { time = this.clock.now(), key = null, order = this.#order, retract = false, input } = at;
    this.#order = Math.max(this.#order, order) + 1;
    Object.assign(this.#at, { time, order, key, retract });
    if (input === undefined) this.#node.push(row);
    else this.#node.other(input).push(row);
    return this;
  }

  /** Gives it records as examples write them, see {@link Example}. */
  feed(rows: readonly Row[]): this {
    for (const { $time, $key, $input, $retract, ...row } of rows) {
      const at = { key: ($key ?? null) as Key, retract: $retract === true, input: $input as string | undefined };
      this.push(row, $time === undefined ? at : { ...at, time: $time as number });
    }
    return this;
  }

  /** The watermark has come to `time`: runs all portions of that, then ends the batch. Gives how many portions it took. */
  watermark(time: number): number {
    let portions = 1;
    while (this.portion(time)) {
      assert(++portions < PORTIONS, 'a watermark comes to an end');
    }
    this.batchEnd();
    return portions;
  }

  /** The answers that have come are passed on, as in a turn after `wake`. */
  woken(): this {
    this.#node.operator.onWake?.(this.#node.output);
    return this.batchEnd();
  }

  /** Resolves when all records that wait for an answer from outside have theirs, and have been passed on. */
  async answered(): Promise<this> {
    for (this.woken(); this.pending; this.woken()) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    return this;
  }

  /** Whether records wait for an answer from outside. */
  get pending(): boolean {
    return this.#node.operator.pending?.() === true;
  }

  /** Whether it takes no more records for now. */
  get busy(): boolean {
    return this.#node.operator.busy?.() === true;
  }

  /** Another input has come to its end: runs all portions of that, then ends the batch. Gives how many it took. */
  otherEnd(input: string): number {
    let portions = 1;
    while (this.#node.otherEnd(input)) assert(++portions < PORTIONS, 'the end of an input comes to an end');
    this.batchEnd();
    return portions;
  }

  /** One portion of a watermark; true when there is another one. {@link watermark} runs them all. */
  portion(time: number): boolean {
    this.#node.watermark = time;
    return this.#node.operator.onWatermark?.(time, this.#node.output) === true;
  }

  /** The input has ended. */
  end(): number {
    return this.watermark(Number.POSITIVE_INFINITY);
  }

  /**
   * The clock has been looked at: runs all portions of what goes by it, or `most`, then ends the batch. Gives how many it took.
   */
  tick(most = PORTIONS): number {
    let portions = 1;
    while (this.#node.operator.onTick?.(this.clock.now(), this.#node.output) === true && portions < most) {
      assert(++portions < PORTIONS, 'a look at the clock comes to an end');
    }
    this.batchEnd();
    return portions;
  }

  batchEnd(): this {
    this.#node.operator.onBatchEnd?.(this.#node.output);
    return this;
  }

  /** A tenth of a second goes by without a record: what was held back for more of its kind comes out. */
  pause(): this {
    this.clock.advance(100);
    this.tick();
    return this.batchEnd();
  }

  /** A checkpoint's barrier. Gives the state as bytes; with `full` in one delta that holds everything. */
  snapshot({ full = false } = {}): OperatorState {
    const { operator, output, keyed } = this.#node;
    operator.onBatchEnd?.(output);
    operator.onBarrier?.(output);
    const epoch = ++this.#epoch;
    for (const [name, store] of keyed) {
      const { bytes, oldest } = store.checkpoint(epoch, full || this.#full);
      this.#deltas[name] = [...(this.#deltas[name] ?? []).filter((delta) => delta.epoch >= oldest), { epoch, bytes }];
    }
    this.#full = false;
    const state = operator.snapshot?.();
    return {
      subtask: this.#subtask,
      parallelism: this.#parallelism,
      epoch,
      order: this.#order,
      keyed: structuredClone(this.#deltas),
      operator: state === undefined ? undefined : pack(state),
    };
  }

  /** The rows that have come out since the last call, retractions marked as in examples. */
  take(): Row[] {
    return this.out.splice(0).map(shown);
  }

  get dead(): readonly DeadLetter[] {
    return this.#letters.all;
  }

  /** What it threw on records, as it was thrown. */
  get thrown(): readonly unknown[] {
    return this.#errors.thrown;
  }

  /** How many values its keyed states hold. */
  get keyedSize(): number {
    let size = 0;
    for (const store of this.#node.keyed.values()) size += store.size;
    return size;
  }

  /** Names of its keyed states. */
  get keyedNames(): string[] {
    return [...this.#node.keyed.keys()];
  }

  /** Closes it, and its answerer: that is what there is to wait for. */
  close(): Promise<void> {
    this.#node.operator.close?.();
    return this.#asking.close();
  }
}

/** A record as examples show it. */
export function shown({ row, retract }: Emitted): Row {
  return retract ? { ...row, $retract: true } : row;
}
