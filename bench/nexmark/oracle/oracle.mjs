import { existsSync, readFileSync, statSync } from 'node:fs';
import { DuckDBInstance } from '@duckdb/node-api';

/** Rows that a report shows of each kind. */
const SHOWN = 3;
/** Doubles that differ by no more than this share of the larger one are equal. */
const TOLERANCE = 1e-9;
/** How DuckDB describes what stands in JSON, for each type that a query gives. Null may stand everywhere. */
const JSON_TYPES = {
  BIGINT: ['BIGINT', 'UBIGINT', 'NULL'],
  DOUBLE: ['DOUBLE', 'BIGINT', 'UBIGINT', 'NULL'],
  VARCHAR: ['VARCHAR', 'NULL'],
};

const sqlOf = (name) => readFileSync(new URL(`./${name}.sql`, import.meta.url), 'utf8');
/** Of a query whose rows depend on the run: what makes of the table `actual` that which does not. */
const seenOf = (name) => new URL(`./seen/${name}.sql`, import.meta.url);
const quoted = (text) => `'${text.replaceAll("'", "''")}'`;
const named = (text) => `"${text.replaceAll('"', '""')}"`;

/**
 * What the Nexmark queries give, by DuckDB: each is the SQL of a file here, over the whole input at once, and shares
 * nothing with Weir. `SELECT * FROM event` and the views of `load.sql` can be asked as well.
 */
export class Oracle {
  #db;
  #sql;

  constructor(db, sql) {
    this.#db = db;
    this.#sql = sql;
  }

  /** Reads a file of events, and q13's side table. Half a second for 100,000 events on one core. */
  static async open({ events, side }) {
    const db = await DuckDBInstance.create(':memory:');
    const oracle = new Oracle(db, await db.connect());
    await oracle.#run(`SET VARIABLE events = ${quoted(events)}`);
    await oracle.#run(`SET VARIABLE side = ${quoted(side)}`);
    await oracle.#run('SET threads = 1');
    await oracle.#run(sqlOf('load'));
    await oracle.#run('RESET threads');
    return oracle;
  }

  /** Rows of any SQL over the events, as objects. */
  async rows(sql) {
    return (await this.#sql.runAndReadAll(sql)).getRowObjectsJson();
  }

  /**
   * Compares what a topology has written, a file or a folder of parts, with what a query must give, in any order; by the wall
   * clock, what every run must give. Returns how many rows there must be, and what is wrong, nothing if all is well.
   */
  async check(query, output) {
    await this.#run(`CREATE OR REPLACE TEMP TABLE expected AS ${sqlOf(query)}`);
    const columns = (await this.rows('DESCRIBE expected')).map((row) => ({
      name: row.column_name,
      type: row.column_type,
    }));
    const [{ n }] = await this.rows('SELECT count(*)::INTEGER AS n FROM expected');
    const unread = await this.#read(output, columns);
    if (unread === undefined && existsSync(seenOf(query))) {
      await this.#run(`CREATE OR REPLACE TEMP TABLE actual AS ${readFileSync(seenOf(query), 'utf8')}`);
    }
    const faults = unread ?? (await this.#differences(columns));
    return { query, rows: n, faults };
  }

  close() {
    this.#sql.closeSync();
    this.#db.closeSync();
  }

  /** Makes the table `actual`. Returns faults if the output does not have the columns of the query. */
  async #read(output, columns) {
    const stats = statSync(output, { throwIfNoEntry: false });
    if (stats === undefined) return [`there is no ${output}`];
    const folders = stats.isDirectory() ? 'hive_partitioning = true, hive_types_autocast = false' : '';
    const from = stats.isDirectory() ? `${output}/**/part-*` : output;
    await this.#run(
      `CREATE OR REPLACE TEMP TABLE written AS SELECT * FROM read_ndjson_objects([${quoted(from)}]${folders && `, ${folders}`})`,
    );
    const inPath = (await this.rows('DESCRIBE written')).map((row) => row.column_name).slice(1);
    const inJson = columns.filter(({ name }) => !inPath.includes(name));
    const strays = inPath.filter((name) => !columns.some((column) => column.name === name));
    const faults = strays.map((name) => `folders are named by ${name}, which is no column`);
    const structures = await this.rows('SELECT DISTINCT json_structure(json)::VARCHAR AS form FROM written');
    for (const { form } of structures) {
      const types = JSON.parse(form);
      for (const { name, type } of inJson) {
        if (!JSON_TYPES[type].includes(types[name]))
          faults.push(`${name} must be ${type}, and is ${types[name] ?? 'missing'}`);
      }
      const more = Object.keys(types).filter((name) => !inJson.some((column) => column.name === name));
      faults.push(...more.map((name) => `${name} is no column of the query`));
    }
    if (faults.length > 0) return [...new Set(faults)].slice(0, SHOWN);
    const form = JSON.stringify(Object.fromEntries(inJson.map(({ name, type }) => [name, type])));
    const paths = inPath.map((name) => `, ${named(name)}::VARCHAR AS ${named(name)}`).join('');
    await this.#run(
      `CREATE OR REPLACE TEMP TABLE actual AS SELECT unnest(json_transform_strict(json, ${quoted(form)}))${paths} FROM written`,
    );
    return undefined;
  }

  /** Compares `expected` and `actual` as multisets of rows. */
  async #differences(columns) {
    const all = columns.map(({ name }) => named(name)).join(', ');
    // What is the same to the last digit goes first. That is nearly all, so that the rest may be slow.
    await this.#run(`CREATE OR REPLACE TEMP TABLE difference AS
      SELECT ${all}, sum(sign)::INTEGER AS sign
      FROM (SELECT ${all}, 1 AS sign FROM expected UNION ALL SELECT ${all}, -1 FROM actual)
      GROUP BY ${all} HAVING sum(sign) <> 0`);
    const doubles = columns.filter(({ type }) => type === 'DOUBLE').map(({ name }) => named(name));
    const exact = columns.filter(({ type }) => type !== 'DOUBLE').map(({ name }) => named(name));
    // Rows that are equal but for their doubles are paired in the order of these.
    const ranked = `SELECT ${all}, sign > 0 AS missing,
        row_number() OVER (PARTITION BY ${['sign > 0', ...exact].join(', ')} ORDER BY ${[...doubles, '1'].join(', ')}) AS nth
      FROM (SELECT *, unnest(range(abs(sign))) FROM difference)`;
    const near = doubles.map((d) => `abs(l.${d} - r.${d}) <= ${TOLERANCE} * greatest(abs(l.${d}), abs(r.${d}))`);
    const same = [...exact.map((e) => `l.${e} IS NOT DISTINCT FROM r.${e}`), ...near].join(' AND ');
    const left = await this.rows(`WITH ranked AS (${ranked}),
      unpaired AS (
        SELECT * FROM ranked l
        WHERE NOT EXISTS (FROM ranked r WHERE r.missing <> l.missing AND r.nth = l.nth AND ${same})
      )
      SELECT ${all}, missing, (count(*) OVER (PARTITION BY missing))::INTEGER AS of FROM unpaired
      QUALIFY row_number() OVER (PARTITION BY missing ORDER BY ${all}) <= ${SHOWN} ORDER BY missing, ${all}`);
    return left.map(
      ({ missing, of, ...row }) => `${missing ? 'missing' : 'not expected'} (1 of ${of}): ${JSON.stringify(row)}`,
    );
  }

  async #run(sql) {
    await this.#sql.run(sql);
  }
}
