import { expect, test } from 'vitest';
import { GoingOn } from '../../src/cli/going-on.ts';
import { bufferText, compact } from '../../src/cli/rates.ts';
import { VirtualClock } from '../../src/testkit/virtual-clock.ts';
import type { EngineEvent, StageMetrics } from '../../src/topology/running.ts';

const checkpoint = (epoch: number): EngineEvent => ({ type: 'checkpoint', info: { epoch, durationMs: 1, bytes: 1 } });
const failed: EngineEvent = { type: 'log', level: 'warn', stage: '', text: 'failed while it stopped: no' };
const said: EngineEvent = { type: 'log', level: 'warn', stage: 'a.to.http', text: 'away' };
const started = (epoch: number): EngineEvent => ({ type: 'started', epoch, resumed: epoch > 0 });

const HERE = 'stopped; the same command goes on from here';
const WITHOUT = 'stopped without a last checkpoint; the same command goes on from checkpoint';

test.each<[string, (EngineEvent | 'stop')[], string]>([
  ['a last checkpoint', [started(0), checkpoint(1), 'stop', said, checkpoint(2)], HERE],
  ['none', [started(0), checkpoint(1), 'stop', failed], `${WITHOUT} 1, 4s old`],
  ['one that was under way, and then none', [started(0), 'stop', checkpoint(7), failed], `${WITHOUT} 7, 4s old`],
  ['none in this run', [started(12), 'stop', failed], `${WITHOUT} 12, as this run did`],
  [
    'none, since it had not begun',
    ['stop', failed],
    'stopped before it began; the same command begins where this one would have',
  ],
  ['none at all', [started(0), 'stop', failed], 'stopped before its first checkpoint; the same command begins anew'],
])('a stopped run with %s says where it goes on', (_, events, text) => {
  const clock = new VirtualClock(1_000_000);
  const goingOn = new GoingOn(clock);
  for (const event of events) {
    if (event === 'stop') goingOn.stopping();
    else goingOn.event(event);
    if (event !== 'stop' && event.type === 'checkpoint') clock.advance(4000);
  }
  expect(goingOn.text).toBe(text);
});

test('counts are whole numbers, and one record is one', () => {
  expect([0, 0.5, 1, 3, 3.25, 12, 3400, 1.2e6].map(compact)).toEqual([
    '0',
    '0.5',
    '1',
    '3',
    '3.3',
    '12',
    '3.4k',
    '1.2M',
  ]);
  const buffered = { records: 1, bytes: 59, since: undefined, dropped: 0 };
  expect(bufferText({ buffered } as unknown as StageMetrics, 0)).toBe('1 record (59B) waits in the buffer');
  const more = { ...buffered, records: 4 };
  expect(bufferText({ buffered: more } as unknown as StageMetrics, 0)).toBe('4 records (59B) wait in the buffer');
});
