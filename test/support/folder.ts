import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach } from 'vitest';

/** A folder of this test alone, by paths within it. */
export interface Folder {
  readonly path: string;
  at(name: string): string;
  /** What an NDJSON file holds. */
  rows(name: string): any[];
  write(name: string, text: string): void;
  writeRows(name: string, rows: readonly object[]): void;
}

/** Gives each test of the file that calls it a new temporary folder, which is gone behind it. */
export function freshFolder(): Folder {
  let path = '';
  beforeEach(() => {
    path = mkdtempSync(join(tmpdir(), 'weir-'));
  });
  afterEach(() => rmSync(path, { recursive: true, force: true }));
  const at = (name: string) => join(path, name);
  const write = (name: string, text: string) => writeFileSync(at(name), text);
  return {
    get path() {
      return path;
    },
    at,
    rows(name) {
      const lines = readFileSync(at(name), 'utf8').split('\n');
      return lines.filter((line) => line !== '').map((line) => JSON.parse(line));
    },
    write,
    writeRows: (name, rows) => write(name, rows.map((row) => `${JSON.stringify(row)}\n`).join('')),
  };
}
