import type { At, Key, OperatorContext, Row } from '#stage';
import { matchKey } from '../keys/match-key.ts';
import type { Answer } from './answer-line.ts';
import { FileTable } from './file-table.ts';
import { asking, type LookupSource } from './source.ts';

type KeySpec = Parameters<typeof matchKey>[0];

/** What must be equal in the record, on the left, and in a row of the table. */
export interface TableMatch {
  readonly left: KeySpec;
  readonly right: KeySpec;
}

const AT: At = { time: 0, order: 0, key: null };
const find = (table: ReadonlyMap<Key, Row>, key: Key): Answer => ({ found: table.get(key) ?? null });

/** Looks into records that are there from the beginning. */
export function rowsSource(rows: readonly Row[], { left, right }: TableMatch): LookupSource {
  const [about, keyOf] = [matchKey(left), matchKey(right)];
  const table = new Map<Key, Row>();
  for (const row of rows) {
    const key = keyOf(row, AT);
    if (key !== undefined) table.set(key, row);
  }
  return { questionOf: (row, at) => asking(about(row, at), (key) => find(table, key)), close() {} };
}

/** Looks into a file's records, once they have been read. */
export function fileSource(
  file: string,
  { left, right }: TableMatch,
  reloadMs: number | undefined,
  context: OperatorContext,
): LookupSource {
  const [about, keyOf] = [matchKey(left), matchKey(right)];
  const table = new FileTable<Key>(file, (row) => keyOf(row, AT), reloadMs, context);
  return {
    questionOf: (row, at) =>
      asking(about(row, at), (key) => {
        if (table.rows !== undefined) return find(table.rows, key);
        return table.ready.then(() => find(table.rows as ReadonlyMap<Key, Row>, key));
      }),
    close: () => table.close(),
  };
}
