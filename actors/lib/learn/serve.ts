import type { Answerer, AnswererContext, At, Row } from '#stage';
import { Instance } from './instance.ts';
import type { Task } from './learning.ts';
import type { Model } from './model.ts';
import { joinModelServer, type ServedModel } from './model-server.ts';
import { type Published, savedOf } from './published.ts';

interface Options {
  serve?: number | undefined;
  serveHost: string;
  name: string;
  models: number;
}

/** Records that are asked over HTTP stand in no stream. */
const NOWHERE: At = { time: Number.NaN, order: 0, key: null, retract: false };

/** Holds the models that the subtasks report and shows them over HTTP, on the engine's thread. */
export function modelServer<M extends Model, L>(
  { serve: port = 0, serveHost: host, name, models }: Options,
  context: AnswererContext,
  taskOf: (at: At) => Task<M, L>,
): Answerer {
  const task = taskOf({ ...NOWHERE });
  /** By key as text; the least recently reported first. */
  const known = new Map<string, Reported<M, L>>();
  let leave: (() => Promise<void>) | undefined;
  return {
    async open() {
      leave = await joinModelServer({ host, port }, name, known, (url) => context.log('info', `models at ${url}`));
    },
    async answer(questions) {
      for (const record of (questions as Published[][]).flat()) {
        const key = keyText(record);
        known.delete(key);
        known.set(key, new Reported(record, task));
        if (known.size <= models) continue;
        const [oldest] = known.keys();
        known.delete(oldest as string);
      }
      return questions.map(() => null);
    },
    close: async () => await leave?.(),
  };
}

/** How a model's key is written in a URL: the value of its field, or of several the JSON text of a list of theirs. */
function keyText({ keyed }: Published): string {
  const values = Object.values(keyed ?? {});
  return values.length > 1 ? JSON.stringify(values) : values.map(String).join('');
}

/** A model as it was last reported. */
class Reported<M extends Model, L> implements ServedModel {
  readonly record: Published;
  readonly #task: Task<M, L>;

  constructor(record: Published, task: Task<M, L>) {
    this.record = record;
    this.#task = task;
  }

  answer(rows: readonly Row[]): Row[] {
    const { kind, maker, limits } = this.#task;
    // Anew for each request: even what is only asked may bring new features with it.
    const instance = Instance.restore(maker, limits, savedOf(this.record as unknown as Row, kind));
    return rows.map((row) => {
      const made: Row = { ...row };
      this.#task.take(instance, this.#task.look(row), row, made, false);
      return made;
    });
  }
}
