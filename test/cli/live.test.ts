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
