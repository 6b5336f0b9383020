import { type Agent, AgentFault, type Following } from './agent.ts';
import type { Varbind } from './library.ts';

/** A cell of a table, and how long the agent had been up when it gave it. */
export interface Cell {
  readonly varbind: Varbind;
  readonly upTime: number | undefined;
}

/** A column, its place among all, and how far it has been read. */
interface Place {
  readonly column: string;
  readonly place: number;
  at: string;
}

/** Columns asked for at a time: an answer must fit into a datagram. */
const TOGETHER = 10;

/**
 * Rows of a table by their index, each a list of cells in the order of the columns. Throws {@link AgentFault} for an agent that does not
 * answer, goes round in circles, or has more than `mostRows`.
 */
export async function walk(
  agent: Agent,
  columns: readonly string[],
  { repetitions, mostRows }: { repetitions: number; mostRows: number },
): Promise<Map<string, (Cell | undefined)[]>> {
  const rows = new Map<string, (Cell | undefined)[]>();
  const take = (one: Place, { list, hasEnded }: Following, upTime: number | undefined): boolean => {
    for (const varbind of list) {
      if (!varbind.oid.startsWith(`${one.column}.`)) return false;
      if (compareOids(varbind.oid, one.at) <= 0) {
        throw new AgentFault(`its table does not end: after ${one.at} it gives ${varbind.oid}`);
      }
      one.at = varbind.oid;
      const index = varbind.oid.slice(one.column.length + 1);
      let row = rows.get(index);
      if (row === undefined) {
        if (rows.size >= mostRows) throw new AgentFault(`its table has more than ${mostRows} rows (maxRows)`);
        row = new Array(columns.length).fill(undefined);
        rows.set(index, row);
      }
      row[one.place] = { varbind, upTime };
    }
    return !hasEnded;
  };
  for (let first = 0; first < columns.length; first += TOGETHER) {
    let open: Place[] = columns
      .slice(first, first + TOGETHER)
      .map((column, i) => ({ column, place: first + i, at: column }));
    while (open.length > 0) {
      const { values, upTime } = await agent.following(
        open.map(({ at }) => at),
        repetitions,
      );
      if (values.every(({ list, hasEnded }) => list.length === 0 && !hasEnded)) {
        throw new AgentFault('its answer to a walk is empty');
      }
      // What was left out for want of room is asked for again.
      open = open.filter((one, i) => take(one, values[i] as Following, upTime));
    }
  }
  return rows;
}

export function compareOids(a: string, b: string): number {
  const [x, y] = [a.split('.'), b.split('.')];
  for (let i = 0; i < Math.min(x.length, y.length); i++) {
    const difference = Number(x[i]) - Number(y[i]);
    if (difference !== 0) return difference;
  }
  return x.length - y.length;
}
