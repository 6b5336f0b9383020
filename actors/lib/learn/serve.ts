import type { Answerer, AnswererContext, At, Row } from '#stage';
import { isLoopback } from '../http-server/local-host.ts';
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

const OPEN_TO_ALL =
  '`serveHost` lets every machine that reaches this one read the models and ask them: keep others away by a firewall or a proxy';

/** Holds the models that the subtasks report and shows them over HTTP, on the engine's thread. */
export function modelServer<M extends Model, L>(
  { serve: port = 0, serveHost: host, name, models }: Options,
  context: AnswererContext,
  taskOf: (at: At) => Task<M, L>,
): Answerer {
  const task = taskOf({ ...NOWHERE });
  /** By the JSON text of the key; the least recently reported first. */
  const known = new Map<string, Reported<M, L>>();
  let leave: (() => Promise<void>) | undefined;
  return {
    async open() {
      leave = await joinModelServer({ host, port }, name, known, (url) => {
        if (!isLoopback(host)) context.log('warn', OPEN_TO_ALL);
        context.log('info', `models at ${url}`);
      });
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

/** The JSON text of a model's key: of the value of its field, or of a list of several. Nothing without a key. */
function keyText({ keyed }: Published): string {
  const values = Object.values(keyed ?? {});
  return values.length === 0 ? '' : JSON.stringify(values.length > 1 ? values : (values[0] ?? null));
}

/** A model as it was last reported. */
class Reported<M extends Model, L> implements ServedModel {
  readonly record: Published;
  readonly #task: Task<M, L>;
  /** As it was restored for the last that was asked, and has not changed since. */
  #instance: Instance<M> | undefined;

  constructor(record: Published, task: Task<M, L>) {
    this.record = record;
    this.#task = task;
  }

  answer(rows: readonly Row[]): Row[] {
    const { kind, maker, limits, still = false } = this.#task;
    const instance = this.#instance ?? Instance.restore(maker, limits, savedOf(this.record as unknown as Row, kind));
    // What throws may have come half way.
    this.#instance = undefined;
    const made = rows.map((row) => {
      const one: Row = { ...row };
      this.#task.take(instance, this.#task.look(row), row, one, false);
      return one;
    });
    // Even what is only asked may bring new features with it, which those who ask next must not meet.
    if (still && instance.slots.names.length === this.record.features.length) this.#instance = instance;
    return made;
  }
}
