import { createReadStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { launch } from '../../host/launch.ts';
import type { Row } from '../../stage/row.ts';
import type { Graph } from '../../topology/graph.ts';

/** What a topology printed, and how it went. */
export interface Ran {
  rows: Row[];
  deadLetters: number;
  /** Why the first dead letter is one. */
  refused: string | undefined;
  seconds: number;
}

/** Runs a topology of `evaluate` to its end in a folder that is removed, and takes the rows that it prints as JSON. */
export async function runRows(graph: Graph, threads: number): Promise<Ran> {
  const folder = await mkdtemp(join(tmpdir(), 'weir-evaluate-'));
  let printed = '';
  const { engine, close } = launch(graph, {
    threads,
    stateFolder: folder,
    print(text, shown) {
      printed += text;
      shown();
    },
  });
  try {
    const { durationMs, deadLetters } = await engine.run();
    const rows = printed
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Row);
    // After a restart lines since the last checkpoint come again: the later ones count.
    const byRow = new Map(rows.map((row) => [row.final ? 'final' : row.rows, row]));
    const refused = deadLetters === 0 ? undefined : await firstReason(join(folder, 'dead-letters.ndjson'));
    return { rows: [...byRow.values()], deadLetters, refused, seconds: durationMs / 1000 };
  } finally {
    await close();
    await rm(folder, { recursive: true, force: true });
  }
}

async function firstReason(file: string): Promise<string | undefined> {
  const stream = createReadStream(file);
  try {
    for await (const line of createInterface({ input: stream })) {
      const { stage, code, reason } = JSON.parse(line) as Record<string, string>;
      return `${stage}: ${reason} (${code})`;
    }
    return undefined;
  } finally {
    stream.destroy();
  }
}
