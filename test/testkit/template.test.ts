import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll } from 'vitest';
import { newCommand } from '../../src/cli/new.ts';

// What `weir new` writes, and the test beside it, as it stands: it registers the battery here.
const folder = mkdtempSync(join(tmpdir(), 'weir-new-'));
afterAll(() => rmSync(folder, { recursive: true }));

const KINDS = ['operator', 'source', 'sink', 'codec'];
const before = process.cwd();
process.chdir(folder);
try {
  for (const kind of KINDS) await newCommand(kind, `my-${kind}`);
} finally {
  process.chdir(before);
}
for (const kind of KINDS) {
  await import(pathToFileURL(join(folder, 'stages', `my-${kind}.test.mjs`)).href);
}
