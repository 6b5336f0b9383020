import { expect, test } from 'vitest';
import { Aligner } from '../../src/flow/aligner.ts';
import { Batch } from '../../src/flow/batch.ts';
import { LocalChannel } from '../../src/flow/channel.ts';
import { frameCodec } from '../../src/flow/frame.ts';
import { simDisk } from '../../src/sim/disk.ts';
import { drive } from '../../src/sim/drain.ts';
import type { FaultKind } from '../../src/sim/fault.ts';
import { type Scenario, smallScenario } from '../../src/sim/scenario.ts';
import { Actor } from '../../src/sim/schedule.ts';
import { simulate } from '../../src/sim/simulate.ts';
import { createMachine } from '../../src/sim/world.ts';
import { KeyedStore } from '../../src/state/keyed.ts';
import { pack } from '../../src/state/pack.ts';
import { CheckpointStore, type Manifest } from '../../src/state/store.ts';
import { testInTurn } from '../support/thorough.ts';

/** What the simulator has found, each in the shortest form that shows it. */

test('a long batch of rows can be followed by another', () => {
  const codec = frameCodec(undefined);
  // Longer than the codec's first buffer, by a number of bytes that is odd or even as may be.
  for (let length = 70_000; length < 70_008; length++) {
    const batch = new Batch();
    batch.rows.push({ text: 'x'.repeat(length) });
    batch.times = [1];
    batch.orders = [2];
    for (let i = 0; i < 2; i++) {
      expect(codec.decode(codec.encode(batch).slice())).toMatchObject({ message: { rows: batch.rows } });
    }
  }
});

/** A topology with a sink of each kind, whose input ends while there is much to commit. */
const ending = (seed: string): Scenario => ({
  ...smallScenario(seed),
  branches: ['totals', 'sessions', 'copy'],
  pauseMs: 2,
  checkpointMs: 10,
});

/** Runs with one fault at some of the steps of a run without. */
async function strikeAt(scenario: Scenario, kind: FaultKind, stepsOf: (steps: number) => number[]): Promise<void> {
  const { steps } = await simulate({ seed: 'b', scenario, faults: [] });
  for (const step of stepsOf(steps)) {
    const { failure, processes } = await simulate({ seed: 'b', scenario, faults: [{ kind, step }] });
    expect(failure?.what, `${kind}:${step}`).toBeUndefined();
    // What a restart mends must not end the process.
    if (kind === 'disk' || kind === 'host-exit') expect(processes, `${kind}:${step}`).toBe(1);
  }
}

const last = (count: number) => (steps: number) => Array.from({ length: count }, (_, i) => steps - count + 1 + i);
const every = (nth: number) => (steps: number) =>
  Array.from({ length: Math.floor(steps / nth) - 4 }, (_, i) => 30 + i * nth);

test('no checkpoint is written behind the manifest that says that all is over', async () => {
  for (const seed of ['a', 'b', 'c', 'd', 'e', 'f']) {
    const scenario = { ...smallScenario(seed), checkpointMs: 1, diskMs: 1 };
    const { failure } = await simulate({ seed, scenario, faults: [] });
    expect(failure?.what, seed).toBeUndefined();
  }
});

test('a host that falls while the sinks finish changes nothing', () => strikeAt(ending('e'), 'host-exit', last(30)));

test('a failed commit is not repeated while the others still run, nor is the process given up for it', () =>
  strikeAt(ending('e'), 'disk', every(15)));

testInTurn('sinks that were cut short while they finished do so again, and nothing else', async () => {
  const scenario: Scenario = { ...ending('b'), branches: ['totals'] };
  await strikeAt(scenario, 'power', last(25));
  await strikeAt(scenario, 'kill', last(25));
});

testInTurn(
  'a sink that cannot prepare while dead letters are written fails its chain, and nothing is left unhandled',
  () => {
    const small = smallScenario('b');
    const input = { ...small.input, lanes: 1, groups: 1, count: 80, fatEvery: 1, fatBytes: 20_000 };
    const scenario: Scenario = { ...small, input, branches: ['copy'], hosts: 1, batch: 20, checkpointMs: 20 };
    return strikeAt(scenario, 'disk', () => Array.from({ length: 30 }, (_, i) => 10 + i));
  },
);

test('an input at its end does not end the time of one that is only idle', () => {
  const [ends, rests] = [new LocalChannel(), new LocalChannel()];
  const aligner = new Aligner([ends, rests]);
  const steps = () => {
    const found: unknown[] = [];
    for (let step = aligner.next(); step !== undefined; step = aligner.next()) found.push(step);
    return found;
  };
  rests.send({ kind: 'watermark', time: 5 });
  rests.send({ kind: 'idle' });
  ends.send({ kind: 'watermark', time: Number.POSITIVE_INFINITY });
  ends.send({ kind: 'end' });
  expect(steps()).toEqual([{ kind: 'watermark', time: 5 }, { kind: 'idle' }]);
  rests.send({ kind: 'watermark', time: 7 });
  expect(steps()).toEqual([{ kind: 'watermark', time: 7 }]);
  rests.send({ kind: 'watermark', time: Number.POSITIVE_INFINITY });
  rests.send({ kind: 'end' });
  expect(steps()).toEqual([{ kind: 'watermark', time: Number.POSITIVE_INFINITY }, { kind: 'end' }]);
});

test('what was dropped does not come back with the entries that a checkpoint carries along', () => {
  const create = () => new KeyedStore<number>({ create: () => 0 });
  const store = create();
  for (let key = 0; key < 600; key++) store.set(1, key, key);
  const deltas = [store.checkpoint(1), store.checkpoint(2)];
  // The second one has stopped its sweep within this namespace.
  store.drop(1);
  deltas.push(store.checkpoint(3));
  const again = create();
  again.restore([deltas.map(({ bytes }) => bytes)], 3, 1, () => true);
  expect(again.size).toBe(0);
});

test('a subtask that is new does not get what one of its number kept before the last change of parallelism', async () => {
  const machine = createMachine('found', smallScenario('found'));
  const disk = simDisk(machine, new Actor('main'));
  const check = async () => {
    const store = await CheckpointStore.open(disk, 'state');
    const part = (subtask: number) => ({ stage: 's', subtask, keyed: [], operator: pack(subtask) });
    await store.write({ epoch: 1 } as Manifest, [part(0), part(1), part(2)], false);
    await store.write({ epoch: 2 } as Manifest, [part(0)], true);
    return Object.keys((await store.stage('s')).operator);
  };
  let over = false;
  const found = check().finally(() => {
    over = true;
  });
  await drive(() => {
    machine.schedule.take()?.task();
    return !over;
  });
  expect(await found).toEqual(['0']);
});
