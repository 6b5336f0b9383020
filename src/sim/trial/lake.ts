import type { Graph } from '../../topology/graph.ts';
import type { TopologyTest } from '../../topology/tests.ts';
import type { KvWrite } from '../../world/disk.ts';

/** A store as it is before a test begins. */
export interface GivenStore {
  path: string;
  writes: readonly KvWrite[];
}

interface StoredRows {
  storedRows(table: string, rows: readonly object[]): KvWrite[];
}

interface TableName {
  LAKE_FOLDER: string;
}

/** The lakes that the lookups of a test's graph read, with the rows that it gives of their tables. */
export async function givenLakes({ nodes }: Graph, test: TopologyTest): Promise<GivenStore[]> {
  if (test.lake.size === 0) return [];
  const { storedRows } = (await lakeModule('stored-rows')) as StoredRows;
  const { LAKE_FOLDER } = (await lakeModule('table-name')) as TableName;
  return nodes.flatMap(({ stage, options: { lake, path = LAKE_FOLDER } }) => {
    const rows = stage === 'lookup' ? test.lake.get(String(lake)) : undefined;
    return rows === undefined ? [] : [{ path: String(path), writes: storedRows(String(lake), rows) }];
  });
}

/** The lake's own code lies beside its stages, which the sources reach at run time only. */
function lakeModule(name: string): Promise<unknown> {
  const ending = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  return import(new URL(`../../../actors/lib/lake/${name}.${ending}`, import.meta.url).href);
}
