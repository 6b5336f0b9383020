import { expect, test } from 'vitest';
import { Outage } from '../../../../actors/lib/delivery/outage.ts';
import { type Patience, persist } from '../../../../actors/lib/delivery/persist.ts';
import { WeirError } from '../../../../src/base/errors.ts';
import { world as host } from './world.ts';

/** Patience by a clock of its own; `lasting` is no fault that passes. */
function patience(more: Partial<Patience> = {}) {
  const world = host();
  const made: Patience = {
    outage: new Outage('the system', world),
    now: world.now,
    closed: () => false,
    pause: async (ms) => void (world.at += ms),
    judge: (cause) => {
      const why = (cause as Error).message;
      return { passing: why !== 'lasting', error: new WeirError('WEIR_TEST', why, { cause }), why };
    },
    random: () => 1,
    ...more,
  };
  return { world, made };
}

/** Fails with each of the words, then gives `done`. */
function failing(...words: string[]) {
  let calls = 0;
  const task = async () => {
    const word = words[calls++];
    if (word !== undefined) throw new Error(word);
    return 'done';
  };
  return { task, calls: () => calls };
}

test('pauses grow twofold from 100 ms up to 5 s', async () => {
  const pauses: number[] = [];
  const { made } = patience({ pause: async (ms) => void pauses.push(ms) });
  expect(await persist(made, failing(...Array(9).fill('away')).task)).toBe('done');
  expect(pauses).toEqual([100, 200, 400, 800, 1600, 3200, 5000, 5000, 5000]);
});

test('what stays ends it at once, and what has been told of is over', async () => {
  const { made, world } = patience();
  const { task, calls } = failing(...Array(8).fill('away'), 'lasting', 'away');
  await expect(persist(made, task)).rejects.toMatchObject({ code: 'WEIR_TEST', message: 'lasting' });
  expect(calls()).toBe(9);
  expect(world.lines).toEqual(['warn the system: away; it is tried again', 'info the system answers again']);
});

test('who is out of patience does not say that the system answers', async () => {
  const { made, world } = patience({ forMs: 20_000 });
  await expect(persist(made, failing(...Array(99).fill('away')).task)).rejects.toThrow('away');
  expect(world.at).toBeGreaterThanOrEqual(20_000);
  expect(world.lines).toEqual(['warn the system: away; it is tried again']);
});

test('with two tries there is one pause', async () => {
  const { made, world } = patience({ tries: 2 });
  const { task, calls } = failing('away', 'away', 'away');
  await expect(persist(made, task)).rejects.toThrow('away');
  expect([calls(), world.at]).toEqual([2, 100]);
});

test('closed while it pauses it ends with what was wrong, and tries no more', async () => {
  let isClosed = false;
  const { made } = patience({ closed: () => isClosed, pause: async () => void (isClosed = true) });
  const { task, calls } = failing('away', 'broken off');
  await expect(persist(made, task)).rejects.toThrow('away');
  expect(calls()).toBe(1);
});

test('closed while it is asked it ends with what was wrong before', async () => {
  let isClosed = false;
  const { made } = patience({ closed: () => isClosed });
  const { task } = failing('away', 'broken off');
  let tries = 0;
  const closing = async () => {
    isClosed = tries++ === 1;
    return task();
  };
  await expect(persist(made, closing)).rejects.toThrow('away');
});
