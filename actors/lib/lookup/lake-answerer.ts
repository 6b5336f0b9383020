import type { Answerer, AnswererContext } from '#stage';
import { latestRow } from '../lake/latest.ts';
import { type Lake, openLake } from '../lake/open.ts';
import { AFTER, tableStart } from '../lake/row-key.ts';
import { firstKey } from '../lake/seek.ts';

/** What is asked of a lake: the text of a key, and until which time, in milliseconds; null for the latest of all. */
export type LakeQuestion = readonly [key: string, until: number | null];

/** Reads one table of a lake for all subtasks that ask, through the opener that the lake's sinks have too. */
export class LakeAnswerer implements Answerer {
  readonly #folder: string;
  readonly #table: string;
  readonly #context: AnswererContext;
  #lake: Lake | undefined;

  constructor(folder: string, table: string, context: AnswererContext) {
    this.#folder = folder;
    this.#table = table;
    this.#context = context;
  }

  async open(): Promise<void> {
    this.#lake = await openLake(this.#context.disk, this.#folder);
    const [folder, table] = [this.#folder, this.#table];
    const first = await firstKey(this.#lake.kv, tableStart(table), `${table}${AFTER}`);
    // It may come to be; but it may also be a name that somebody has mistyped.
    if (first === undefined) this.#context.log('info', `there is no table ${table} in ${folder} yet: nothing is found`);
  }

  /** Gives rows as they are stored: who asks unpacks them, on a thread of his own. */
  answer(questions: readonly unknown[]): Promise<readonly (Uint8Array | null)[]> {
    const { kv } = this.#lake as Lake;
    return Promise.all(
      (questions as readonly LakeQuestion[]).map(async ([key, until]) => {
        return (await latestRow(kv, this.#table, key, until ?? undefined)) ?? null;
      }),
    );
  }

  async close(): Promise<void> {
    await this.#lake?.close();
  }
}
