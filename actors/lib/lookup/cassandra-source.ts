import { type At, type KeySpec, messageOf, type OperatorContext, type Row, WeirError } from '#stage';
import { Cluster } from '../cassandra/cluster.ts';
import { readerOf } from '../cassandra/from-cql.ts';
import { quoted, tableName } from '../cassandra/names.ts';
import { type ClusterOptions, type Level, levelName, type TableOptions } from '../cassandra/options.ts';
import { columnsOf, findTable, keyColumns } from '../cassandra/table.ts';
import { writerOf } from '../cassandra/to-cql.ts';
import { AnswerCache, type CacheOptions } from './answer-cache.ts';
import type { Answer } from './answer-line.ts';
import { asking, type LookupSource } from './source.ts';

export interface CassandraLookup extends ClusterOptions, TableOptions {
  readonly columns: readonly string[] | undefined;
  readonly consistency: Level;
  /** Column ← what of the record it is equal to. */
  readonly key: KeySpec;
  readonly cache: CacheOptions;
}

/** What a table is asked by. */
interface Asker {
  readonly cluster: Cluster;
  readonly query: string;
  readonly writes: readonly ((value: unknown) => unknown)[];
  readonly rowOf: (found: Record<string, unknown>) => Row;
}

const CODE = 'WEIR_LOOKUP_CASSANDRA';

/** No other key would fare better. */
function isOfAll(error: unknown): boolean {
  if (!(error instanceof WeirError) || error.code === 'WEIR_CASSANDRA_READ') return false;
  return error.data?.permanent === true || error.code === 'WEIR_CASSANDRA_TABLE';
}

/** Asks a table of Cassandra for the row of a key. */
export class CassandraSource implements LookupSource {
  readonly #o: CassandraLookup;
  readonly #context: OperatorContext;
  readonly #cache: AnswerCache;
  #asker: Promise<Asker> | undefined;
  #cluster: Cluster | undefined;
  #closed = false;

  constructor(options: CassandraLookup, context: OperatorContext) {
    this.#o = options;
    this.#context = context;
    this.#cache = new AnswerCache(options.cache, () => context.now());
  }

  questionOf(row: Row, at: At) {
    const values = this.#o.key.expressions.map((expression) => expression.evaluate(row, at) ?? null);
    return asking(values.includes(null) ? undefined : values, (known) =>
      this.#cache.get(JSON.stringify(known), () => this.#ask(known)),
    );
  }

  async #ask(values: readonly unknown[]): Promise<Answer> {
    // Rejects where no other question would fare better: then the run ends, or begins anew.
    this.#asker ??= this.#begin();
    const { cluster, query, writes, rowOf } = await this.#asker;
    let parameters: unknown[];
    try {
      parameters = values.map((value, i) => writes[i]?.(value));
    } catch (error) {
      return { failed: messageOf(error), code: CODE };
    }
    const consistency = cluster.driver.types.consistencies[levelName(this.#o.consistency) as 'one'];
    try {
      const { rows } = await cluster.execute(query, parameters, { prepare: true, isIdempotent: true, consistency });
      return { found: rows[0] === undefined ? null : rowOf(rows[0]) };
    } catch (error) {
      if (isOfAll(error)) throw error;
      return { failed: messageOf(error), code: CODE };
    }
  }

  async #begin(): Promise<Asker> {
    const { key, ...options } = this.#o;
    const cluster = await Cluster.connect(options, this.#context, { patient: this.#context.epoch > 0 });
    this.#cluster = cluster;
    if (this.#closed) await cluster.close();
    const table = await findTable(cluster, options);
    const keys = keyColumns(table, { ...options, columns: key.names }, cluster.where);
    const names = columnsOf(table, options, cluster.where);
    const read = readerOf(cluster.driver);
    const where = keys.map((name) => `${quoted(name)} = ?`).join(' AND ');
    return {
      cluster,
      query: `SELECT ${names.map(quoted).join(', ')} FROM ${tableName(options)} WHERE ${where} LIMIT 1`,
      writes: keys.map((name) => writerOf(cluster.driver, table.columns.get(name) ?? { code: 0 }, name)),
      rowOf: (found) => Object.fromEntries(names.map((name) => [name, read(found[name])])),
    };
  }

  close(): void {
    this.#closed = true;
    this.#cluster?.close().catch(() => {});
  }
}
