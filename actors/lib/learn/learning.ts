import {
  type Example,
  type Expression,
  field,
  type Key,
  type Operator,
  type OperatorContext,
  type OptionsOf,
  type Row,
} from '#stage';
import { type Held, heldCapacity, IN_TURN_DOCS, refuseHeld } from '../ordered/held-records.ts';
import { inTurn } from '../ordered/in-turn.ts';
import { copyOf } from '../records/copy-of.ts';
import { Instance, LatestUsed } from './instance.ts';
import type { Maker, Model } from './model.ts';
import type { SlotsLimits } from './slots.ts';

/** Options of every learner. */
export const learnerFields = {
  learn: field.expression('Learn only from records for which this is true.', { optional: true }),
  models: field.count('Keys whose model a subtask keeps: the least recently used is forgotten.', {
    unit: 'models',
    min: 1,
    max: 1e7,
    default: 10_000,
  }),
  capacity: heldCapacity,
};

export const LEARNER_DOCS = `With a key before it each key has a model of its own. ${IN_TURN_DOCS}`;

/** What every learner says of itself. */
export interface LearnerText {
  summary: string;
  docs: string;
  since: string;
  cost: string;
  references: string[];
  examples: Example[];
}

/** What a kind of learner does with a record. */
export interface Task<M extends Model, L> {
  readonly maker: Maker<M>;
  readonly limits: SlotsLimits;
  /** Computed of a record when it comes; what it throws refuses the record. */
  look(row: Row): L;
  /**
   * The record's turn has come: adds the answer to `made`, which is the record's copy, and then learns if `learn` says so. What
   * it throws refuses the record; until then it must have changed nothing.
   */
  take(instance: Instance<M>, looked: L, row: Row, made: Row, learn: boolean): void;
}

type LearnerOptions = OptionsOf<typeof learnerFields>;

/** What the definitions of all learners have in common. */
export const learnerBasics = {
  stateVersion: 1,
  partition: 'key',
  eventTime: 'if-any',
  passes: true,
  sides: () => ['late'],
  sideRecords: { late: ['input'] },
} as const;

/** The expressions among a learner's options that read the record. */
export const learnerExpressions = ({ learn }: LearnerOptions): (Expression | undefined)[] => [learn];

/** The operator that gives each record to the model of its key, in the order of event time. */
export function learning<M extends Model, L>(
  { learn, models, capacity }: LearnerOptions,
  context: OperatorContext,
  { maker, limits, look, take }: Task<M, L>,
): Operator {
  const { at } = context;
  const state = context.keyed<Instance<M>>('models', {
    create: () => Instance.create(maker, limits),
    encode: (instance) => instance.save(),
    decode: (data) => Instance.restore(maker, limits, data),
  });
  const used = new LatestUsed<Instance<M>>(models, (key) => state.delete(0, key));
  const operator = inTurn<[L, boolean]>(
    {
      capacity,
      state,
      look: (row) => [look(row), learn === undefined || learn.evaluate(row, at) === true],
      take(held: Held<[L, boolean]>, out) {
        const { row, extra, time, order, key } = held;
        const instance = state.update(0, key);
        used.touch(key, instance);
        const made = copyOf(row);
        try {
          take(instance, extra[0], row, made, extra[1]);
        } catch (error) {
          refuseHeld(held, error, context);
          return;
        }
        out.emitAt(made, time, order, key);
      },
    },
    context,
  );
  return {
    ...operator,
    restored() {
      operator.restored?.();
      used.restored(state.entries(0) as Iterable<[Key, Instance<M>]>);
    },
  };
}
