import { beforeEach, describe, expect, test } from 'vitest';
import type { Step } from '../../src/flow/aligner.ts';
import type { ErrorHandler } from '../../src/flow/consumer.ts';
import { Counters, SLOT_SIZE } from '../../src/flow/counters.ts';
import { SourceInput, type SourceInputOptions, type SplitPosition } from '../../src/flow/source-input.ts';
import type { SourceOutput } from '../../src/stage/source.ts';
import type { TimeSettings } from '../../src/topology/graph.ts';

let now: number;
let waiting: number[];
beforeEach(() => {
  now = 0;
  waiting = [];
});

/** A source that gives the times that are put into `waiting`, one a poll. */
async function source(
  time: TimeSettings | undefined,
  clockTime = false,
  stage?: string,
  more: Partial<SourceInputOptions> = {},
): Promise<SourceInput> {
  const input = new SourceInput({
    ...(stage === undefined ? {} : { stage }),
    reader: {
      open() {},
      poll(out: SourceOutput) {
        const t = waiting.shift();
        if (t === undefined) return 'wait';
        out.emit('0', { t }, t, t);
        return 'more';
      },
      positions: () => ({ 0: 7 }),
    },
    intake: {},
    time,
    clockTime,
    clock: { now: () => now, monotonic: () => now, after: () => () => {}, defer() {} },
    at: { time: 0, order: 0, key: null },
    head: { push() {} },
    errors: undefined as unknown as ErrorHandler,
    counters: new Counters(new Float64Array(SLOT_SIZE)),
    ...more,
  });
  await input.open([{ id: '0', position: undefined, maxTime: Number.NEGATIVE_INFINITY }]);
  return input;
}

/** Polls until there is nothing at hand, as a chain does; what came of it, polls left out. */
function poll(input: SourceInput): Step[] {
  const steps: Step[] = [];
  for (let i = 0; i < 100; i++) {
    const step = input.next();
    if (step === undefined) return steps;
    if (step !== 'polled') steps.push(step);
  }
  throw new Error('it never waits');
}

/** Lets time pass, in which the source is polled as often as the hosts do it; what came of that. */
function pass(input: SourceInput, ms: number): Step[] {
  const steps: Step[] = [];
  for (const end = now + ms; now < end; ) {
    now = Math.min(end, now + 200);
    steps.push(...poll(input));
  }
  return steps;
}

describe('the watermark of a source', () => {
  test('is behind the latest time by the bound, and one', async () => {
    const input = await source({ at: 't', outOfOrderMs: 100, idleMs: 1000 });
    waiting = [500, 400, 700];
    expect(poll(input).at(-1)).toEqual({ kind: 'watermark', time: 599 });
  });

  test('names the split that is furthest behind', async () => {
    const input = await source({ at: 't', outOfOrderMs: 5 }, false, 'in.file');
    await input.open([
      { id: 'behind', position: undefined, maxTime: 100 },
      { id: 'ahead', position: undefined, maxTime: 900 },
    ]);
    waiting = [500];
    const by = (split: string) => ({ source: 'in.file', split, outOfOrderMs: 5 });
    expect(poll(input).at(-1)).toEqual({ kind: 'watermark', time: 94, by: by('behind') });
    input.endSplit('behind');
    waiting = [600];
    expect(poll(input).at(-1)).toEqual({ kind: 'watermark', time: 594, by: by('0') });
  });

  test('idleness is told once, and again only after there was a record', async () => {
    const input = await source({ at: 't', outOfOrderMs: 0, idleMs: 1000 });
    waiting = [500];
    poll(input);
    expect(pass(input, 900)).toEqual([]);
    expect(pass(input, 200)).toEqual([{ kind: 'idle' }]);
    expect(pass(input, 4000)).toEqual([]);
    waiting = [800];
    expect(poll(input)).toEqual([{ kind: 'watermark', time: 799 }]);
    expect(pass(input, 2000)).toEqual([{ kind: 'idle' }]);
  });

  test('time in which the chain could not poll makes nothing idle', async () => {
    const input = await source({ at: 't', outOfOrderMs: 0, idleMs: 1000 });
    waiting = [500];
    poll(input);
    expect(pass(input, 900)).toEqual([]);
    // No room behind it, or answers that are waited for: 20 seconds long nobody polls.
    input.stopWaiting();
    now += 20_000;
    input.stopWaiting();
    expect(poll(input)).toEqual([]);
    expect(pass(input, 100)).toEqual([]);
    expect(pass(input, 200)).toEqual([{ kind: 'idle' }]);
  });

  test('time in which the thread did something else makes nothing idle', async () => {
    const input = await source({ at: 't', outOfOrderMs: 0, idleMs: 1000 });
    waiting = [500];
    poll(input);
    now += 20_000;
    expect(poll(input)).toEqual([]);
    expect(pass(input, 800)).toEqual([{ kind: 'idle' }]);
  });

  test('what a checkpoint holds of it is sent again before any record', async () => {
    const before = await source({ at: 't', outOfOrderMs: 100, idleMs: 1000 });
    await before.open([
      { id: '0', position: undefined, maxTime: 700 },
      { id: 'behind', position: undefined, maxTime: 200 },
    ]);
    // The split that is behind has been idle, so that the watermark is the other's.
    waiting = [800];
    pass(before, 900);
    waiting = [900];
    expect(pass(before, 600)).toEqual([{ kind: 'watermark', time: 799 }]);
    const { 0: kept } = before.positions();
    expect(kept).toEqual({ position: 7, maxTime: 900, watermark: 799 });
    const after = await source({ at: 't', outOfOrderMs: 100, idleMs: 1000 });
    await after.open([
      { id: '0', ...(kept as SplitPosition) },
      { id: 'behind', position: 7, maxTime: 200, watermark: 799 },
    ]);
    waiting = [150, 1000];
    expect(poll(after)).toEqual([{ kind: 'watermark', time: 799 }]);
    expect(pass(after, 1200)).toEqual([{ kind: 'idle' }]);
  });

  test('goes on with the clock where the clock stamps the records', async () => {
    const input = await source(undefined, true);
    now = 10_000;
    expect(poll(input)).toEqual([{ kind: 'watermark', time: 8999 }]);
  });

  test('stands still where records bear times of their own and none come', async () => {
    const input = await source(undefined);
    waiting = [500];
    expect(poll(input)).toEqual([{ kind: 'watermark', time: 499 }]);
    now = 10_000;
    expect(poll(input)).toEqual([]);
  });
});

test('a record too far ahead of the clock is a dead letter and moves no watermark', async () => {
  const letters: unknown[] = [];
  const passed: unknown[] = [];
  now = 1000;
  const input = await source({ outOfOrderMs: 0 }, false, undefined, {
    aheadMs: 500,
    head: { push: (row) => passed.push(row) },
    errors: { deadLetter: (...letter: unknown[]) => letters.push(letter) } as unknown as ErrorHandler,
  });
  waiting = [1000, 1501, 1500, 253_402_300_800_000];
  expect(poll(input).at(-1)).toEqual({ kind: 'watermark', time: 1499 });
  expect(passed).toEqual([{ t: 1000 }, { t: 1500 }]);
  const reason = (time: string) => `its event time ${time} is more than 500ms ahead of the clock, see \`time.ahead\``;
  expect(letters).toEqual([
    [{ t: 1501 }, 'WEIR_AHEAD_OF_TIME', reason('1970-01-01T00:00:01.501Z')],
    [{ t: 253_402_300_800_000 }, 'WEIR_AHEAD_OF_TIME', reason('+010000-01-01T00:00:00.000Z')],
  ]);
});
