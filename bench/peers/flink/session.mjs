import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** As Nexmark's own configuration sets them, but for the interval: checkpoints each second, as Weir's. */
const SETTINGS = {
  'execution.checkpointing.interval': '1 s',
  'pipeline.object-reuse': 'true',
  'table.local-time-zone': 'UTC',
  'table.exec.mini-batch.enabled': 'true',
  'table.exec.mini-batch.allow-latency': '2 s',
  'table.exec.mini-batch.size': '50000',
  'table.optimizer.distinct-agg.split.enabled': 'true',
};
/** Their rows are taken back and replaced, which files cannot hold: they go nowhere. */
export const UPDATING = new Set(['q4', 'q9', 'q15', 'q16', 'q17', 'q18', 'q19']);
const PARTITIONED = { q10: '`day`, `minute`' };

const sqlOf = (name) => readFileSync(new URL(`./sql/${name}.sql`, import.meta.url), 'utf8');

async function call(method, url, body) {
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(url, { method, headers, ...(body && { body: JSON.stringify(body) }) });
  const text = await response.text();
  if (response.ok) return JSON.parse(text);
  const causes = text.replaceAll('\\n', '\n').match(/^Caused by.*$/gm);
  throw new Error(`Flink: ${causes ? causes.at(-1) : text.slice(0, 2000)}`);
}

/** Statements of one stream, in one session of the gateway. */
export class Session {
  #cluster;
  #handle;
  #mode;
  #tables = 0;

  constructor(cluster, handle, mode) {
    this.#cluster = cluster;
    this.#handle = handle;
    this.#mode = mode;
  }

  /**
   * A session that knows the events, and the side table, of a stream. In the mode `batch` it is none to Flink, and rows that
   * change are given once, at last.
   */
  static async over(stream, cluster, mode = 'streaming') {
    const properties = { ...SETTINGS, 'execution.runtime-mode': mode };
    const { sessionHandle } = await call('POST', `${cluster.sql}/v1/sessions`, { properties });
    const session = new Session(cluster, sessionHandle, mode);
    const load = sqlOf('load').replace(/\$\{(\w+)\}/g, (_, name) => stream[name]);
    for (const statement of load.split(';').filter((text) => text.trim() !== '')) await session.#run(statement);
    return session;
  }

  /** Runs a query to the end of the stream, into a folder unless its rows change. Returns its milliseconds, by Flink. */
  async query(name, folder) {
    const nowhere = UPDATING.has(name) && this.#mode === 'streaming';
    // What goes nowhere need not wait for a last checkpoint.
    await this.#run(`SET 'execution.checkpointing.checkpoints-after-tasks-finish.enabled' = '${!nowhere}'`);
    const sink = nowhere
      ? `'connector' = 'blackhole'`
      : `'connector' = 'filesystem', 'path' = '${folder}', 'format' = 'json'`;
    const partitioned = name in PARTITIONED ? `PARTITIONED BY (${PARTITIONED[name]})` : '';
    const table = `result_${this.#tables++}`;
    const rows = await this.#run(`CREATE TABLE ${table} ${partitioned} WITH (${sink}) AS ${sqlOf(name)}`);
    const duration = await this.#end(rows[0].fields[0]);
    await this.#run(`DROP TABLE ${table}`);
    return duration;
  }

  async #end(job) {
    for (;;) {
      const { state, duration } = await call('GET', `${this.#cluster.rest}/jobs/${job}`);
      if (state === 'FINISHED') return duration;
      if (state === 'FAILED' || state === 'CANCELED') {
        const { 'root-exception': reason } = await call('GET', `${this.#cluster.rest}/jobs/${job}/exceptions`);
        throw new Error(`Flink: the job ${state.toLowerCase()}: ${reason ?? ''}`.slice(0, 2000));
      }
      await sleep(100);
    }
  }

  async #run(statement) {
    const session = `${this.#cluster.sql}/v1/sessions/${this.#handle}`;
    const { operationHandle } = await call('POST', `${session}/statements`, { statement });
    const rows = [];
    let next = `/v1/sessions/${this.#handle}/operations/${operationHandle}/result/0?rowFormat=JSON`;
    while (next) {
      const { results, nextResultUri } = await call('GET', `${this.#cluster.sql}${next}`);
      rows.push(...(results?.data ?? []));
      next = nextResultUri;
      if (next && !results?.data?.length) await sleep(20);
    }
    return rows;
  }
}
