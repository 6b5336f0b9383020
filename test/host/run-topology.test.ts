import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { type Running, runTopology, topology } from '../../src/index.ts';

const folder = mkdtempSync(join(tmpdir(), 'weir-run-'));
afterAll(() => rmSync(folder, { recursive: true }));

const numbers = (name: string, path: string) => {
  const t = topology(name, { module: import.meta.url });
  t.source('file', { path }, { codec: 'ndjson' }).to('null');
  return t;
};

test.each([2.5, Number.NaN, -1, '2', 257])('refuses %s threads', async (threads) => {
  const running = runTopology(numbers('threads', 'x'), { threads: threads as number, state: join(folder, 'threads') });
  await expect(running).rejects.toMatchObject({ code: 'WEIR_USAGE' });
});

test('what cannot be started is told by the start', async () => {
  const running = runTopology(numbers('lacking', join(folder, 'none')), { threads: 0, state: join(folder, 'lacking') });
  await expect(running).rejects.toMatchObject({ code: 'WEIR_FILE_NOT_FOUND' });
});

test('what runs has numbers of its stages, with all types', async () => {
  const path = join(folder, 'numbers.ndjson');
  writeFileSync(path, '{"x":1}\n{"x":2}\n');
  const running: Running = await numbers('numbers', path).run({ threads: 0, state: join(folder, 'numbers') });
  expect(running.metrics().map(({ stage }) => stage)).toEqual(['file.file', 'file.to.null']);
  const { recordsIn, finished } = await running.finished;
  expect([recordsIn, finished]).toEqual([2, true]);
  // @ts-expect-error an option that there is not
  const odd = numbers('odd', path).run({ stat: 'typo', threads: 0, state: join(folder, 'odd') });
  await (await odd).finished;
});
