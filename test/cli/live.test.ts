import { Writable } from 'node:stream';
import type { WriteStream } from 'node:tty';
import { stripVTControlCharacters } from 'node:util';
import { expect, test } from 'vitest';
import { LiveView } from '../../src/cli/live.ts';
import { PlainLog } from '../../src/cli/plain-log.ts';
import type { Engine } from '../../src/run/engine.ts';
import { VirtualClock } from '../../src/testkit/index.ts';
import { graphOf } from '../support/graphs.ts';

const stages = (count: number) =>
  Array.from({ length: count }, (_, i) => ({
    stage: `stage-${i}`,
    kind: 'operator',
    parallelism: 1,
    in: 0,
    out: 0,
    late: 0,
    deadLetters: 0,
    fill: 0,
    watermark: Number.NEGATIVE_INFINITY,
    subtasks: [],
  }));

/** What a terminal of this size shows last, as lines. */
function shown(size: { columns: number; rows: number }, count: number, act: (view: LiveView) => void): string[] {
  let written = '';
  const to = new Writable({
    write(chunk, _, done) {
      written += chunk;
      done();
    },
  });
  const view = new LiveView(Object.assign(to, size) as unknown as WriteStream, new VirtualClock());
  const engine = { metrics: () => stages(count), restarts: 0, lastCheckpoint: undefined } as unknown as Engine;
  view.start(graphOf([]), engine);
  act(view);
  written = '';
  view.end();
  return stripVTControlCharacters(written).replace(/^\r/, '').trimEnd().split('\n');
}

const alerts = (count: number) => (view: LiveView) => {
  for (let i = 0; i < count; i++) view.print(`alert ${i}\n`, () => {});
  view.event({ type: 'restart', count: 1, reason: 'it fell', inMs: 5 });
};

test('a terminal that is too short for all shows the table and what came last', () => {
  const lines = shown({ columns: 80, rows: 12 }, 4, alerts(8));
  expect(lines.length).toBe(11);
  expect(lines[2]).toMatch(/^stage /);
  expect(lines[6]).toMatch(/^stage-3/);
  expect(lines.slice(-3)).toEqual(['alert 7', '', 'restart 1: it fell']);
});

test('however long the table is, the last lines are there', () => {
  const lines = shown({ columns: 80, rows: 10 }, 40, alerts(8));
  expect(lines.length).toBe(9);
  expect(lines.slice(-3)).toEqual(['alert 7', '', 'restart 1: it fell']);
});

test('a terminal that says it has no size is taken for one of 80 by 24', () => {
  const lines = shown({ columns: 0, rows: 0 }, 4, alerts(3));
  expect(lines.length).toBe(13);
  expect(lines[0]).toMatch(/^test running .*Ctrl-C drains and stops$/);
});

