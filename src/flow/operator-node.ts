import { hashText } from '../base/hash.ts';
import { jsonOf } from '../base/json.ts';
import { keyValues } from '../stage/key.ts';
import type { KeyedState, KeyedStateOptions } from '../stage/keyed-state.ts';
import type { Operator, OperatorContext, Output } from '../stage/operator.ts';
import type { At, Key, Row } from '../stage/row.ts';
import { KeyedStore } from '../state/keyed.ts';
import type { Clock } from '../world/clock.ts';
import type { Leader } from './batch.ts';
import type { ChainScope, Consumer, ErrorHandler } from './consumer.ts';
import type { Counters } from './counters.ts';

/** Where an operator's records go, counted. */
export class NodeOutput implements Output {
  readonly #at: At;
  readonly #next: Consumer;
  readonly #sides: ReadonlyMap<string, Consumer>;
  readonly #counters: Counters;

  constructor(at: At, next: Consumer, sides: ReadonlyMap<string, Consumer>, counters: Counters) {
    this.#at = at;
    this.#next = next;
    this.#sides = sides;
    this.#counters = counters;
  }

  emit(row: Row): void {
    this.#counters.out++;
    this.#next.push(row);
  }

  emitAt(row: Row, time: number, order: number, key: Key): void {
    this.#pass(row, time, order, key, false);
  }

  retract(row: Row, time: number, order: number, key: Key): void {
    this.#pass(row, time, order, key, true);
  }

  #pass(row: Row, time: number, order: number, key: Key, retract: boolean): void {
    const at = this.#at;
    const { time: t, order: o, key: k, retract: r } = at;
    at.time = time;
    at.order = order;
    at.key = key;
    at.retract = retract;
    this.emit(row);
    at.time = t;
    at.order = o;
    at.key = k;
    at.retract = r as boolean;
  }

  side(name: string, row: Row): void {
    this.#sides.get(name)?.push(row);
  }

  /** Whether a side output has a reader. */
  reads(name: string): boolean {
    return this.#sides.has(name);
  }
}

/** Tells the records of several sources that have the same order apart. */
function hashOf(row: Row): number {
  try {
    return hashText(jsonOf(row) ?? '');
  } catch {
    return 0;
  }
}

/** What an operator needs to be made. */
export interface OperatorPlace {
  number: number;
  /** Its id. */
  stage: string;
  /** How much longer its windows stay open. */
  allowedLatenessMs: number;
  keyNames: readonly string[];
  subtask: number;
  parallelism: number;
  userCode: boolean;
  retractions: boolean;
  updating: boolean;
  othersUpdating: boolean;
  clocked: boolean;
  epoch: number;
  /** Asks the stage's answerer. */
  ask: (question: unknown) => Promise<unknown>;
  /** Asks for a turn of the chain. */
  wake: () => void;
}

/** An operator within a chain: its state, its output, its errors. */
export class OperatorNode implements Consumer {
  readonly keyed = new Map<string, KeyedStore<unknown>>();
  readonly counters: Counters;
  readonly output: NodeOutput;
  readonly context: OperatorContext;
  watermark = Number.NEGATIVE_INFINITY;
  /** Where that watermark came from. */
  leader: Leader | undefined;
  operator!: Operator;
  readonly #errors: ErrorHandler;
  readonly #watch: (push: (row: Row) => void) => (row: Row) => void;

  constructor(
    place: OperatorPlace,
    scope: ChainScope,
    clock: Clock,
    errors: ErrorHandler,
    counters: Counters,
    output: NodeOutput,
  ) {
    this.counters = counters;
    this.output = output;
    this.#errors = errors;
    this.context = this.#makeContext(place, scope, clock);
    this.#watch = place.userCode ? (push) => this.#watched(place.number, scope, push) : (push) => push;
    if (place.userCode) this.push = this.#watch((row) => OperatorNode.prototype.push.call(this, row));
  }

  push(row: Row): void {
    this.counters.in++;
    try {
      this.operator.onRecord(row, this.output);
    } catch (error) {
      this.#errors.failed(row, error);
    }
  }

  /** Takes the records of another input. */
  other(input: string): Consumer {
    const push = (row: Row) => {
      this.counters.in++;
      try {
        this.operator.onOther?.(input, row, this.output);
      } catch (error) {
        this.#errors.failed(row, error);
      }
    };
    return { push: this.#watch(push) };
  }

  /** Another input has come to its end. True asks to be told again. */
  otherEnd(input: string): boolean {
    return this.operator.onOtherEnd?.(input, this.output) === true;
  }

  /** User code may hang or end the thread: the pulse says at which record, and a record that did so twice is put aside. */
  #watched(number: number, scope: ChainScope, push: (row: Row) => void): (row: Row) => void {
    const { pulse, at } = scope;
    const quarantine = scope.quarantine.get(number);
    return (row) => {
      const aside = quarantine?.get(at.order);
      const hash = aside === undefined ? -1 : hashOf(row);
      if (aside?.has(hash)) {
        this.counters.in++;
        this.#errors.deadLetter(row, 'WEIR_QUARANTINED', 'its thread hung or ended twice at this record');
        return;
      }
      const outer = pulse[2] as number;
      const outerOrder = pulse[3] as number;
      const outerHash = pulse[4] as number;
      pulse[3] = at.order;
      pulse[4] = hash;
      pulse[2] = number;
      push(row);
      pulse[2] = outer;
      pulse[3] = outerOrder;
      pulse[4] = outerHash;
    };
  }

  #makeContext(place: OperatorPlace, scope: ChainScope, clock: Clock): OperatorContext {
    const node = this;
    return {
      at: scope.at,
      subtask: place.subtask,
      parallelism: place.parallelism,
      keyNames: place.keyNames,
      keyValues: (key) => keyValues(key, place.keyNames),
      keyed<T>(name: string, options: KeyedStateOptions<T>): KeyedState<T> {
        const store = new KeyedStore<T>(options);
        node.keyed.set(name, store as KeyedStore<unknown>);
        return store;
      },
      retractions: place.retractions,
      updating: place.updating,
      othersUpdating: place.othersUpdating,
      clocked: place.clocked,
      epoch: place.epoch,
      reads: (side) => this.output.reads(side),
      get watermark() {
        return node.watermark;
      },
      late(row, windowEnd, out) {
        node.counters.late++;
        const { stage, allowedLatenessMs } = place;
        scope.journal?.add(stage, row, windowEnd, allowedLatenessMs, node.watermark, node.leader);
        out.side('late', row);
      },
      deadLetter: (row, code, reason) => this.#errors.deadLetter(row, code, reason),
      now: () => clock.now(),
      after: (ms, task) => clock.after(ms, task),
      ask: place.ask,
      wake: place.wake,
      log: (level, text) => scope.log(level, place.stage, text),
    };
  }
}
