import { WeirError } from '#stage';
import type { Cluster } from './cluster.ts';
import { quoted, tableName } from './names.ts';
import type { TableOptions } from './options.ts';
import type { CqlType } from './to-cql.ts';

/** A table as the cluster knows it. */
export interface Table {
  readonly columns: ReadonlyMap<string, CqlType>;
  /** Names of the columns that make the partition, in order. */
  readonly partition: readonly string[];
  /** And of those that order the rows in it. */
  readonly clustering: readonly string[];
  /** What has an index of its own. */
  readonly indexed: readonly string[];
}

/** What a table that is to be made looks like. */
export interface TableForm {
  /** Column → type, as CQL writes it. */
  readonly types: Readonly<Record<string, string>>;
  /** As CQL writes it: `id`, or `(tenant, day), at`. */
  readonly primaryKey: string;
  readonly replicationFactor: number;
}

/** Looks the table up. Throws `WEIR_CASSANDRA_TABLE` when it isn't there. */
export async function findTable(cluster: Cluster, options: TableOptions): Promise<Table> {
  const found = await lookUp(cluster, options);
  if (found !== undefined) return found;
  const { keyspace, table } = options;
  const advice = 'create it, or have the sink do so by `create: true`';
  throw new WeirError('WEIR_CASSANDRA_TABLE', `${cluster.where} has no table ${keyspace}.${table}: ${advice}`, {
    data: { permanent: true },
  });
}

/** The table, if it is there. */
export async function lookUp(cluster: Cluster, { keyspace, table }: TableOptions): Promise<Table | undefined> {
  const found = await cluster.retried(() => cluster.client.metadata.getTable(keyspace, table));
  // The driver's types say that it is always there.
  if ((found as unknown) === null) return undefined;
  const names = (columns: readonly { name: string }[]) => columns.map(({ name }) => name);
  return {
    columns: new Map(found.columns.map(({ name, type }) => [name, type as CqlType])),
    partition: names(found.partitionKeys),
    clustering: names(found.clusteringKeys),
    indexed: found.indexes.map(({ target }) => target.replaceAll(/^"|"$/g, '')),
  };
}

/** Whether statements on a table are taken: while it is being made, a node shows it a moment before. */
export async function isServed(cluster: Cluster, options: TableOptions): Promise<boolean> {
  try {
    await cluster.execute(`SELECT * FROM ${tableName(options)} LIMIT 1`, [], { prepare: false });
    return true;
  } catch (error) {
    // Who may not read, or does not reach it, learns that when it writes.
    return !(error instanceof WeirError && error.code === 'WEIR_CASSANDRA_TABLE');
  }
}

/** The columns that are read: those named, or all. Throws `WEIR_CASSANDRA_TABLE` for one that isn't there. */
export function columnsOf(
  { columns }: Table,
  { keyspace, table, columns: wanted }: TableOptions & { columns: readonly string[] | undefined },
  where: string,
): string[] {
  const all = [...columns.keys()];
  const missing = wanted?.find((name) => !columns.has(name));
  if (missing === undefined) return [...(wanted ?? all)];
  const what = `${where}: the table ${keyspace}.${table} has no column ${missing}, but ${all.join(', ')}`;
  throw new WeirError('WEIR_CASSANDRA_TABLE', what, { data: { permanent: true } });
}

/** The columns that rows are found by, all equal to something. Throws `WEIR_CASSANDRA_TABLE` where Cassandra would have to look at all rows. */
export function keyColumns(
  table: Table,
  options: TableOptions & { columns: readonly string[] },
  where: string,
): string[] {
  const names = columnsOf(table, options, where);
  const { partition, clustering, indexed } = table;
  // What goes with an index is for the cluster to say.
  if (names.some((name) => indexed.includes(name))) return names;
  const unknown = clustering.findIndex((name) => !names.includes(name));
  const leading = unknown < 0 ? clustering : clustering.slice(0, unknown);
  const missing = partition.find((name) => !names.includes(name));
  const other = names.find((name) => !partition.includes(name) && !leading.includes(name));
  if (missing === undefined && other === undefined) return names;
  const what = missing === undefined ? `by ${other}` : `without ${missing}`;
  const rest = clustering.length === 0 ? '' : `, and as many as are known of ${clustering.join(', ')}, from the first`;
  throw new WeirError(
    'WEIR_CASSANDRA_TABLE',
    `${where}: the table ${options.keyspace}.${options.table} cannot be asked ${what}: give ${partition.join(', ')}${rest}`,
    { data: { permanent: true } },
  );
}

