import { type At, messageOf, type Projection, type Row, type SinkContext, type SinkWriter, WeirError } from '#stage';
import { Progress } from '../delivery/progress.ts';
import { type Batch, Batches, type Bound } from './batches.ts';
import { Cluster } from './cluster.ts';
import { faultOf } from './faults.ts';
import { quoted, tableName } from './names.ts';
import { type ClusterOptions, type Level, levelName, type TableOptions } from './options.ts';
import { createTable, findTable, isServed, lookUp, type Table, type TableForm, writtenColumns } from './table.ts';
import { type CqlType, hasOneKey, keyOf, writerOf } from './to-cql.ts';

export interface CassandraWriterOptions extends ClusterOptions, TableOptions {
  /** Column ← expression; without it the fields of the table's own names. */
  readonly columns: Projection | undefined;
  readonly form: TableForm | undefined;
  readonly consistency: Level;
  /** Milliseconds that a row lives. */
  readonly ttl: number | undefined;
  /** Of two rows with one primary key which stays: the one that came last, or the one of the later event time. */
  readonly wins: 'last' | 'latest';
  readonly nulls: 'delete' | 'keep';
  readonly batch: number;
  readonly linger: number;
  readonly concurrency: number;
}

/** Rows that wait to be sent before the stream has to: enough that those of some hundred partitions come together. */
const MOST_WAITING = 8192;
/** Their bytes, roughly. */
const MOST_BYTES = 32 * 2 ** 20;
/** How often to look for a table that another subtask creates. */
const LOOK_MS = 200;
const LOOKS = 150;

type Column = { value: (row: Row, at: At) => unknown; write: (value: unknown) => unknown; key: boolean; name: string };

/** Upserts rows, in batches of one partition, some at a time; the barrier waits until all are acknowledged. */
export class CassandraWriter implements SinkWriter {
  readonly #o: CassandraWriterOptions;
  readonly #context: SinkContext;
  readonly #batches: Batches;
  #cluster: Cluster | undefined;
  #query = '';
  /** The same with the write's time bound to each row. */
  #stamped = '';
  #consistency = 0;
  #columns: Column[] = [];
  /** Places of the partition's columns among all, and of those that order rows in it. */
  #partition: number[] = [];
  #clustering: number[] = [];
  #hasKeys = false;
  #null: unknown = null;
  #inFlight = 0;
  /** Rows since the last barrier that are not acknowledged. */
  #since = { open: 0 };
  /** Ends the wait for the oldest batch's time. */
  #waiting: (() => void) | undefined;
  /** Microseconds of the row before: later rows win over it. */
  #stamp = 0;
  /** Told after each answer. */
  readonly #progress = new Progress();

  constructor(options: CassandraWriterOptions, context: SinkContext) {
    this.#o = options;
    this.#context = context;
    this.#batches = new Batches({ rows: options.batch, waiting: MOST_WAITING, linger: options.linger });
  }

