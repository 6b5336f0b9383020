import { isTime, type Key, type KeyedState, type OperatorContext, WeirError } from '#stage';
import { inOrder } from '../window/in-order.ts';
import { OpenTimes } from '../window/timers.ts';

/** Timers that go off in one turn. */
const PORTION = 1000;

/** Timers of keys, part of the keyed state: one per key and time. What is due at once goes off in the order of what set it. */
export class KeyTimers {
  /** Namespaces are the times. */
  readonly #state: KeyedState<{ order: number }>;
  readonly #times = new OpenTimes();
  #firing: Generator<void> | undefined;
  /** The time of the timer that is going off. */
  #current = Number.NEGATIVE_INFINITY;
  #over = false;

  constructor(context: OperatorContext, name: string) {
    this.#state = context.keyed(name, {
      create: () => ({ order: 0 }),
      encode: ({ order }) => order,
      decode: (order) => ({ order: order as number }),
    });
  }

  /** Throws `WEIR_TIMER` for what is no time, and for a timer that sets one which is not later: it would never end. */
  set(time: number, key: Key, order: number): void {
    if (!isTime(time)) throw new WeirError('WEIR_TIMER', `${String(time)} is no time for a timer`);
    if (time <= this.#current) {
      throw new WeirError('WEIR_TIMER', `the timer of ${this.#current} set one of ${time}, which is not later`);
    }
    // At the end of time each timer goes off once more, or one that always sets the next would never end.
    if (this.#over || this.#state.peek(time, key) !== undefined) return;
    this.#state.set(time, key, { order });
    this.#times.add(time);
  }

  delete(time: number, key: Key): void {
    this.#state.delete(time, key);
  }

  /** Lets go off what is due until then, at most 1,000; true when there is more. */
  fire(until: number, goOff: (time: number, key: Key, order: number) => void): boolean {
    this.#over = until === Number.POSITIVE_INFINITY;
    this.#firing ??= this.#run(until, goOff);
    if (!this.#firing.next().done) return true;
    this.#firing = undefined;
    return false;
  }

  *#run(until: number, goOff: (time: number, key: Key, order: number) => void): Generator<void> {
    let done = 0;
    while (this.#times.min <= until) {
      const time = this.#times.min;
      for (const [key, { order }] of yield* inOrder(this.#state.entries(time), PORTION)) {
        // Another one may have deleted it, and a checkpoint may come between two portions: what is left has not gone off.
        if (this.#state.peek(time, key) === undefined) continue;
        this.#state.delete(time, key);
        this.#current = time;
        goOff(time, key, order);
        this.#current = Number.NEGATIVE_INFINITY;
        if (++done < PORTION) continue;
        done = 0;
        yield;
      }
      const [more] = this.#state.entries(time);
      if (more === undefined) this.#times.takeMin();
    }
  }

  restored(): void {
    for (const time of this.#state.namespaces()) this.#times.add(time);
  }
}
