import type { types } from 'cassandra-driver';
import type { AssignedSplit, Row, SourceContext, SourceOutput, SourceReader } from '#stage';
import { Cluster } from './cluster.ts';
import { readerOf } from './from-cql.ts';
import { quoted, tableName } from './names.ts';
import { type ClusterOptions, type Level, levelName, type TableOptions } from './options.ts';
import type { TokenRange } from './ranges.ts';
import { columnsOf, findTable } from './table.ts';

export interface ScanOptions extends ClusterOptions, TableOptions {
  readonly columns: readonly string[] | undefined;
  readonly consistency: Level;
  /** Rows that are asked for at a time. */
  readonly page: number;
}

/** Behind the last row emitted: its token, how many rows of that token have been, and of the whole range. */
interface Position {
  token: string;
  rows: number;
  order: number;
}

interface Range {
  readonly id: string;
  readonly to: string;
  position: Position;
  /** Rows of the position's token that are to be passed over. */
  skip: number;
}

/** Rows given out in one poll. */
const POLL_ROWS = 500;

/** The token's own column, which no table has. */
const TOKEN = 'weir token';

/** Reads ranges of the ring one after the other, a page while the one before is given out. */
export class ScanReader implements SourceReader {
  readonly #o: ScanOptions;
  readonly #context: SourceContext;
  #cluster: Cluster | undefined;
  #query = '';
  #names: string[] = [];
  #read: (value: unknown) => unknown = (value) => value;
  #ranges: Range[] = [];
  /** Which range is read; its page in hand, and how far it is given out. */
  #at = 0;
  #rows: types.Row[] = [];
  #next = 0;
  /** Of the page behind the one in hand: none asked, on its way, there. */
  #ahead: 'none' | 'asked' | { rows: types.Row[] } = 'none';
  #pageState: string | undefined;
  /** Of the query that the page's state belongs to. */
  #bounds: unknown[] = [];
  #begun = false;
  #failed = false;

  constructor(options: ScanOptions, context: SourceContext) {
    this.#o = options;
    this.#context = context;
  }

  async open(splits: readonly AssignedSplit[]): Promise<void> {
    this.#ranges = splits.map(({ id, data, position }) => {
      const { from, to } = data as TokenRange;
      const known = (position as Position | undefined) ?? { token: from, rows: 0, order: 0 };
      return { id, to, position: { ...known }, skip: known.rows };
    });
    if (splits.length === 0) return;
    const patient = splits.some(({ position }) => position !== undefined);
    const cluster = await Cluster.connect(this.#o, this.#context, { patient });
    this.#cluster = cluster;
    const table = await findTable(cluster, this.#o);
    this.#names = columnsOf(table, this.#o, cluster.where);
    this.#read = readerOf(cluster.driver);
    const token = `token(${table.partition.map(quoted).join(', ')})`;
    const columns = [...this.#names.map(quoted), `${token} AS ${quoted(TOKEN)}`];
    this.#query = `SELECT ${columns.join(', ')} FROM ${tableName(this.#o)} WHERE ${token} >= ? AND ${token} <= ?`;
  }

  poll(out: SourceOutput): 'more' | 'wait' | 'end' {
    if (this.#failed) return 'wait';
    for (;;) {
      const range = this.#ranges[this.#at];
      if (range === undefined) return 'end';
      if (this.#next < this.#rows.length) return this.#give(range, out);
      if (typeof this.#ahead === 'object') {
        this.#rows = this.#ahead.rows;
        this.#next = 0;
        this.#ahead = 'none';
        if (this.#pageState !== undefined) this.#ask(range);
      } else if (this.#ahead === 'asked') return 'wait';
      else if (!this.#begun || this.#pageState !== undefined) {
        this.#begun = true;
        this.#ask(range);
        return 'wait';
      } else {
        out.endSplit(range.id);
        this.#at++;
        this.#begun = false;
      }
    }
  }

  #give(range: Range, out: SourceOutput): 'more' {
    const { position } = range;
    const to = Math.min(this.#rows.length, this.#next + POLL_ROWS);
    for (; this.#next < to; this.#next++) {
      const found = this.#rows[this.#next] as types.Row;
      const token = String(found[TOKEN]);
      if (token !== position.token) {
        position.token = token;
        position.rows = 0;
        range.skip = 0;
      }
      if (range.skip > 0) {
        range.skip--;
        continue;
      }
      const row: Row = {};
      for (const name of this.#names) row[name] = this.#read(found[name]);
      position.rows++;
      out.emit(range.id, row, position.order++, this.#context.now());
    }
    return 'more';
  }

  /** Asks for the next page of the range. A page that has been lost on its way is asked for again. */
  #ask(range: Range): void {
    const cluster = this.#cluster as Cluster;
    const { Long, consistencies } = cluster.driver.types;
    this.#ahead = 'asked';
    if (this.#pageState === undefined) this.#bounds = [range.position.token, range.to].map((at) => Long.fromString(at));
    const options = {
      prepare: true,
      isIdempotent: true,
      autoPage: false,
      fetchSize: this.#o.page,
      consistency: consistencies[levelName(this.#o.consistency) as 'one'],
      ...(this.#pageState === undefined ? {} : { pageState: this.#pageState }),
    };
    cluster.execute(this.#query, this.#bounds, options).then(
      ({ rows, pageState }) => {
        this.#pageState = pageState ?? undefined;
        this.#ahead = { rows };
        this.#context.wake();
      },
      (error) => {
        if (cluster.closed) return;
        this.#failed = true;
        this.#context.fail(error);
      },
    );
  }

  positions(): Record<string, Position> {
    return Object.fromEntries(this.#ranges.map(({ id, position }) => [id, { ...position }]));
  }

  async close(): Promise<void> {
    await this.#cluster?.close();
  }
}
