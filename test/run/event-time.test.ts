import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { weir } from '../nexmark/cli.ts';

let folder: string;
const { TZ } = process.env;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'weir-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
  if (TZ === undefined) delete process.env.TZ;
  else process.env.TZ = TZ;
});

const TEN = Date.UTC(2026, 0, 5, 10);
/** What `time.at` gives, and the event time that this is. */
const times: [value: unknown, time: number | undefined][] = [
  ['2026-01-05T10:00', TEN],
  ['2026-01-05 10:00:00', TEN],
  ['2026-01-05T10:00:00.250Z', TEN + 250],
  ['2026-01-05T10:00:00+02:00', TEN - 7_200_000],
  ['2026-01-05', Date.UTC(2026, 0, 5)],
  [TEN, TEN],
  ['Mon, 05 Jan 2026 10:00:00 GMT', undefined],
  ['2026-02-30', undefined],
  ['1000', undefined],
  [9e15, undefined],
  [null, undefined],
];

// The decoder of NDJSON takes the time itself where it knows what is wanted of a record; else the engine does.
const select = '\n    do: [ { select: { n: n, time: eventTime() } } ]';
const extend = '\n    do: [ { extend: { time: eventTime() } } ]';

test.each([
  ['the decoder', 'UTC', select],
  ['the decoder', 'America/New_York', select],
  ['the engine', 'America/New_York', extend],
])('%s reads event time in UTC, on a machine in %s', async (_, zone, steps) => {
  process.env.TZ = zone;
  const records = times.map(([at], n) => `${JSON.stringify({ n, at })}\n`).join('');
  writeFileSync(join(folder, 'in.ndjson'), records);
  const source = 'source: { file: in.ndjson }\n    time: { at: at, outOfOrder: 365d }';
  writeFileSync(
    join(folder, 't.yaml'),
    `name: t\nstreams:\n  a:\n    ${source}${steps}\n    to: { file: out.ndjson }\n`,
  );
  const { code, stderr } = await weir(['run', 't.yaml', '--fresh', '--threads', '1'], folder).ended;
  expect(code, stderr).toBe(0);
  const rows = readFileSync(join(folder, 'out.ndjson'), 'utf8').trim().split('\n');
  const good = times.flatMap(([, time], n) => (time === undefined ? [] : [{ n, time }]));
  expect(rows.map((line) => JSON.parse(line)).map(({ n, time }) => ({ n, time }))).toEqual(good);
  const letters = readFileSync(join(folder, 'data/t/dead-letters.ndjson'), 'utf8').trim().split('\n');
  const reasons = letters.map((line) => JSON.parse(line)).map(({ code, reason }) => `${code} ${reason}`);
  const none = 'WEIR_NO_EVENT_TIME the record has no event time: `time.at` gives';
  expect(reasons).toEqual([
    ...[1, 2, 3].map(() => `${none} neither a number nor an ISO 8601 text`),
    `${none} 9000000000000000, which is no time: milliseconds since 1970 are less than 8.64e15`,
    `${none} neither a number nor an ISO 8601 text`,
  ]);
});
