import type { Key, KeyedState, OperatorContext, Output, Row } from '#stage';
import type { Held } from '../ordered/held-records.ts';
import { inOrder } from '../window/in-order.ts';
import type { Instance } from './instance.ts';
import type { Model } from './model.ts';
import { type Published, published } from './published.ts';

/** From one report of changed models to those who serve them to the next, and how many of them there are in one. */
export const SERVE_EVERY_MS = 1000;
const REPORTED = 100;
/** Models that are put in order in a turn. */
const PORTION = 1000;

interface Options {
  name: string;
  publish: number;
  serve: number | undefined;
}

/** Where models leave a learner: the side output `model`, and whoever serves them over HTTP. */
export class Outlet<M extends Model> {
  readonly #o: Options;
  readonly #kind: string;
  readonly #context: OperatorContext;
  readonly #state: KeyedState<Instance<M>>;
  /** Keys whose models have changed since they were reported. */
  readonly #changed = new Set<Key>();
  readonly #read: boolean;
  #reported = 0;

  constructor(options: Options, kind: string, context: OperatorContext, state: KeyedState<Instance<M>>) {
    this.#o = options;
    this.#kind = kind;
    this.#context = context;
    this.#state = state;
    this.#read = context.reads('model');
  }

  /** A model has learned from a record. */
  learned(instance: Instance<M>, { key, time, order }: Held<unknown>, out: Output): void {
    if (this.#o.serve !== undefined) this.#changed.add(key);
    if (!this.#read) return;
    instance.time = time;
    instance.order = order;
    if (this.#o.publish > 0 && instance.model.rows % this.#o.publish === 0) this.#publish(instance, key, out);
  }

  #publish(instance: Instance<M>, key: Key, out: Output): void {
    const { time, order } = instance;
    Object.assign(this.#context.at, { time, order, key, retract: false });
    out.side('model', { ...this.#record(instance, key) });
  }

  #record(instance: Instance<M>, key: Key): Published {
    const { keyNames } = this.#context;
    const values = keyNames.length === 0 ? [] : this.#context.keyValues(key);
    const keyed =
      keyNames.length === 0 ? null : Object.fromEntries(keyNames.map((name, i) => [name, values[i] ?? null]));
    return published(this.#kind, this.#o.name, key, keyed, instance);
  }

  /** The end of the input: every model in its last form, one a turn. */
  *last(out: Output): Generator<void> {
    while (this.#changed.size > 0) {
      this.#report();
      yield;
    }
    if (!this.#read) return;
    // In an order that does not change with a restart.
    for (const [key, instance] of yield* inOrder(this.#state.entries(0), PORTION)) {
      if (instance.model.rows === 0) continue;
      this.#publish(instance, key, out);
      yield;
    }
  }

  /** A model that has come and is not learned on: it is served as it is. */
  passOn(row: Row): void {
    if (this.#o.serve !== undefined) this.#context.ask([{ ...row, name: this.#o.name }]).catch(() => {});
  }

  tick(now: number): void {
    if (this.#changed.size === 0 || now - this.#reported < SERVE_EVERY_MS) return;
    this.#reported = now;
    this.#report();
  }

  #report(): void {
    const records: Published[] = [];
    for (const key of this.#changed) {
      this.#changed.delete(key);
      const instance = this.#state.peek(0, key);
      if (instance !== undefined) records.push(this.#record(instance, key));
      if (records.length === REPORTED) break;
    }
    // Nobody waits for the answer; and behind a restart all is reported anew.
    this.#context.ask(records).catch(() => {});
  }

  restored(): void {
    if (this.#o.serve === undefined) return;
    for (const [key] of this.#state.entries(0)) this.#changed.add(key);
  }
}
