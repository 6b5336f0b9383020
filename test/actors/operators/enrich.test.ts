import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import enrich from '../../../actors/operators/enrich.ts';
import { topology } from '../../../src/index.ts';
import { COLLECTING_SINK, collected, OperatorDriver, SCRIPTED_SOURCE } from '../../../src/testkit/index.ts';

const options = { with: 'users', on: 'user == id', as: 'name', select: { n: 'n', name: 'name.name' } };
const side = { input: 'with' };
type Given = { user: number } | { id: number; name: number; time: number; retract: boolean };
const given = fc.array<Given>(
  fc.oneof(
    fc.record({ user: fc.nat(3) }),
    fc.record({ id: fc.nat(3), name: fc.nat(99), time: fc.nat(9), retract: fc.boolean() }),
  ),
  { maxLength: 30 },
);

test('each record finds the latest record that has come by then, over restarts', () => {
  fc.assert(
    fc.property(given, fc.nat(30), (list, restart) => {
      let driver = new OperatorDriver(enrich, options);
      const table = new Map<number, { name: number; time: number }>();
      const expected: object[] = [];
      const out: object[] = [];
      for (const [n, one] of list.entries()) {
        if (n === restart) {
          out.push(...driver.take());
          driver = new OperatorDriver(enrich, options, { from: driver.snapshot() });
        }
        if ('user' in one) {
          expected.push({ n, name: table.get(one.user)?.name ?? null });
          driver.push({ n, user: one.user });
          continue;
        }
        const { id, name, time, retract } = one;
        const known = table.get(id);
        // A retraction takes back what stands there, or is of an older one that has been replaced.
        if (retract) {
          driver.push({ id, name: known?.name ?? name }, { ...side, time, retract });
          table.delete(id);
        } else {
          driver.push({ id, name }, { ...side, time });
          if (known === undefined || time >= known.time) table.set(id, { name, time });
        }
      }
      expect([...out, ...driver.take()]).toEqual(expected);
    }),
    {
      // Of two of the same time the later one counts, also when a restart lies between them.
      examples: [0, 1].map((name): [Given[], number] => [
        [
          { id: 0, name: 0, time: 0, retract: false },
          { id: 0, name: 0, time: 7, retract: false },
          { id: 0, name: name === 0 ? 1 : 0, time: 7, retract: false },
          { user: 0 },
        ],
        2,
      ]),
    },
  );
});

test('subtasks that get the other stream in another order hold the same', () => {
  const rows = [1, 3, 2].map((time) => ({ id: 1, name: `at ${time}`, time }));
  for (const order of [rows, [...rows].reverse()]) {
    const driver = new OperatorDriver(enrich, options);
    for (const { time, ...row } of order) driver.push(row, { ...side, time, order: time });
    expect(driver.push({ user: 1 }).take()).toEqual([{ n: null, name: 'at 3' }]);
  }
});

test('a retraction of a record that is not the latest takes nothing out', () => {
  const driver = new OperatorDriver(enrich, options);
  driver.push({ id: 1, name: 'old' }, side).push({ id: 1, name: 'new' }, side);
  driver.push({ id: 1, name: 'old' }, { ...side, retract: true }).push({ n: 1, user: 1 });
  expect(driver.take()).toEqual([{ n: 1, name: 'new' }]);
});

test('null matches nothing, in a part of the key neither', () => {
  const driver = new OperatorDriver(enrich, { with: 'users', on: ['a', 'b'], as: 'x', required: true });
  driver.push({ a: null, b: 1, x: 1 }, side).push({ a: 1, b: 1, x: 2 }, side);
  driver.push({ a: null, b: 1 }).push({ b: 1 }).push({ a: 1, b: 1 });
  expect(driver.take()).toEqual([{ a: 1, b: 1, x: { a: 1, b: 1, x: 2 } }]);
  expect(driver.sides).toEqual([
    { name: 'unmatched', row: { a: null, b: 1 } },
    { name: 'unmatched', row: { b: 1 } },
  ]);
});

test('more keys than it may hold are dead letters, and known ones are still renewed', () => {
  const driver = new OperatorDriver(enrich, { ...options, rows: 1 });
  for (const [id, name] of [
    [1, 'a'],
    [2, 'b'],
    [1, 'c'],
  ])
    driver.push({ id, name }, side);
  expect(driver.dead).toMatchObject([{ code: 'WEIR_TABLE_FULL', input: { id: 2 } }]);
  expect(driver.push({ user: 1 }).take()).toEqual([{ n: null, name: 'c' }]);
});

