import { expect, test } from 'vitest';
import { Batch } from '../../src/flow/batch.ts';
import { Chain } from '../../src/flow/chain.ts';
import { LocalChannel } from '../../src/flow/channel.ts';
import { Counters } from '../../src/flow/counters.ts';
import { LateJournal } from '../../src/flow/late-journal.ts';
import { Partitioner } from '../../src/flow/partitioner.ts';
import { SourceInput } from '../../src/flow/source-input.ts';
import type { At } from '../../src/stage/row.ts';
import { DriverErrors, Letters, scopeOf, slot } from '../../src/testkit/letters.ts';
import { MemoryDisk } from '../../src/testkit/memory-disk.ts';
import { VirtualClock } from '../../src/testkit/virtual-clock.ts';

/** A source of two splits in a chain with a channel behind it: `busy` gives what it is told to, `still` one record. */
async function rig() {
  const clock = new VirtualClock();
  const output = new LocalChannel();
  const at: At = { time: Number.NaN, order: Number.NaN, key: null, retract: false };
  const letters = new Letters(at);
  const scope = scopeOf(at, letters, () => {});
  const errors = new DriverErrors(scope, 'source', 'dead-letter', new Counters(slot()));
  const behind = new Partitioner('forward', [output], at, false, 0, errors);
  const given = { busy: [] as number[], still: [0] };
  const input = new SourceInput({
    reader: {
      open() {},
      poll(out) {
        const split = given.still.length > 0 ? 'still' : 'busy';
        const times = given[split].splice(0, 1000);
        for (const time of times) out.emit(split, { time }, time, time);
        return given.busy.length > 0 ? 'more' : 'wait';
      },
      positions: () => ({}),
    },
    intake: {},
    time: { outOfOrderMs: 0, idleMs: 1000 },
    clockTime: false,
    clock,
    at,
    head: behind,
    errors,
    counters: new Counters(slot()),
  });
  const listener = { part() {}, ended() {}, drained() {}, checkpoint() {}, failed() {} };
  const journal = new LateJournal(new MemoryDisk(), () => 'late', at, 0);
  const writers = { deadLetters: letters, lateLetters: letters, journal };
  const chain = new Chain({
    ...{ chain: 0, subtask: 0, at, clock, listener, wake() {}, full: false, ...writers },
    ...{ nodes: [], heads: [behind], outputs: [behind], source: { stage: 'source', input } },
  });
  await input.open(['busy', 'still'].map((id) => ({ id, position: undefined, maxTime: Number.NEGATIVE_INFINITY })));
  const run = () => {
    for (let i = 0; chain.step(); i++) if (i > 10_000) throw new Error('it never waits');
  };
  return {
    given,
    chain,
    /** Lets time pass; the host wakes it every 200 ms. */
    pass(ms: number) {
      for (let left = ms; left > 0; left -= 200) {
        clock.advance(Math.min(left, 200));
        run();
      }
    },
    /** The watermarks that have come out, and that of records only their number. */
    take() {
      const out = { records: 0, watermarks: [] as number[] };
      for (let message = output.take(); message !== undefined; message = output.take()) {
        if (message instanceof Batch) out.records += message.length;
        else if (message.kind === 'watermark') out.watermarks.push(message.time);
      }
      return out;
    },
  };
}

test('a split is idle when the source has had nothing for so long', async () => {
  const { given, pass, take } = await rig();
  given.busy.push(...Array.from({ length: 100 }, (_, i) => i));
  pass(1000);
  expect(take()).toEqual({ records: 101, watermarks: [-1] });
  pass(200);
  given.busy.push(100);
  pass(200);
  expect(take()).toEqual({ records: 1, watermarks: [99] });
});

test('a source that had nothing, and then no room, is not idle', async () => {
  const { given, pass, take } = await rig();
  pass(200);
  // As much as the channel takes: it is full, and for a minute nobody reads of it.
  given.busy.push(...Array.from({ length: 4200 }, (_, i) => i));
  pass(60_000);
  expect(take()).toEqual({ records: 4201, watermarks: [-1] });
  // `still` holds the watermark: it has been quiet for less than a second of the time in which it could be polled.
  given.busy.push(4200);
  pass(800);
  expect(take()).toEqual({ records: 1, watermarks: [] });
  pass(400);
  given.busy.push(4201);
  pass(200);
  expect(take()).toEqual({ records: 1, watermarks: [4199, 4200] });
});
