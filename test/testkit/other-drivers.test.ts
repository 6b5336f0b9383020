import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import csv from '../../actors/codecs/csv.ts';
import ndjson from '../../actors/codecs/ndjson.ts';
import fileSink from '../../actors/sinks/file.ts';
import stdout from '../../actors/sinks/stdout.ts';
import fileSource from '../../actors/sources/file.ts';
import generate from '../../actors/sources/generate.ts';
import { parseExpression } from '../../src/expr/expression.ts';
import { decode, encode, SinkDriver, SourceDriver, splitsOf } from '../../src/testkit/index.ts';

describe('a codec', () => {
  test('decodes text in any pieces, from any place', () => {
    const input = '{"id":1}\nbroken\n{"id":2}';
    const whole = decode(ndjson, input);
    expect(whole.rows).toEqual([{ id: 1 }, { id: 2 }]);
    expect(whole.orders).toEqual([0, 16]);
    expect(whole.dead).toMatchObject([{ code: 'WEIR_MALFORMED' }]);
    expect(decode(ndjson, input, { cuts: [1, 2, 10, 17] })).toEqual(whole);
    expect(decode(ndjson, input, { from: 9 }).rows).toEqual([{ id: 2 }]);
  });

  test('runs the program of a plan', () => {
    const program = {
      fields: [['id'], ['at']],
      filter: parseExpression('id > 1'),
      time: parseExpression('at'),
      select: { names: ['double'], expressions: [parseExpression('id * 2')] },
    };
    const { rows, times } = decode(ndjson, '{"id":1,"at":5}\n{"id":2,"at":7}\n', { program });
    expect([rows, times]).toEqual([[{ double: 4 }], [7]]);
  });

  test('encodes rows, header included', () => {
    expect(encode(csv, [{ a: 1, b: 'x' }], {}, ['a', 'b']).toString()).toBe('a,b\n1,x\n');
  });
});

describe('a source', () => {
  const folder = mkdtempSync(join(tmpdir(), 'weir-source-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  test('is polled, tells its positions and resumes from them', async () => {
    const path = join(folder, 'in.csv');
    writeFileSync(path, `id\n${Array.from({ length: 5000 }, (_, id) => id).join('\n')}\n`);
    const options = { path, codec: 'csv' };
    const splits = await splitsOf(fileSource, options);
    const first = await (await SourceDriver.create(fileSource, options)).open(splits);
    expect(await first.run(({ read }) => read.length > 0)).toBe('stopped');
    const { length } = first.read;
    const positions = first.positions();
    await first.close();
    const second = await (await SourceDriver.create(fileSource, options)).open(splits, positions);
    expect(await second.run()).toBe('end');
    await second.close();
    expect([...first.read, ...second.read].map(({ row }) => row.id)).toEqual(
      Array.from({ length: 5000 }, (_, id) => id),
    );
    expect(second.read).toHaveLength(5000 - length);
    expect(second.ended).toEqual(['0']);
  });

  test('its timers run in virtual time, and its event time makes watermarks', async () => {
    const options = { fields: { n: 'n' }, rate: 1, count: 5, interval: '1m' };
    const driver = await (await SourceDriver.create(generate, options)).open(await splitsOf(generate, options));
    expect(await driver.run()).toBe('end');
    expect(driver.clock.now()).toBeGreaterThanOrEqual(4000);
    expect(driver.read.map(({ time }) => time)).toEqual([0, 60_000, 120_000, 180_000, 240_000]);
    expect(driver.watermarks.at(-1)).toBeGreaterThanOrEqual(119_999);
  });

  test('what it fails with is thrown', async () => {
    const path = join(folder, 'gone');
    writeFileSync(path, '{"id":1}\n');
    const splits = await splitsOf(fileSource, { path });
    rmSync(path);
    const driver = await SourceDriver.create(fileSource, { path });
    const failing = async () => {
      await driver.open(splits);
      await driver.run();
    };
    await expect(failing()).rejects.toMatchObject({ code: expect.stringMatching(/^WEIR_/) });
    await driver.close();
  });
});

describe('a sink', () => {
  test('writes what is committed, and goes on after a crash', async () => {
    const options = { path: 'out.ndjson' };
    const first = await SinkDriver.open(fileSink, options);
    await first.write({ id: 1 }).checkpoint();
    first.write({ id: 2 });
    await first.prepare();
    expect(first.disk.text('out.ndjson')).toBe('{"id":1}\n');
    first.write({ id: 3 });
    const second = await SinkDriver.open(fileSink, options, first.crash());
    // Committed again at the start; what came behind the checkpoint is the source's to give again.
    expect(second.disk.text('out.ndjson')).toBe('{"id":1}\n{"id":2}\n');
    await second.write({ id: 4 }).checkpoint();
    await second.finish();
    expect(second.disk.text('out.ndjson')).toBe('{"id":1}\n{"id":2}\n{"id":4}\n');
    await second.close();
  });

  test('has a terminal, timers and dead letters', async () => {
    const driver = await SinkDriver.open(stdout, { template: 'load ${load * 100}' });
    driver.write({ load: 0.5 }).write({ load: 'high' });
    expect(driver.terminal).toBe('');
    driver.clock.advance(50);
    expect(driver.terminal).toBe('load 50\n');
    expect(driver.dead).toMatchObject([{ code: 'WEIR_TYPE' }]);
    await driver.close();
  });

  test('several subtasks share one committer', async () => {
    const driver = await SinkDriver.open(fileSink, { path: 'out/' }, { parallelism: 2 });
    driver.write({ id: 1 }, {}, 0).write({ id: 2 }, {}, 1);
    await driver.checkpoint();
    expect((await driver.disk.list('out')).length).toBe(2);
    await driver.close();
  });
});
