import {
  type AnswererContext,
  type At,
  type Example,
  type Expression,
  field,
  type Key,
  type Operator,
  type OperatorContext,
  type OptionsOf,
  type OtherInput,
  type Output,
  type Row,
} from '#stage';
import { type Held, heldCapacity, IN_TURN_DOCS, refuseHeld } from '../ordered/held-records.ts';
import { inTurn } from '../ordered/in-turn.ts';
import { copyOf } from '../records/copy-of.ts';
import { Instance, LatestUsed } from './instance.ts';
import { KeptRecords } from './kept-records.ts';
import type { Maker, Model } from './model.ts';
import { Outlet } from './outlet.ts';
import { PUBLISHED_TYPES } from './published.ts';
import { Received } from './received.ts';
import { modelServer } from './serve.ts';
import type { SlotsLimits } from './slots.ts';

/** Options of every learner. */
export const learnerFields = {
  learn: field.expression(
    'Learn only from records for which this is true; with `from` it learns only if this is given.',
    {
      optional: true,
    },
  ),
  models: field.count('Keys whose model a subtask keeps: the least recently used is forgotten.', {
    unit: 'models',
    min: 1,
    max: 1e7,
    default: 10_000,
  }),
  name: field.text('What its models are called where they are published and served.', { default: 'model' }),
  publish: field.count(
    'Records that a model learns from until it goes to the side output `model` again; 0 for its last form alone.',
    {
      unit: 'records',
      min: 0,
      max: 1e12,
      default: 0,
    },
  ),
  from: field.stream('A stream of models that a learner like this has published: each takes the place of its own.', {
    optional: true,
  }),
  wait: field.flag('Wait until the stream `from` has come to its end before anything is answered.', { default: false }),
  merge: field.flag('Make one model of all that come by `from`, whatever their keys.', { default: false }),
  serve: field.count('A port at which the models can be read and asked over HTTP.', {
    min: 0,
    max: 65_535,
    optional: true,
  }),
  serveHost: field.text('The address of that port.', { default: '127.0.0.1' }),
  capacity: heldCapacity,
};

export const LEARNER_DOCS = `With a key before it each key has a model of its own. ${IN_TURN_DOCS}

The side output \`model\` gives each model as a record: its \`name\`, \`kind\`, \`key\`, \`rows\` and \`features\`, and all that it knows under \`model\`; at
the end of the input, and every \`publish\` records. Written as JSON that is an export. A learner of the same kind and options takes
such records by \`from\`, to predict another stream, or with \`learn\` to learn on; by \`merge\` what has been learned under several keys becomes one
model. With \`serve\`, \`GET /models\` and \`GET /models/NAME\` show models, and \`POST /models/NAME/predict\` (\`?key=\` where there are keys) answers a
record, or a list of them, by the model of a second ago.`;

/** What every learner says of itself. */
export interface LearnerText {
  /** The name of the learner's stage, which its published models bear. */
  kind: string;
  summary: string;
  docs: string;
  since: string;
  cost: string;
  references: string[];
  examples: Example[];
}

/** What a kind of learner does with a record. */
export interface Task<M extends Model, L> {
  /** The learner's name: models of different learners know different things. */
  readonly kind: string;
  readonly maker: Maker<M>;
  readonly limits: SlotsLimits;
  /** All records are answered at the end of the input, by what has been learned from all. */
  readonly whole?: boolean;
  /** Computed of a record when it comes; what it throws refuses the record. */
  look(row: Row): L;
  /**
   * The record's turn has come: adds the answer to `made`, which is the record's copy, and then learns if `learn` says so. What
   * it throws refuses the record; until then it must have changed nothing.
   */
  take(instance: Instance<M>, looked: L, row: Row, made: Row, learn: boolean): void;
  /** Without `learn` it changes nothing of the model, and of the instance no more than what features it knows. */
  readonly still?: boolean;
  /** What a few records, which need not be there, give to look at: a model that has come from outside is tried on them. */
  trials(model: M): L[];
}

type LearnerOptions = OptionsOf<typeof learnerFields>;

/** What was computed of a record, and whether to learn from it. */
type Looked<L> = [looked: L, learn: boolean];

/** The parts of a definition that all learners share, from what one of them does with a record. */
export function learnerParts<M extends Model, L, O extends LearnerOptions>(taskOf: (options: O, at: At) => Task<M, L>) {
  return {
    stateVersion: 1,
    partition: 'key' as const,
    eventTime: 'if-any' as const,
    passes: true,
    others: ({ from, wait }: O): Record<string, OtherInput> =>
      from === undefined ? {} : { from: { partition: 'broadcast', awaited: wait } },
    // A free port is each learner's own.
    claims: ({ serve = 0, serveHost, name }: O) =>
      serve === 0
        ? undefined
        : {
            code: 'WEIR_MODEL_NAME',
            what: `models named '${name}' at ${serveHost}:${serve}`,
            advice: 'give each its own `name`',
          },
    sides: () => ['late', 'model'],
    sideRecords: { late: ['input'], model: PUBLISHED_TYPES },
    create: (given: O, context: OperatorContext) => learning(given, context, taskOf(given, context.at)),
    answerer: (given: O, context: AnswererContext) =>
      given.serve === undefined ? undefined : modelServer(given, context, (at) => taskOf(given, at)),
  };
}

