import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { runTopology, topology } from '../../src/index.ts';
import collecting from '../../src/testkit/collecting-sink.ts';
import { COLLECTING_SINK, collected, runBattery, SCRIPTED_SOURCE, type ScriptStep } from '../../src/testkit/index.ts';
import scripted from '../../src/testkit/scripted-source.ts';

const folder = mkdtempSync(join(tmpdir(), 'weir-scripted-'));
afterAll(() => rmSync(folder, { recursive: true }));
let runs = 0;

async function run(script: ScriptStep[], into: string, lanes = 1) {
  const t = topology(`scripted-${runs++}`, { module: import.meta.url });
  t.source(SCRIPTED_SOURCE, { script, lanes }, { time: { at: 'at' } })
    .key('id')
    .window({ tumbling: '10ms' })
    .aggregate({ n: 'count()' })
    .to(COLLECTING_SINK, { into });
  const running = await runTopology(t, { threads: 0, state: join(folder, t.name) });
  return await running.finished;
}

const records = Array.from({ length: 40 }, (_, at): ScriptStep => ({ row: { id: at % 2, at } }));

test('a topology under test has a script at one end and a list at the other', async () => {
  const summary = await run([...records, { malformed: 'broken' }], 'plain', 2);
  expect(summary).toMatchObject({ recordsIn: 41, recordsOut: 8, deadLetters: 1, finished: true });
  const rows = collected('plain').map(({ row }) => row);
  expect(rows).toHaveLength(8);
  expect(rows).toContainEqual({ id: 1, n: 5, windowStart: 30, windowEnd: 40 });
});

test('a failure in the script restarts it, and each result is there once', async () => {
  const script = [...records.slice(0, 20), { failOnce: 'in the middle' }, { pauseMs: 5 }, ...records.slice(20)];
  const summary = await run(script, 'failing');
  expect(summary).toMatchObject({ restarts: 1, finished: true });
  const rows = collected('failing').map(({ row }) => row);
  expect(rows.map(({ n }) => n)).toEqual([5, 5, 5, 5, 5, 5, 5, 5]);
});

test('a later run under the same name begins with an empty list', async () => {
  await run(records.slice(0, 10), 'plain');
  expect(collected('plain')).toHaveLength(2);
});

test('both keep the contract themselves', async () => {
  const outcomes = [
    ...(await runBattery('source', 'scripted-source', scripted, { strict: true })),
    ...(await runBattery('sink', 'collecting-sink', collecting, { strict: true })),
  ];
  expect(outcomes.filter(({ result }) => result === 'broken')).toEqual([]);
});
