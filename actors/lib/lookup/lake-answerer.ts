import type { Answerer, AnswererContext } from '#stage';
import { latestRow } from '../lake/latest.ts';
import { hasRows, layoutOf } from '../lake/layout.ts';
import { type Lake, openLake } from '../lake/open.ts';

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
    // It may come to be; but it may also be a name that somebody has mistyped.
    if (!(await hasRows(this.#lake.kv, table)))
      this.#context.log('info', `there is no table ${table} in ${folder} yet: nothing is found`);
  }

  /** Gives rows as they are stored: who asks unpacks them, on a thread of his own. */
  async answer(questions: readonly unknown[]): Promise<readonly (Uint8Array | null)[]> {
    const { kv } = this.#lake as Lake;
    // Each time: a table comes to be with its first rows.
    const layout = await layoutOf(kv, this.#table);
    return Promise.all(
      (questions as readonly LakeQuestion[]).map(async ([key, until]) => {
        return (await latestRow(kv, this.#table, key, until ?? undefined, layout)) ?? null;
      }),
    );
  }

  async close(): Promise<void> {
    await this.#lake?.close();
  }
}
