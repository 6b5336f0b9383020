import {
  type Arbitrary,
  array,
  assert,
  asyncProperty,
  boolean,
  constantFrom,
  integer,
  nat,
  oneof,
  record,
} from 'fast-check';
import { expect, test } from 'vitest';
import type { SplitPosition } from '../../src/flow/source-input.ts';
import { tries } from '../support/thorough.ts';
import { type Script, SourcesRig, type SubtaskRig } from './sources-rig.ts';

const NEVER = Number.NEGATIVE_INFINITY;

/** What happens to a source: a record of a split, a split's end, time in which it could be polled, or could not. */
type Happening =
  | { kind: 'record'; split: string; time: number }
  | { kind: 'end'; split: string }
  | { kind: 'wait'; looks: number }
  | { kind: 'held up'; ms: number };

const split = constantFrom('a', 'b', 'c');
const happenings: Arbitrary<Happening[]> = array(
  oneof(
    { weight: 5, arbitrary: record({ kind: constantFrom('record' as const), split, time: nat(5000) }) },
    { weight: 1, arbitrary: record({ kind: constantFrom('end' as const), split }) },
    { weight: 3, arbitrary: record({ kind: constantFrom('wait' as const), looks: integer({ min: 1, max: 12 }) }) },
    { weight: 1, arbitrary: record({ kind: constantFrom('held up' as const), ms: integer({ min: 1, max: 60_000 }) }) },
  ),
  { maxLength: 40 },
);

interface Settings {
  bound: number;
  idleMs: number | undefined;
  quietMs: number | undefined;
}

const settings = record({
  bound: nat(300),
  idleMs: constantFrom(undefined, 500, 1500),
  quietMs: constantFrom(undefined, 300, 1000),
});

/**
 * The same without any state of its own but the list of what has happened: `waited` is the time in which the source could be
 * polled and had nothing, at each happening.
 */
class Model {
  readonly #s: Settings;
  readonly #records: { split: string; time: number; waited: number }[] = [];
  readonly #ended = new Set<string>();
  #waited = 0;
  /** Event time as the clock has brought it about, at each look. */
  readonly #floors: { waited: number; floor: number }[] = [];
  watermark = NEVER;

  constructor(settings: Settings) {
    this.#s = settings;
  }

  get idle(): string[] {
    const { idleMs = Number.POSITIVE_INFINITY } = this.#s;
    return ['a', 'b', 'c'].filter((id) => {
      const last = this.#records.findLast((one) => one.split === id)?.waited ?? 0;
      return !this.#ended.has(id) && this.#waited - last > idleMs;
    });
  }

