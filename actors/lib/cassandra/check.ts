import { clock } from '../connect/clock.ts';
import { Cluster } from './cluster.ts';
import type { ClusterOptions, TableOptions } from './options.ts';
import { findTable, lookUp, type Table } from './table.ts';

/**
 * Asks a cluster for a table, and closes again; `judge` throws for what is wrong with it. `mayLack`: it is made when it is not
 * there. Throws `WEIR_CASSANDRA_…`.
 */
export async function checkTable(
  options: ClusterOptions & TableOptions,
  judge: (table: Table, cluster: Cluster) => void,
  { mayLack = false } = {},
): Promise<void> {
  const cluster = await Cluster.connect({ ...options, retryFor: 0 }, clock, { patient: false });
  try {
    const table = mayLack ? await lookUp(cluster, options) : await findTable(cluster, options);
    if (table !== undefined) judge(table, cluster);
  } finally {
    await cluster.close();
  }
}