describe('waiting', () => {
  const waiting = { ...options, wait: true };

  test('gives all records in the order in which they came, in portions, at the end of the other stream', () => {
    const driver = new OperatorDriver(enrich, waiting);
    for (let n = 0; n < 2500; n++) driver.push({ n, user: n % 2 }, { time: n, key: 'k' });
    driver.push({ id: 1, name: 'Ann' }, side).watermark(5000);
    expect(driver.out).toEqual([]);
    expect(driver.otherEnd('with')).toBe(3);
    expect(driver.out.map(({ row, time, key }) => [row.n, row.name, time, key])).toEqual(
      Array.from({ length: 2500 }, (_, n) => [n, n % 2 === 1 ? 'Ann' : null, n, 'k']),
    );
    driver.take();
    driver.push({ n: 2500, user: 1 });
    expect(driver.take()).toEqual([{ n: 2500, name: 'Ann' }]);
  });

  test('loses and doubles nothing when subtasks become more or fewer', () => {
    const make = (parallelism: number, from?: ReturnType<OperatorDriver['snapshot']>[]) =>
      Array.from({ length: parallelism }, (_, subtask) => {
        return new OperatorDriver(enrich, waiting, { subtask, parallelism, ...(from ? { from } : {}) });
      });
    let drivers = make(2);
    for (const driver of drivers) driver.push({ id: 1, name: 'Ann' }, side);
    for (let n = 0; n < 40; n++) drivers[n % 2]?.push({ n, user: 1 }, { time: n, order: n });
    for (const parallelism of [3, 1, 1, 2]) {
      const before = drivers.map((driver) => driver.snapshot());
      drivers = make(parallelism, before);
      // Something new on top, under numbers of its own.
      drivers[0]?.push({ n: 100 + parallelism, user: 1 }, { time: 100, order: 100 + parallelism });
    }
    const rows = drivers.flatMap((driver) => {
      driver.otherEnd('with');
      return driver.take();
    });
    const numbers = [...Array.from({ length: 40 }, (_, n) => n), 101, 101, 102, 103];
    expect(rows.map(({ n }) => n as number).sort((a, b) => a - b)).toEqual(numbers);
    expect(new Set(rows.map(({ name }) => name))).toEqual(new Set(['Ann']));
  });

  test('more records than may wait are dead letters', () => {
    const driver = new OperatorDriver(enrich, { ...waiting, capacity: 1 });
    driver.push({ n: 1, user: 1 }).push({ n: 2, user: 1 });
    expect(driver.dead).toMatchObject([{ code: 'WEIR_HELD_FULL', input: { n: 2 } }]);
    driver.otherEnd('with');
    expect(driver.take()).toEqual([{ n: 1, name: null }]);
  });

  test('in a topology every record finds its match, and none is late behind it', async () => {
    const t = topology('enriching');
    const users = Array.from({ length: 3000 }, (_, id) => ({ row: { id, name: `u${id}` } }));
    const visits = Array.from({ length: 5000 }, (_, n) => ({ row: { n, user: n % 3000 }, time: n * 10 }));
    // It fails on its way, too.
    users.splice(2000, 0, { failOnce: 'the network' } as never);
    const other = t.source(SCRIPTED_SOURCE, { script: users }, { name: 'users' });
    t.source(SCRIPTED_SOURCE, { script: visits }, { name: 'visits' })
      .use('enrich', {
        with: other,
        on: 'user == id',
        as: 'of',
        select: { name: 'of.name' },
        wait: true,
        required: true,
      })
      .key('name')
      .window({ tumbling: '1h' })
      .aggregate({ n: 'count()' })
      .to(COLLECTING_SINK, { into: 'enriched' });
    const folder = mkdtempSync(join(tmpdir(), 'weir-enrich-'));
    const running = await t.run({ threads: 0, state: folder, fresh: true });
    const summary = await running.finished;
    rmSync(folder, { recursive: true });
    expect(summary).toMatchObject({ late: 0, deadLetters: 0 });
    const counts = collected('enriched').map(({ row }) => row.n as number);
    expect(counts).toHaveLength(3000);
    expect(counts.reduce((a, b) => a + b, 0)).toBe(5000);
  });
});