  async open(): Promise<void> {
    const { form, nulls } = this.#o;
    const cluster = await Cluster.connect(this.#o, this.#context, { patient: this.#context.epoch > 0 });
    this.#cluster = cluster;
    // One of them creates: tables that are made twice at the same time are two tables to some nodes.
    if (form !== undefined && this.#context.subtask === 0) await createTable(cluster, this.#o, form);
    if (form !== undefined && this.#context.subtask > 0) await this.#untilThere(cluster);
    const table = await findTable(cluster, this.#o);
    if (nulls === 'keep') this.#null = cluster.driver.types.unset;
    this.#columns = this.#columnsOf(table, cluster);
    const placesOf = (names: readonly string[]) =>
      names.map((name) => this.#columns.findIndex((column) => column.name === name));
    this.#partition = placesOf(table.partition);
    this.#clustering = placesOf(table.clustering);
    const keys = [...table.partition, ...table.clustering];
    this.#hasKeys = keys.every((name) => hasOneKey(cluster.driver, table.columns.get(name) as CqlType));
    this.#consistency = cluster.driver.types.consistencies[levelName(this.#o.consistency) as 'one'];
    this.#query = this.#queryOf([]);
    this.#stamped = this.#queryOf(['TIMESTAMP ?']);
  }

  /** Waits until the table that another subtask makes is there, and the nodes not only name it but take statements on it. */
  async #untilThere(cluster: Cluster): Promise<void> {
    for (let look = 0; look < LOOKS; look++) {
      if ((await lookUp(cluster, this.#o)) !== undefined && (await isServed(cluster, this.#o))) return;
      await new Promise<void>((resolve) => this.#context.after(LOOK_MS, resolve));
      if (cluster.closed) return;
    }
  }

  #columnsOf(table: Table, cluster: Cluster): Column[] {
    const { columns } = this.#o;
    const keys = [...table.partition, ...table.clustering];
    return writtenColumns(table, this.#o, cluster).map((column, i) => {
      const type = table.columns.get(column) as CqlType;
      const expression = columns?.expressions[i];
      return {
        name: column,
        key: keys.includes(column),
        value: expression === undefined ? (row) => row[column] : (row, at) => expression.evaluate(row, at),
        write: writerOf(cluster.driver, type, column),
      };
    });
  }

  #queryOf(using: string[]): string {
    const { ttl } = this.#o;
    const names = this.#columns.map(({ name }) => quoted(name));
    const holes = names.map(() => '?').join(', ');
    const insert = `INSERT INTO ${tableName(this.#o)} (${names.join(', ')}) VALUES (${holes})`;
    const all = ttl === undefined ? using : [...using, `TTL ${Math.ceil(ttl / 1000)}`];
    return all.length === 0 ? insert : `${insert} USING ${all.join(' AND ')}`;
  }

  write(row: Row, at: At): void {
    const params: unknown[] = this.#columns.map(({ name, key, value, write }) => {
      const made = write(value(row, at));
      if (made !== null) return made;
      if (key) throw new WeirError('WEIR_CASSANDRA_VALUE', `${name} is in the primary key and has no value`);
      return this.#null;
    });
    const by = (places: readonly number[]) => keyOf(places.map((place) => params[place]));
    const partition = by(this.#partition);
    // Where one key may be found by several, all of a partition count as one.
    const key = this.#hasKeys ? by(this.#clustering) : '';
    const now = this.#context.now();
    const stamp = this.#stampOf(at, now);
    this.#since.open++;
    this.#batches.add(partition, { query: this.#query, params, key, stamp, row, since: this.#since }, now);
    if (this.#isFull && !this.#batches.hasFull) this.#batches.flush();
    if (this.#batches.hasFull) this.#pump();
    else this.#await();
  }

  /**
   * Of each row, since the order in which batches arrive is another one: a row wins over those before it. By event time a row that
   * is written again after a crash never wins over one that came later.
   */
  #stampOf({ time }: At, now: number): number {
    const own = this.#o.wins === 'latest';
    this.#stamp = own ? Math.trunc(time) * 1000 : Math.max(this.#stamp + 1, Math.trunc(now) * 1000);
    return this.#stamp;
  }

  /** Sends what has waited for its time, once it has. While as much is under way as may be, an answer is waited for. */
  #await(): void {
    if (this.#waiting !== undefined || this.#inFlight >= this.#o.concurrency || this.#batches.isHeld) return;
    const { due } = this.#batches;
    if (due === undefined) return;
    this.#waiting = this.#context.after(Math.max(1, due - this.#context.now()), () => {
      this.#waiting = undefined;
      this.#pump();
    });
  }

  #pump(): void {
    while (this.#inFlight < this.#o.concurrency && !this.#progress.hasFailed) {
      const batch = this.#batches.take(this.#context.now());
      if (batch === undefined) {
        this.#await();
        return;
      }
      this.#inFlight++;
      this.#send(batch).finally(() => {
        this.#inFlight--;
        this.#batches.done(batch);
        for (const { since } of batch.rows) since.open--;
        this.#pump();
        this.#progress.tell();
      });
    }
  }

  async #send(batch: Batch): Promise<void> {
    const cluster = this.#cluster as Cluster;
    const { rows } = batch;
    try {
      await cluster.retried(() => this.#try(cluster, batch));
    } catch (error) {
      if (cluster.closed || this.#progress.hasFailed) return;
      const { cause } = error as { cause?: unknown };
      if (!faultOf(cause, cluster.where).ofRow) {
        this.#progress.fail(error);
        this.#context.fail(error);
      } else if (rows.length === 1) {
        this.#context.deadLetter(rows[0]?.row, 'WEIR_CASSANDRA_VALUE', messageOf(error));
      } else for (const row of rows) await this.#send({ rows: [row], repeats: false, bytes: 0 }); // The others are no part of it.
    }
  }

  #try({ client, driver }: Cluster, { rows, repeats }: Batch): Promise<unknown> {
    const last = rows.at(-1) as Bound;
    const how = { prepare: true, isIdempotent: true, consistency: this.#consistency, logged: false };
    // One time for all is less to send, and less work for the node. Batches of a partition are filled one after the other: that of the
    // last row puts them in their order.
    const timestamp = last.stamp;
    if (rows.length === 1) return client.execute(this.#query, last.params, { ...how, timestamp });
    if (this.#o.wins === 'last' && !repeats) return client.batch(rows as Bound[], { ...how, timestamp });
    const { Long } = driver.types;
    const query = this.#stamped;
    const stamped = rows.map(({ params, stamp }) => ({ query, params: [...params, Long.fromNumber(stamp)] }));
    return client.batch(stamped, how);
  }

  busy(): Promise<void> | undefined {
    return this.#isFull ? this.#progress.until(() => !this.#isFull) : undefined;
  }

  get #isFull(): boolean {
    return this.#batches.size >= MOST_WAITING || this.#batches.bytes >= MOST_BYTES;
  }

  async prepare(): Promise<undefined> {
    const before = this.#since;
    this.#since = { open: 0 };
    this.#batches.flush();
    this.#pump();
    await this.#progress.until(() => before.open === 0);
  }

  async close(): Promise<void> {
    this.#waiting?.();
    await this.#cluster?.close();
  }
}
