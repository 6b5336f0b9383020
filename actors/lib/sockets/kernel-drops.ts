import { readFile } from 'node:fs/promises';

/** Columns of /proc/net/udp, from 0, behind its blanks: the local address, and the last one. */
const LOCAL = 1;
const DROPS = 12;

/**
 * How many datagrams the kernel has thrown away, since it was opened, of the socket that is bound to a port: its buffer was
 * full. Undefined where nobody tells, as on systems other than Linux.
 */
export async function kernelDrops(port: number): Promise<number | undefined> {
  const tables = await Promise.all(
    ['udp', 'udp6'].map((name) => readFile(`/proc/net/${name}`, 'latin1').catch(() => undefined)),
  );
  const counts = tables.flatMap((table) => (table === undefined ? [] : dropsIn(table, port)));
  return counts.length === 0 ? undefined : counts.reduce((a, b) => a + b);
}

/** The drops of each socket of a table that is bound to the port. */
export function dropsIn(table: string, port: number): number[] {
  const end = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const rows = table.split('\n').slice(1);
  const columns = rows.map((row) => row.trim().split(/\s+/));
  const own = columns.filter((row) => row[LOCAL]?.endsWith(end));
  return own.map((row) => Number(row[DROPS])).filter((count) => Number.isSafeInteger(count));
}
