import type { At, Key, KeyedState, Operator, OperatorContext, Output, Row } from '#stage';
import { Progress } from '../window/progress.ts';
import { Timers } from '../window/timers.ts';
import { DueKeys } from './due-keys.ts';
import { inTime } from './in-time.ts';
import { decodeKept, encodeKept, type Kept } from './kept.ts';
import type { Pairing } from './pairing.ts';

/** Records that one turn joins. */
const PORTION = 1000;

interface Versions {
  /** Records that wait for the watermark. */
  waiting: Kept[];
  /** By event time: those to come and the last one before the watermark. */
  versions: Kept[];
}

/**
 * Joins each record with the version of the other stream's row that was valid at its event time: the last one at or before
 * it. Records wait until the watermark says that no earlier version can come, so the result depends on event times alone.
 */
export class TemporalJoin implements Operator {
  readonly #pairing: Pairing;
  readonly #kind: 'inner' | 'left';
  readonly #context: OperatorContext;
  readonly #at: At;
  readonly #state: KeyedState<Versions>;
  readonly #waiting = new Timers<{ key: Key; one: Kept }>();
  readonly #due = new DueKeys();
  readonly #watermark: Progress;

  constructor(pairing: Pairing, kind: 'inner' | 'left', context: OperatorContext) {
    this.#pairing = pairing;
    this.#kind = kind;
    this.#context = context;
    this.#at = context.at;
    this.#watermark = new Progress(context);
    this.#state = context.keyed<Versions>('versions', {
      create: () => ({ waiting: [], versions: [] }),
      encode: ({ waiting, versions }) => [waiting.map(encodeKept), versions.map(encodeKept)],
      decode: (data) => {
        const [waiting, versions] = data as [unknown[], unknown[]];
        return { waiting: waiting.map(decodeKept), versions: versions.map(decodeKept) };
      },
    });
  }

  onRecord(row: Row, out: Output): void {
    const { time, order } = this.#at;
    const key = this.#pairing.leftKey(row, this.#at);
    if (!inTime(row, time, this.#context, this.#watermark, out)) return;
    const one: Kept = { row, time, order };
    this.#state.update(0, key).waiting.push(one);
    this.#waiting.add(time, { key, one }, order);
  }

  onOther(_input: string, row: Row, out: Output): void {
    const { time, order } = this.#at;
    const key = this.#pairing.rightKey(row, this.#at);
    if (key === undefined || !inTime(row, time, this.#context, this.#watermark, out)) return;
    const { versions } = this.#state.update(0, key);
    let i = versions.length;
    while (i > 0 && isAfter(versions[i - 1] as Kept, time, order)) i--;
    versions.splice(i, 0, { row, time, order });
    this.#due.add(key, time);
  }

  onWatermark(time: number, out: Output): boolean {
    this.#watermark.advance(time);
    for (let done = 0; this.#waiting.next <= time; done++) {
      if (done === PORTION) return true;
      const { key, one } = this.#waiting.take() as { key: Key; one: Kept };
      this.#join(key, one, out);
    }
    // Behind the end of the input nothing is asked for.
    if (time === Number.POSITIVE_INFINITY) this.#state.drop(0);
    for (let done = 0; time < Number.POSITIVE_INFINITY; done++) {
      if (done === PORTION) return true;
      const key = this.#due.take(time);
      if (key === undefined) return false;
      this.#forget(key, time);
    }
    return false;
  }

  #join(key: Key, one: Kept, out: Output): void {
    const state = this.#state.update(0, key);
    state.waiting.splice(
      state.waiting.findIndex((each) => each.order === one.order && each.time === one.time),
      1,
    );
    const found = state.versions.findLast(({ time }) => time <= one.time);
    if (found !== undefined && this.#pairing.holds(one, found)) this.#pairing.emit(out, one, found, one.time, key);
    else if (this.#kind === 'left') this.#pairing.emit(out, one, null, one.time, key);
    if (state.waiting.length === 0 && state.versions.length === 0) this.#state.delete(0, key);
  }

  /** Of the versions before the watermark only the last can still be asked for. */
  #forget(key: Key, time: number): void {
    const state = this.#state.update(0, key);
    const last = state.versions.findLastIndex((version) => version.time <= time);
    if (last > 0) state.versions.splice(0, last);
    const second = state.versions[1];
    if (second !== undefined) this.#due.add(key, second.time);
  }

  restored(): void {
    this.#watermark.restored();
    for (const [key, { waiting, versions }] of this.#state.entries(0)) {
      for (const one of waiting) this.#waiting.add(one.time, { key, one }, one.order);
      for (const { time } of versions) if (time > this.#watermark.time) this.#due.add(key, time);
    }
  }
}

function isAfter(a: { time: number; order: number }, time: number, order: number): boolean {
  return a.time === time ? a.order > order : a.time > time;
}
