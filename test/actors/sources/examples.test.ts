import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import ndjson from '../../../actors/codecs/ndjson.ts';
import { StreamReader } from '../../../actors/lib/stream/stream-reader.ts';
import file from '../../../actors/sources/file.ts';
import generate from '../../../actors/sources/generate.ts';
import httpServer from '../../../actors/sources/http-server.ts';
import stdin from '../../../actors/sources/stdin.ts';
import tail from '../../../actors/sources/tail.ts';
import type { Example, SourceDefinition } from '../../../src/stage/index.ts';
import { Driver, splitsOf } from './driver.ts';

const run = { codec: ndjson, realTimers: true };

/** Runs an example until all that it expects has come. */
async function check(
  definition: SourceDefinition<any>,
  { expect: rows }: Example,
  options: object,
  then?: (driver: Driver) => unknown,
) {
  const driver = await new Driver(definition, options, run).open(await splitsOf(definition, options, run));
  try {
    await then?.(driver);
    await driver.run(() => driver.emitted.length >= rows!.length);
    expect(driver.rows).toEqual(rows);
  } finally {
    await driver.reader.close?.();
  }
}

test.each(generate.examples)('generate: $title', (example) => check(generate, example, example.options!));

test.each([
  ...file.examples.map((example) => ({ definition: file as SourceDefinition<any>, name: 'file', ...example })),
  ...tail.examples.map((example) => ({ definition: tail as SourceDefinition<any>, name: 'tail', ...example })),
])('$name: $title', async ({ definition, ...example }) => {
  const folder = await mkdtemp(join(tmpdir(), 'weir-example-'));
  const path = join(folder, String(example.options!.path));
  await writeFile(path, example.text!);
  await check(definition, example, { ...example.options, path });
  await rm(folder, { recursive: true });
});

test.each(httpServer.examples)('http-server: $title', (example) =>
  check(httpServer, example, example.options!, (driver) => {
    const url = /taking records at (\S+)/.exec(driver.logs.join())![1]!;
    return fetch(url, { method: 'POST', headers: { 'content-type': 'application/x-ndjson' }, body: example.text! });
  }),
);

test.each(stdin.examples)('stdin: $title', (example) => {
  const stream = new PassThrough();
  stream.end(example.text);
  const definition = {
    ...stdin,
    create: (_: unknown, context: any) => new StreamReader(context, () => stream, 2 ** 20),
  };
  return check(definition as SourceDefinition<any>, example, {});
});
