import type { OperatorDefinition } from '../../../src/stage/definition.ts';
import type { Operator, OperatorContext, Output } from '../../../src/stage/operator.ts';
import type { At, Key, Row } from '../../../src/stage/row.ts';
import { KeyedStore } from '../../../src/state/keyed.ts';
import { pack, unpack } from '../../../src/state/pack.ts';
import { materializeSync } from '../../../src/topology/options.ts';

/** A record that came out, with what the engine knows of it. */
export interface Emitted {
  row: Row;
  time: number;
  order: number;
  key: Key;
}

export interface Saved {
  keyed: Record<string, Uint8Array>;
  operator: Uint8Array | undefined;
}

export interface RigOptions {
  keyNames?: readonly string[];
  half?: 'partial';
  /** Go on from here. */
  from?: Saved;
}

/** One instance of an operator with the engine's keyed state, driven by hand. */
export class OperatorRig {
  readonly at: At = { time: Number.NaN, order: Number.NaN, key: null };
  readonly out: Emitted[] = [];
  readonly sides: { name: string; row: Row }[] = [];
  readonly late: { row: Row; windowEnd: number }[] = [];
  readonly dead: { row: unknown; code: string }[] = [];
  readonly logged: string[] = [];
  readonly operator: Operator;
  readonly stores = new Map<string, KeyedStore<unknown>>();
  #epoch = 1;
  #order = 0;
  readonly #output: Output;

  constructor(definition: OperatorDefinition<any>, raw: Record<string, unknown>, options: RigOptions = {}) {
    const { keyNames = [], half, from } = options;
    const { at, out, sides } = this;
    this.#output = {
      emit: (row) => out.push({ row, time: at.time, order: at.order, key: at.key }),
      emitAt: (row, time, order, key) => out.push({ row, time, order, key }),
      side: (name, row) => sides.push({ name, row }),
    };
    const context: OperatorContext = {
      at,
      subtask: 0,
      parallelism: 1,
      keyNames,
      keyValues: (key) =>
        keyNames.length > 1 ? (JSON.parse(key as string) as unknown[]) : keyNames.length ? [key] : [],
      keyed: (name, keyedOptions) => {
        const store = new KeyedStore(keyedOptions);
        this.stores.set(name, store as KeyedStore<unknown>);
        return store;
      },
      watermark: Number.NEGATIVE_INFINITY,
      late: (row, windowEnd, output) => {
        this.late.push({ row, windowEnd });
        output.side('late', row);
      },
      deadLetter: (row, code) => this.dead.push({ row, code }),
      now: () => 0,
      log: (_, text) => this.logged.push(text),
    };
    const create = half === 'partial' ? definition.partial : definition.create;
    this.operator = create!.call(definition, materializeSync(definition.options, raw), context);
    if (from) this.#restore(from);
  }

  #restore({ keyed, operator }: Saved): void {
    for (const [name, store] of this.stores) store.restore([[keyed[name]!]], 1, 1, () => true);
    if (operator) this.operator.restore?.(unpack(operator));
    this.operator.restored?.();
  }

  /** A record. What the operator throws becomes a dead letter, as in the engine. */
  push(row: Row, time = 0, key: Key = null, order = this.#order++): this {
    Object.assign(this.at, { time, order, key });
    try {
      this.operator.onRecord(row, this.#output);
    } catch (error) {
      this.dead.push({ row, code: (error as { code?: string }).code ?? 'WEIR_STAGE_THREW' });
    }
    return this;
  }

  /** The watermark, in as many portions as it takes. Gives their number. */
  watermark(time: number): number {
    let portions = 1;
    while (this.operator.onWatermark?.(time, this.#output) === true) portions++;
    this.batchEnd();
    return portions;
  }

  batchEnd(): this {
    this.operator.onBatchEnd?.(this.#output);
    return this;
  }

  /** A barrier, and the state behind it. */
  save(): Saved {
    this.batchEnd();
    this.operator.onBarrier?.(this.#output);
    const keyed: Record<string, Uint8Array> = {};
    for (const [name, store] of this.stores) keyed[name] = store.checkpoint(this.#epoch, true).bytes;
    this.#epoch++;
    const state = this.operator.snapshot?.();
    return { keyed, operator: state === undefined ? undefined : pack(state) };
  }

  /** The rows that have come out since the last call. */
  take(): Row[] {
    return this.out.splice(0).map(({ row }) => row);
  }
}