  #look(): void {
    const floor = Math.max(NEVER, ...this.#floors.map((one) => one.floor));
    const isIdle = this.idle;
    const active = ['a', 'b', 'c'].filter((id) => !this.#ended.has(id) && !isIdle.includes(id));
    const times = active.map((id) => {
      const own = this.#records.filter((one) => one.split === id).map(({ time }) => time);
      return Math.max(floor, ...own);
    });
    if (this.#ended.size === 3) return;
    const least = times.length > 0 ? Math.min(...times) : floor;
    this.watermark = Math.max(this.watermark, least - this.#s.bound - 1);
  }

  wait(ms: number): void {
    this.#waited += ms;
    const last = this.#records.at(-1);
    const quiet = this.#waited - (last?.waited ?? 0);
    if (last !== undefined && quiet >= (this.#s.quietMs ?? Number.POSITIVE_INFINITY)) {
      const latest = Math.max(...this.#records.map(({ time }) => time));
      // As far as it had come with the last record.
      const before = this.#floors.filter(({ waited }) => waited <= last.waited).map(({ floor }) => floor);
      this.#floors.push({ waited: this.#waited, floor: Math.max(latest, ...before) + quiet });
    }
    this.#look();
  }

  record(id: string, time: number): void {
    this.#records.push({ split: id, time, waited: this.#waited });
    this.#look();
  }

  end(id: string): void {
    this.#ended.add(id);
    this.#look();
  }

  get ended(): ReadonlySet<string> {
    return this.#ended;
  }
}

const scripts = () =>
  Object.fromEntries(['a', 'b', 'c'].map((id): [string, Script] => [id, { times: [], ends: false }]));

test('the watermark is that of a model that goes through all that has happened', () =>
  assert(
    asyncProperty(settings, happenings, boolean(), async (given, list, restarts) => {
      const { bound, idleMs, quietMs } = given;
      const time = {
        outOfOrderMs: bound,
        ...(idleMs === undefined ? {} : { idleMs }),
        ...(quietMs === undefined ? {} : { quietMs }),
      };
      const rig = await new SourcesRig(time, [scripts()]).open();
      const one = rig.subtask(0);
      const model = new Model(given);
      one.run();
      for (const it of list) {
        if (it.kind === 'wait') {
          for (let look = 0; look < it.looks; look++) {
            rig.pass(200);
            model.wait(200);
          }
        } else if (it.kind === 'held up') {
          one.input.stopWaiting();
          rig.now += it.ms;
          one.run();
        } else if (!model.ended.has(it.split)) {
          // Nothing of this kind takes time of the source's own.
          one.input.stopWaiting();
          rig.now += 10;
          const script = one.scripts[it.split] as Script;
          if (it.kind === 'end') script.ends = true;
          else script.times.push(it.time);
          one.run();
          if (it.kind === 'end') model.end(it.split);
          else model.record(it.split, it.time);
        }
        if (model.ended.size === 3) break;
        expect(one.watermarks.at(-1) ?? NEVER).toBe(model.watermark);
      }
      expect(one.watermarks).toEqual([...one.watermarks].sort((x, y) => x - y));
      if (restarts && model.ended.size < 3) await comesBack(rig, one, time);
    }),
    { numRuns: tries(500) },
  ));

/** Behind a restart it stands where it stood, whatever was idle or quiet. */
async function comesBack(rig: SourcesRig, one: SubtaskRig, time: SourcesRig['time']): Promise<void> {
  const sent = one.watermarks.at(-1);
  if (sent === undefined) return;
  const again = new SourcesRig(time, [scripts()]);
  again.now = rig.now;
  const positions = one.input.positions() as Record<string, SplitPosition>;
  const next = await again.subtask(0).open(positions);
  (next.scripts.a as Script).times.push(-1e6);
  next.next();
  expect(next.given).toEqual([]);
  expect(next.watermarks).toEqual([sent]);
  expect(next.run().given).toHaveLength(1);
  expect(next.watermarks).toEqual([sent]);
}

test('a source is quiet when all of its subtasks are', async () => {
  const rig = await new SourcesRig({ outOfOrderMs: 0, quietMs: 1000 }, [
    { a: { times: [100], ends: false } },
    { b: { times: [500], ends: false } },
  ]).open();
  const [first, second] = rig.places as [SubtaskRig, SubtaskRig];
  rig.pass(800);
  (second.scripts.b as Script).times.push(600);
  rig.pass(800);
  // The first has had nothing for longer, but the second had.
  expect(first.watermarks).toEqual([99]);
  rig.pass(600);
  // From the latest record of either.
  expect(first.watermarks.at(-1)).toBeGreaterThanOrEqual(600 + 1000 - 1);
  expect(second.watermarks.at(-1)).toBeGreaterThanOrEqual(600 + 1000 - 1);
  expect(first.watermarks.at(-1)).toBeLessThanOrEqual(600 + 1400 - 1);
  // A subtask at its end is quiet for ever.
  (second.scripts.b as Script).ends = true;
  second.run();
  (first.scripts.a as Script).times.push(650);
  rig.pass(800);
  const stood = first.watermarks.at(-1) as number;
  rig.pass(400);
  expect(first.watermarks.at(-1)).toBeGreaterThanOrEqual(stood + 1000);
});

test('quiet comes and goes: event time stands where it has come to until it is quiet again', async () => {
  const rig = await new SourcesRig({ outOfOrderMs: 10, quietMs: 1000 }, [{ a: { times: [100], ends: false } }]).open();
  const one = rig.subtask(0);
  rig.pass(2200);
  expect(one.watermarks.at(-1)).toBe(100 + 2000 - 11);
  // Late, but a sign of life.
  (one.scripts.a as Script).times.push(150);
  rig.pass(1000);
  expect(one.watermarks.at(-1)).toBe(100 + 2000 - 11);
  rig.pass(200);
  expect(one.watermarks.at(-1)).toBe(100 + 2000 + 1000 - 11);
});

test('nothing is quiet before the first record', async () => {
  const rig = await new SourcesRig({ outOfOrderMs: 0, quietMs: 100 }, [{ a: { times: [], ends: false } }]).open();
  expect(rig.pass(5000).subtask(0).steps).toEqual([]);
});
