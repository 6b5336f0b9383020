import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type GenerateOptions, generateNexmark } from '../../bench/nexmark/generate.ts';
import { Oracle, type Report } from '../../bench/nexmark/oracle/oracle.mjs';
import { settingsOf, topologyOf } from '../../bench/nexmark/queries.mjs';
import { generateSide } from '../../bench/nexmark/side.ts';

/** A generated stream in a folder of its own, and what the queries must make of it. */
export class Stream {
  readonly #folder: string;
  readonly #files: { events: string; side: string };
  readonly #oracle: Oracle;

  private constructor(folder: string, files: { events: string; side: string }, oracle: Oracle) {
    this.#folder = folder;
    this.#files = files;
    this.#oracle = oracle;
  }

  static async of(options: Omit<GenerateOptions, 'out'>): Promise<Stream> {
    const folder = mkdtempSync(join(tmpdir(), 'weir-nexmark-'));
    const files = { events: join(folder, 'events.ndjson'), side: join(folder, 'side.csv') };
    generateNexmark({ ...options, out: files.events });
    generateSide({ out: files.side, seed: options.seed ?? 1 });
    return new Stream(folder, files, await Oracle.open(files));
  }

  /** Arguments of a run of a query over this stream, with state and output under `run`. */
  arguments(query: string, run: string, threads: number, every: string): string[] {
    const parameters = { input: this.#files.events, side: this.#files.side, output: this.#output(query, run), every };
    const state = join(this.#folder, `${query}-${run}-state`);
    return [
      ...['run', topologyOf(query), ...settingsOf(query, parameters)],
      ...['--state', state, '--threads', String(threads), '--json'],
    ];
  }

  /** Compares what the run has written with what the query must give. */
  check(query: string, run: string): Promise<Report> {
    return this.#oracle.check(query, this.#output(query, run));
  }

  end(): void {
    this.#oracle.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #output(query: string, run: string): string {
    return join(this.#folder, `${query}-${run}`);
  }
}
