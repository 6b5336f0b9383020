import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { launch } from '../../src/host/launch.ts';
import { WebServer } from '../actors/support/web-server.ts';
import { graphOf, node } from '../support/graphs.ts';

let folder: string;
let server: WebServer;
let url: string;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'weir-'));
  server = new WebServer();
  url = await server.listen();
});
afterEach(async () => {
  await server.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Runs from the beginning, as after a crash before the first checkpoint, and gives the keys by the bodies they came with. */
async function keysOf(nodes: ReturnType<typeof node>[], name: string): Promise<Record<string, string[]>> {
  server.calls.length = 0;
  const sink = node('to', 'sink', 'http', { url, batch: 1 }, nodes.at(-1)?.id as string);
  const { engine, close } = launch(graphOf([...nodes, sink]), { threads: 2, stateFolder: join(folder, name) });
  try {
    await engine.run();
  } finally {
    await close();
  }
  const keys: Record<string, string[]> = {};
  for (const { body, headers } of server.calls) (keys[body] ??= []).push(headers['idempotency-key'] as string);
  return Object.fromEntries(Object.entries(keys).map(([body, list]) => [body, list.sort()]));
}

const source = (parallelism: number) =>
  node('s', 'source', 'generate', { count: 60, fields: { i: 'n % 20' } }, undefined, { parallelism });

test('records without event time come under the same keys again, equal ones under keys of their own', async () => {
  const first = await keysOf([source(2)], 'first');
  expect(Object.values(first).map((keys) => new Set(keys).size)).toEqual(Array(20).fill(3));
  // Read at another time, and by another number of subtasks.
  expect(await keysOf([source(1)], 'again')).toEqual(first);
});