/** The expressions among a learner's options that read the record. */
export const learnerExpressions = ({ learn }: LearnerOptions): (Expression | undefined)[] => [learn];

/** The operator that gives each record to the model of its key, in the order of event time. */
function learning<M extends Model, L>(options: LearnerOptions, context: OperatorContext, task: Task<M, L>): Operator {
  const { learn, models, capacity, from, wait, merge } = options;
  const { kind, maker, limits, look, whole = false } = task;
  const { at } = context;
  const state = context.keyed<Instance<M>>('models', {
    create: () => Instance.create(maker, limits),
    encode: (instance) => instance.save(),
    decode: (data) => Instance.restore(maker, limits, data),
  });
  const used = new LatestUsed<Instance<M>>(models, (key) => state.delete(0, key));
  const received = from === undefined ? undefined : new Received<M, L>(context, { merge, most: models }, task);
  // With event time records wait for it anyway, and it waits for the other stream.
  const waiting = wait && context.clocked ? new KeptRecords<Looked<L>>(context, 'waiting', capacity) : undefined;
  const answered = whole ? new KeptRecords<L>(context, 'answered', capacity) : undefined;
  const outlet = new Outlet(options, kind, context, state);
  const untaught = Instance.create(maker, limits);
  let open = waiting === undefined;
  let work: Generator<void> | undefined;

  const looked = (row: Row): Looked<L> => [look(row), learn === undefined || learn.evaluate(row, at) === true];
  /** The model of a record's key that may learn, if there is one: its own, or what has come to take its place. */
  const own = (key: Key): Instance<M> | undefined => {
    const come = received?.get(key);
    if (come !== undefined && state.peek(0, key)?.origin !== come.origin) {
      state.set(0, key, Instance.restore(maker, limits, come.save()));
    }
    return state.peek(0, key) === undefined ? undefined : state.update(0, key);
  };
  const take = (held: Held<Looked<L>>, out: Output) => {
    const { row, extra, time, order, key } = held;
    const [values, teaches] = extra;
    const made = copyOf(row);
    try {
      if (received !== undefined && learn === undefined) {
        task.take(received.get(key) ?? untaught, values, row, made, false);
      } else {
        const known = own(key);
        const instance = known ?? Instance.create(maker, limits);
        const before = instance.model.rows;
        task.take(instance, values, row, made, teaches);
        // Only now: a record that is refused makes no model, and takes the place of none.
        if (known === undefined) state.set(0, key, instance);
        used.touch(key, instance);
        if (instance.model.rows !== before) outlet.learned(instance, held, out);
      }
      if (answered !== undefined) answered.add(row, values, time, order, key);
      else out.emitAt(made, time, order, key);
    } catch (error) {
      refuseHeld(held, error, context);
    }
  };
  const answer = ({ row, extra, time, order, key }: Held<L>, out: Output) => {
    const made = copyOf(row);
    task.take(state.peek(0, key) ?? untaught, extra, row, made, false);
    out.emitAt(made, time, order, key);
  };
  const inner = inTurn<Looked<L>>({ capacity, look: looked, take }, context);

  /** A turn's share of a longer work; true when there is more of it. */
  const share = (begin: () => Generator<void>): boolean => {
    work ??= begin();
    if (work.next().done !== true) return true;
    work = undefined;
    return false;
  };
  function* opening(out: Output): Generator<void> {
    if (waiting !== undefined) yield* waiting.give((held) => take(held, out));
    open = true;
  }
  function* ending(out: Output): Generator<void> {
    yield* opening(out);
    if (answered !== undefined) yield* answered.give((held) => answer(held, out));
    yield* outlet.last(out);
    // Behind the end of the input comes nothing.
    state.drop(0);
  }

  return {
    onRecord(row, out) {
      if (open) inner.onRecord(row, out);
      else waiting?.add(row, looked(row), at.time, at.order, at.key);
    },
    onOther(_, row) {
      received?.take(row);
      if (learn === undefined) outlet.passOn(row);
    },
    onOtherEnd: (_, out) => share(() => opening(out)),
    onWatermark(time, out) {
      if (inner.onWatermark?.(time, out) === true) return true;
      return time === Number.POSITIVE_INFINITY && share(() => ending(out));
    },
    onTick: (now) => outlet.tick(now),
    restored() {
      inner.restored?.();
      received?.restored();
      waiting?.restored();
      answered?.restored();
      used.restored(state.entries(0) as Iterable<[Key, Instance<M>]>);
      outlet.restored();
    },
  };
}
