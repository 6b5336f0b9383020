import { expect, test } from 'vitest';
import type { ErrorHandler } from '../../src/flow/consumer.ts';
import { Counters, SLOT_SIZE } from '../../src/flow/counters.ts';
import { SourceInput } from '../../src/flow/source-input.ts';
import type { SourceOutput } from '../../src/stage/source.ts';
import { ChainRig } from './chain-rig.ts';

const NUMBERS = Array.from({ length: 20 }, (_, n) => ({ n }));

test('a batch whose records take long is cut into turns, and what comes behind it stays behind', () => {
  const seen: number[] = [];
  const rig: ChainRig = new ChainRig(() => ({
    onRecord(row, out) {
      rig.clock.advance(20);
      seen.push(rig.at.time);
      out.emit(row);
    },
  }));
  rig.batch(...NUMBERS).send({ kind: 'barrier', epoch: 1 });
  let longest = 0;
  for (;;) {
    const begun = rig.clock.monotonic();
    const more = rig.chain.step();
    longest = Math.max(longest, rig.clock.monotonic() - begun);
    if (!more) break;
  }
  expect(longest).toBeLessThan(100);
  expect(seen).toEqual(NUMBERS.map(({ n }) => n));
  expect(rig.take()).toEqual([...NUMBERS, 'barrier 1']);
});

test('quick records pass in one turn', () => {
  const rig: ChainRig = new ChainRig(() => ({ onRecord: (row, out) => out.emit(row) }));
  rig.batch(...NUMBERS);
  expect(rig.chain.step()).toBe(true);
  expect(rig.chain.step()).toBe(false);
  expect(rig.take()).toEqual(NUMBERS);
});

test('a poll whose records take long gives them in turns, and its end behind them', async () => {
  let now = 0;
  let polls = 0;
  const seen: unknown[] = [];
  const at = { time: 0, order: 0, key: null, retract: false };
  const input = new SourceInput({
    reader: {
      open() {},
      poll(out: SourceOutput) {
        polls++;
        for (const { n } of NUMBERS) out.emit('0', { n }, n, 100 + n);
        return 'end';
      },
      positions: () => ({ 0: polls }),
    },
    intake: {},
    time: undefined,
    clockTime: false,
    clock: { now: () => now, monotonic: () => now, after: () => () => {}, defer() {} },
    at,
    head: {
      push(row) {
        now += 20;
        seen.push([row.n, at.order, at.time]);
      },
    },
    errors: undefined as unknown as ErrorHandler,
    counters: new Counters(new Float64Array(SLOT_SIZE)),
  });
  await input.open([{ id: '0', position: undefined, maxTime: Number.NEGATIVE_INFINITY }]);
  expect(input.next()).toBe('polled');
  expect(input.done).toBe(false);
  let turns = 0;
  for (; input.behind; turns++) {
    const begun = now;
    input.catchUp();
    expect(now - begun).toBeLessThan(100);
  }
  expect(turns).toBeGreaterThan(3);
  expect(input.next()).toEqual({ kind: 'end' });
  expect(seen).toEqual(NUMBERS.map(({ n }) => [n, n, 100 + n]));
  expect(polls).toBe(1);
});
