import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Server } from './server.ts';

const run = promisify(execFile);
const SQL_SCRIPT = fileURLToPath(new URL('../scripts/flink-sql.py', import.meta.url));
const PORT = 19481;
const INSTANCE = 'test-flink';

interface Checkpoints {
  latest?: { restored: { id: number } | null; completed: { id: number } | null };
}

/** A Flink of the tests' own, asked in SQL through its gateway. */
export class Flink {
  readonly #server = new Server('flink', {
    WEIR_INSTANCE: INSTANCE,
    FLINK_REST_PORT: PORT,
    FLINK_RPC_PORT: PORT + 1,
    FLINK_SQL_PORT: PORT + 2,
  });

  async start(): Promise<void> {
    await this.#server.wipe();
    await this.#server.start();
  }

  async end(): Promise<void> {
    await this.#server.wipe();
  }

  /** Runs statements in a session of their own; gives the ids of the jobs that its INSERTs began. */
  async submit(statements: readonly string[]): Promise<string[]> {
    const rows = await this.#sql(statements);
    return rows.map(([first]) => String(first)).filter((text) => /^[0-9a-f]{32}$/.test(text));
  }

  /** Ends a job with a savepoint, its transactions committed; gives where a job can go on from. */
  async savepoint(job: string): Promise<string> {
    const rows = await this.#sql([`STOP JOB '${job}' WITH SAVEPOINT`]);
    return String(rows.at(-1)?.[0]);
  }

  /** Whether a job has come back from a checkpoint or savepoint and has made another checkpoint since. */
  async recovered(job: string): Promise<boolean> {
    const response = await fetch(`http://127.0.0.1:${PORT}/jobs/${job}/checkpoints`);
    const { latest } = (await response.json()) as Checkpoints;
    return (latest?.completed?.id ?? 0) > (latest?.restored?.id ?? Number.POSITIVE_INFINITY);
  }

  /** Kills the process that all tasks run in, by `kill -9`, and starts another one; jobs come back by themselves, later. */
  async killTasks(): Promise<void> {
    const home = process.env.WEIR_SERVERS_HOME ?? join(homedir(), '.cache', 'weir-servers');
    const file = join(home, 'flink', `run-${INSTANCE}`, 'taskmanager.pid');
    const [pid] = (await readFile(file, 'utf8')).split(' ');
    process.kill(Number(pid), 'SIGKILL');
    await this.#server.start();
  }

  async #sql(statements: readonly string[]): Promise<unknown[][]> {
    const env = { ...process.env, FLINK_SQL: `http://127.0.0.1:${PORT + 2}` };
    const { stdout } = await run('python3', [SQL_SCRIPT, ...statements], { env, timeout: 300_000 });
    const lines = stdout.split('\n').filter((line) => line !== '');
    return lines.map((line) => JSON.parse(line));
  }
}