/** The columns that are written: those given, or all. Throws `WEIR_CASSANDRA_TABLE` for what cannot be. */
export function writtenColumns(
  table: Table,
  { keyspace, table: name, columns }: TableOptions & { columns: { readonly names: readonly string[] } | undefined },
  cluster: Cluster,
): readonly string[] {
  const fault = (what: string) =>
    new WeirError('WEIR_CASSANDRA_TABLE', `${cluster.where}: the table ${keyspace}.${name} ${what}`, {
      data: { permanent: true },
    });
  const names = columns?.names ?? [...table.columns.keys()];
  for (const key of [...table.partition, ...table.clustering]) {
    if (!names.includes(key)) throw fault(`has ${key} in its primary key: give it in columns`);
  }
  const { dataTypes } = cluster.driver.types;
  for (const column of names) {
    const type = table.columns.get(column);
    if (type === undefined) throw fault(`has no column ${column}, but ${[...table.columns.keys()].join(', ')}`);
    if (type.code === dataTypes.counter) {
      throw fault(`counts in ${column}: a count that is written again after a crash is another one`);
    }
    if (type.code === dataTypes.list && type.options?.frozen !== true) {
      const advice = 'make it a frozen<list<…>>, a set or a map, or leave it out of columns';
      throw fault(
        `has a list ${column} that is not frozen, whose items are doubled when they are written again: ${advice}`,
      );
    }
  }
  return names;
}

/** Creates keyspace and table where they are not there. Columns of a table that is there are left as they are. */
export async function createTable(cluster: Cluster, options: TableOptions, form: TableForm): Promise<void> {
  const { keyspace } = options;
  const { types, primaryKey, replicationFactor } = form;
  const plain = { prepare: false };
  const replication = `{'class': 'SimpleStrategy', 'replication_factor': ${replicationFactor}}`;
  const columns = Object.entries(types).map(([name, type]) => `${quoted(name)} ${writable(type)}`);
  const key = primaryKeyOf(primaryKey, types);
  await cluster.execute(
    `CREATE KEYSPACE IF NOT EXISTS ${quoted(keyspace)} WITH REPLICATION = ${replication}`,
    [],
    plain,
  );
  const text = `CREATE TABLE IF NOT EXISTS ${tableName(options)} (${columns.join(', ')}, PRIMARY KEY (${key}))`;
  await cluster.execute(text, [], plain);
}

/** A list that is not frozen cannot be written again without its items being doubled. */
function writable(type: string): string {
  return /^\s*list\s*</i.test(type) ? `frozen<${type}>` : type;
}

const NAME = String.raw`\s*(\w+)\s*`;
const NAMES = `${NAME}(?:,${NAME})*`;
const PRIMARY_KEY = new RegExp(String.raw`^\s*(?:\(${NAMES}\)\s*(?:,${NAMES})?|${NAMES})$`);

/** The columns of a primary key with their names quoted. Throws `WEIR_OPTION` for what is none, or names no column. */
export function primaryKeyOf(text: string, types: Readonly<Record<string, string>>): string {
  const fault = (what: string) => new WeirError('WEIR_OPTION', `primaryKey: '${text}' ${what}`);
  if (!PRIMARY_KEY.test(text)) throw fault('is none: write `id`, `tenant, at` or `(tenant, day), at`');
  for (const [name] of text.matchAll(/\w+/g))
    if (types[name] === undefined) throw fault(`names ${name}, which types lacks`);
  return text.replaceAll(/\w+/g, quoted);
}

/** A type as CQL writes it: `text`, `map<text, frozen<list<int>>>`, a user type. Nothing else is put into a statement. */
export function isTypeText(text: string): boolean {
  return /^[\w<>, ]+$/.test(text);
}
