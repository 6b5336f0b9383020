import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import csv from '../../../actors/codecs/csv.ts';
import json from '../../../actors/codecs/json.ts';
import lines from '../../../actors/codecs/lines.ts';
import { StreamReader } from '../../../actors/lib/stream/stream-reader.ts';
import { type CodecDefinition, source } from '../../../src/stage/index.ts';
import { Driver } from './driver.ts';

/** A source that reads a stream of the test's instead of the standard input. */
async function start(
  codec: CodecDefinition<any>,
  {
    maxRecord = 2 ** 24,
    position,
    restarted = false,
  }: { maxRecord?: number; position?: number; restarted?: boolean } = {},
) {
  const stream = new PassThrough();
  const definition = source({
    summary: 'A stream of the test.',
    since: '0.1.0',
    options: {},
    examples: [],
    replayable: false,
    create: (_, context) => new StreamReader(context, () => stream, maxRecord),
  });
  const driver = await new Driver(definition, {}, { codec, restarted }).open([{ id: '0' }], { 0: position });
  return { stream, driver, texts: () => driver.rows.map(({ line }) => line) };
}

test('gives out records as they become whole, the last one at the end', async () => {
  const { stream, driver, texts } = await start(lines);
  stream.write('one\ntw');
  await driver.run(() => driver.emitted.length === 1);
  expect(driver.reader.positions()).toEqual({ 0: 4 });
  stream.write('o\nthree');
  await driver.run(() => driver.emitted.length === 2);
  stream.end();
  expect(await driver.run()).toBe('end');
  expect(texts()).toEqual(['one', 'two', 'three']);
  expect(driver.ended).toEqual(['0']);
});

test('orders go on behind those of the run before', async () => {
  const { stream, driver } = await start(lines, { position: 100 });
  stream.end('one\ntwo\n');
  await driver.run();
  expect(driver.emitted.map(({ order }) => order)).toEqual([100, 104]);
});

test('behind a restart it goes on with the next whole record, since the rest of the one in hand is gone', async () => {
  const { stream, driver, texts } = await start(lines, { restarted: true });
  stream.end('lf a record\none\ntwo\n');
  await driver.run();
  expect(texts()).toEqual(['one', 'two']);
});

test('behind a restart no record is taken for the header that was read before it', async () => {
  const { stream, driver } = await start(csv, { restarted: true });
  stream.end('1,2\n3,4\n');
  await expect(driver.run()).rejects.toMatchObject({ code: 'WEIR_STREAM_HEADER' });
});

test('takes more than it holds at a time', async () => {
  const { stream, driver, texts } = await start(lines);
  const all = Array.from({ length: 200_000 }, (_, i) => `line ${i}`);
  stream.end(`${all.join('\n')}\n`);
  await driver.run();
  expect(texts()).toEqual(all);
});

test('a header, a document, a record that is too long', async () => {
  const table = await start(csv);
  table.stream.write('a,');
  table.stream.end('b\n1,2\n');
  await table.driver.run();
  expect(table.driver.rows).toEqual([{ a: 1, b: 2 }]);

  const document = await start(json);
  document.stream.write('[{"a":1},');
  document.stream.end('{"a":2}]');
  await document.driver.run();
  expect(document.driver.rows).toEqual([{ a: 1 }, { a: 2 }]);

  const long = await start(lines, { maxRecord: 1000 });
  long.stream.write(`one\n${'x'.repeat(5000)}`);
  await long.driver.run(() => long.driver.dead.length === 1);
  long.stream.end(`${'x'.repeat(5000)}\ntwo`);
  await long.driver.run();
  expect(long.texts()).toEqual(['one', 'two']);
});

test('gives out what was taken when asked to end, and says what was left', async () => {
  const { stream, driver, texts } = await start(lines);
  stream.write('one\ntwo\nthr');
  await driver.run(() => driver.emitted.length === 2);
  driver.reader.drain!();
  stream.write('ee\nfour\n');
  expect(await driver.run()).toBe('end');
  expect(texts()).toEqual(['one', 'two']);
  expect(driver.logs).toEqual(['warn 3 bytes of a record were left behind, whose end had not come']);
});

test('a stream that breaks ends the topology with a code', async () => {
  const { stream, driver } = await start(lines);
  stream.destroy(new Error('the pipe broke'));
  await expect(driver.run()).rejects.toThrow(expect.objectContaining({ code: 'WEIR_STREAM' }));
});