test('control characters of events are shown as escapes', () => {
  const reset = (view: LiveView) => view.event({ type: 'restart', count: 1, reason: '\u001bc\u009b2J', inMs: 5 });
  expect(shown({ columns: 80, rows: 24 }, 1, reset).at(-1)).toBe('restart 1: \\u001bc\\u009b2J');
  let log = '';
  const to = new Writable({
    write(chunk, _, done) {
      log += chunk;
      done();
    },
  });
  new PlainLog(to, new VirtualClock()).event({ type: 'log', level: 'warn', stage: 's', text: 'a\tb\u001b[2J' });
  expect(log).toMatch(/warn s: a\tb\\u001b\[2J\n$/);
});

/** The `behind` cell of the live view, and what the log says, of a watermark so far before the clock. */
function watermarkShown(aheadMs: number): [string | undefined, string | undefined] {
  const clock = new VirtualClock();
  const [first] = stages(1);
  const metrics = () => [{ ...first, watermark: clock.now() - aheadMs }];
  const engine = { metrics, restarts: 0, lastCheckpoint: undefined } as unknown as Engine;
  let written = '';
  const to = Object.assign(
    new Writable({
      write(chunk, _, done) {
        written += chunk;
        done();
      },
    }),
    { columns: 120, rows: 24 },
  );
  const view = new LiveView(to as unknown as WriteStream, clock);
  view.start(graphOf([]), engine);
  view.end();
  const cell = / {2}0% +((?:at )?\S+) +0$/m.exec(stripVTControlCharacters(written))?.[1];
  written = '';
  const log = new PlainLog(to, clock);
  log.start(graphOf([]), engine);
  log.event({ type: 'started', epoch: 0, resumed: false });
  clock.advance(200);
  log.end();
  return [cell, /watermark .*/.exec(written)?.[0]];
}

test('a watermark within a day of the clock is told by how far it is behind', () => {
  expect(watermarkShown(1500)).toEqual(['1.5s', 'watermark 1.5s behind']);
  expect(watermarkShown(-1500)).toEqual(['0ms', 'watermark 0ms behind']);
  expect(watermarkShown(86_400_000)).toEqual(['1d', 'watermark 1d behind']);
});

test('a watermark of another day, as in a backfill, is shown itself', () => {
  const now = new VirtualClock().now();
  for (const days of [2, 20_779, -30]) {
    const ms = days * 86_400_000;
    const time = new Date(now - ms).toISOString().replace(/:\d\d\.\d+Z$/, 'Z');
    expect(watermarkShown(ms)[0]).toBe(`at ${time}`);
    expect(watermarkShown(ms)[1]).toMatch(/^watermark at \d{4}-\d\d-\d\dT\d\d:\d\dZ$/);
  }
});

test('the plain log has a line for the whole every five seconds, and one for each stage once a minute', () => {
  const clock = new VirtualClock();
  let seconds = 0;
  const at = { late: 0, deadLetters: 0, held: 0, parallelism: 1, watermark: Number.NEGATIVE_INFINITY };
  const metrics = () => [
    { ...at, stage: 'a', kind: 'source', in: seconds * 30, out: seconds * 30, fill: 0, watermark: clock.now() - 500 },
    { ...at, stage: 'b', kind: 'source', in: seconds * 10, out: seconds * 10, fill: 0 },
    {
      ...at,
      stage: 'c',
      kind: 'operator',
      in: seconds * 40,
      out: seconds * 8,
      fill: 0.42,
      late: 3,
      watermark: clock.now() - 2500,
    },
    { ...at, stage: 'd', kind: 'sink', in: seconds * 8, out: seconds * 8, fill: 0.05, deadLetters: 2 },
  ];
  let written = '';
  const to = new Writable({
    write(chunk, _, done) {
      written += chunk;
      done();
    },
  });
  const log = new PlainLog(to, clock);
  log.start(graphOf([]), { metrics, restarts: 1, lastCheckpoint: undefined } as unknown as Engine);
  log.event({ type: 'started', epoch: 0, resumed: false });
  for (; seconds < 60; seconds++) clock.advance(1000);
  log.end();
  const lines = written
    .trimEnd()
    .split('\n')
    .slice(2)
    .map((line) => line.replace(/^\S+ /, ''));
  expect(lines.length).toBe(12 + 4);
  expect(lines[1]).toBe('40/s in, 8/s out, watermark 2.5s behind, queue 42 % at c, 3 late, 2 dead letters, 1 restart');
  expect(lines.slice(-4).map((line) => line.replace(/:.*/, ''))).toEqual(['a', 'b', 'c', 'd']);
});

test('a text of several lines begins no line of its own in the plain log', () => {
  let written = '';
  const to = new Writable({
    write(chunk, _, done) {
      written += chunk;
      done();
    },
  });
  const log = new PlainLog(to, new VirtualClock());
  log.event({ type: 'log', level: 'warn', stage: 'out', text: 'a\r\n2026-01-01T00:00:00.000Z started\nb\tc' });
  expect(written).toMatch(/^\S+ warn out: a\\u000d\\u000a2026-01-01T00:00:00.000Z started\\u000ab\tc\n$/);
});
