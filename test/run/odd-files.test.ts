import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { launch } from '../../src/host/launch.ts';
import type { EngineEvent } from '../../src/topology/running.ts';
import { graphOf, node } from '../support/graphs.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'weir-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test.each([
  ['a device', { path: '/dev/null' }],
  ['a device, with upserts', { path: '/dev/null', mode: 'upsert', key: 'n' }],
  ['a folder', { path: 'folder' }],
])('a file sink on %s is refused at once, by its option, and before anything is read', async (_, options) => {
  mkdirSync(join(folder, 'folder'));
  const path = options.path === 'folder' ? join(folder, 'folder') : options.path;
  const events: EngineEvent[] = [];
  const graph = graphOf([
    node('s', 'source', './numbers.mjs', { count: 10 }),
    node('out.file', 'sink', 'file', { ...options, path }, 's'),
  ]);
  const { engine, close } = launch(graph, {
    threads: 0,
    stateFolder: join(folder, 'state'),
    onEvent: (event) => events.push(event),
  });
  try {
    await expect(engine.run()).rejects.toMatchObject({
      code: 'WEIR_NOT_A_FILE',
      message: expect.stringContaining(`out.file: option path: ${path} is a `),
    });
  } finally {
    await close();
  }
  expect(events).toEqual([]);
});
