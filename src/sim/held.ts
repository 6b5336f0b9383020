import type { SimFiles } from './files.ts';
import { outputs, STATE } from './graph.ts';
import type { Held } from './oracle.ts';
import type { Scenario } from './scenario.ts';

type Row = Record<string, unknown>;

/** Reads what the sinks of a run hold, as any reader of the files would. Throws on a line that is no JSON. */
export function readHeld(files: SimFiles, { branches }: Scenario): Held {
  const held: Held = {};
  for (const name of ['windows', ...branches] as const) {
    const path = outputs[name];
    held[name] = (path.endsWith('/') ? shown(files, path) : [path]).flatMap((file) => rowsOf(files, file));
  }
  if (held.forwarded) held.forwarded = once(held.forwarded);
  if (held.sequence) held.sequence = summed(held.sequence);
  const dead = rowsOf(files, `${STATE}/dead-letters.ndjson`);
  held.dead = dead.map(({ stage, code, order }) => ({ stage, code, order }));
  if (branches.includes('late')) held.journal = rowsOf(files, `${STATE}/late.ndjson`);
  return held;
}

/** Files of a folder whose names are not hidden. */
function shown(files: SimFiles, folder: string): string[] {
  return files.list(folder).filter((path) => !path.slice(path.lastIndexOf('/') + 1).startsWith('.'));
}

function rowsOf(files: SimFiles, path: string): Row[] {
  const text = new TextDecoder().decode(files.find(path)?.bytes);
  const lines = text.split('\n');
  if (lines.pop() !== '') throw new Error(`${path} does not end with a whole line`);
  return lines.map((line) => {
    try {
      return JSON.parse(line) as Row;
    } catch {
      throw new Error(`${path} has a line that is no record: ${line.slice(0, 80)}`);
    }
  });
}

/** What may have been sent more than once. */
function once(rows: Row[]): Row[] {
  return [...new Map(rows.map((row) => [`${row.lane} ${row.n}`, row])).values()];
}

/** The counts of the subtasks as one. */
function summed(rows: Row[]): Row[] {
  const counts = rows.filter(({ total }) => total !== undefined);
  if (counts.length === 0) return rows;
  const total = counts.reduce((sum, row) => sum + (row.total as number), 0);
  return [...rows.filter((row) => row.total === undefined), { total }];
}
