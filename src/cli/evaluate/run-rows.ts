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
  /** Predictions of rows whose target is not known: how many, and the first of them. */
  open: { rows: number; predictions: unknown[] };
}

/** Predictions of rows without a target that are kept. */
const OPEN = 20;

/** Runs a topology of `evaluate` to its end in a folder that is removed, and takes the rows that it prints as JSON. */
export async function runRows(graph: Graph, threads: number): Promise<Ran> {
  const folder = await mkdtemp(join(tmpdir(), 'weir-evaluate-'));
  let rest = '';
  // After a restart lines since the last checkpoint come again: the later ones count.
  const byRow = new Map<unknown, Row>();
  const open: Ran['open'] = { rows: 0, predictions: [] };
  const take = (row: Row) => {
    if (!('open' in row)) byRow.set(row.final ? 'final' : row.rows, row);
    else if (++open.rows <= OPEN) open.predictions.push(row.open);
  };
  const { engine, close } = launch(graph, {
    threads,
    stateFolder: folder,
    print(text, shown) {
      const lines = (rest + text).split('\n');
      rest = lines.pop() as string;
      for (const line of lines) if (line !== '') take(JSON.parse(line));
      shown();
    },
  });
  try {
    const { durationMs, deadLetters } = await engine.run();
    const refused = deadLetters === 0 ? undefined : await firstReason(join(folder, 'dead-letters.ndjson'));
    return { rows: [...byRow.values()], deadLetters, refused, seconds: durationMs / 1000, open };
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
