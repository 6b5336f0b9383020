import { describe, expect, test } from 'vitest';
import { normal, uniform } from '../../../actors/lib/generate/random.ts';
import generate from '../../../actors/sources/generate.ts';
import { Driver, type Emitted, type RunOptions, splitsOf } from './driver.ts';

const fields = { n: 'n', r: 'random', s: 'random2', g: 'normal', t: 'time' };

async function start(options: object, run: RunOptions & { positions?: Record<string, unknown> } = {}) {
  const splits = await splitsOf(generate, options, run);
  const { subtask = 0, parallelism = 1 } = run;
  const driver = new Driver(generate, options, run);
  return await driver.open(
    splits.filter((_, i) => i % parallelism === subtask),
    run.positions,
  );
}

const byOrder = (emitted: readonly Emitted[]) =>
  [...emitted].sort((a, b) => a.order - b.order).map(({ row, order, time }) => ({ row, order, time }));

describe('records', () => {
  const options = { fields, count: 2500, interval: '10ms', start: '2026-01-01', seed: 'x' };

  test('are the same whatever the number of subtasks, and after a restart with another', async () => {
    const alone = await start(options);
    await alone.run();
    expect(alone.emitted.length).toBe(2500);
    expect(alone.emitted[7]).toMatchObject({ order: 7, time: Date.parse('2026-01-01') + 70 });
    expect(alone.emitted[7]!.row.t).toBe(alone.emitted[7]!.time);

    const emitted: Emitted[] = [];
    let positions: Record<string, unknown> = {};
    for (const subtask of [0, 1, 2]) {
      const driver = await start(options, { subtask, parallelism: 3 });
      await driver.run(() => driver.emitted.length >= 300);
      emitted.push(...driver.emitted);
      positions = { ...positions, ...driver.reader.positions() };
    }
    const splits = await splitsOf(generate, options, { parallelism: 3 });
    for (const subtask of [0, 1]) {
      const driver = await new Driver(generate, options, { subtask, parallelism: 2 }).open(
        splits.filter((_, i) => i % 2 === subtask),
        positions,
      );
      expect(await driver.run()).toBe('end');
      emitted.push(...driver.emitted);
    }
    expect(byOrder(emitted)).toEqual(byOrder(alone.emitted));
  });

  test('another seed gives others', async () => {
    const [a, b] = [await start({ fields, count: 1 }), await start({ fields, count: 1, seed: '2' })];
    await Promise.all([a.run(), b.run()]);
    expect(a.rows[0]!.r).not.toBe(b.rows[0]!.r);
  });

  test('may be made by functions', async () => {
    const made = { twice: (row: { n: number; random: number }) => row.n * 2 + (row.random < 1 ? 0 : 1) };
    const driver = await start({ fields: made, count: 3 });
    await driver.run();
    expect(driver.rows).toEqual([{ twice: 0 }, { twice: 2 }, { twice: 4 }]);
  });

  test('random numbers are spread as they should be', () => {
    const many = Array.from(
      { length: 20_000 },
      (_, n) => [uniform(7, n, 0), uniform(7, n, 1), normal(7, n, 3)] as const,
    );
    const mean = (values: number[]) => values.reduce((sum, v) => sum + v, 0) / values.length;
    expect(mean(many.map(([u]) => u))).toBeCloseTo(1 / 2, 1.5);
    expect(mean(many.map(([u]) => u * u))).toBeCloseTo(1 / 3, 1.5);
    expect(mean(many.map(([u, v]) => u * v))).toBeCloseTo(1 / 4, 1.5);
    expect(mean(many.map(([, , g]) => g))).toBeCloseTo(0, 1);
    expect(mean(many.map(([, , g]) => g * g))).toBeCloseTo(1, 1);
    expect(new Set(many.map(([u]) => u)).size).toBe(20_000);
    expect(uniform(7, 2 ** 32, 0)).not.toBe(uniform(7, 0, 0));
  });
});

describe('pace', () => {
  test('so many records a second of the clock, and no timer twice', async () => {
    let now = 5000;
    const driver = await start({ fields: { n: 'n' }, rate: 100 }, { now: () => now });
    const poll = () => driver.reader.poll(driver);
    expect([poll(), poll(), poll()]).toEqual(['more', 'wait', 'wait']);
    expect([driver.emitted.length, driver.timers.length, driver.timers[0]!.ms]).toEqual([1, 1, 10]);
    now += 1000;
    driver.tick();
    expect(poll()).toBe('more');
    expect(driver.emitted.length).toBe(101);
    expect(driver.emitted.at(-1)!.time).toBe(now);
  });
});

describe('refused with a code', () => {
  test('an expression that reads what is not there, and a start that is no time', async () => {
    await expect(start({ fields: { a: 'x + 1' } })).rejects.toThrow(/reads 'x'/);
    await expect(start({ fields, start: 'soon' })).rejects.toThrow(
      expect.objectContaining({ code: 'WEIR_GENERATE_START' }),
    );
  });
});
