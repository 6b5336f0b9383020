import {
  type Example,
  type Field,
  type Fields,
  field,
  type Key,
  type OperatorContext,
  type OperatorDefinition,
  type OptionsOf,
  type Output,
  operator,
  type Row,
} from '#stage';
import { readsOf } from '../keys/reads-of.ts';
import { type Held, heldCapacity, IN_TURN_DOCS, refuseHeld } from '../ordered/held-records.ts';
import { inTurn } from '../ordered/in-turn.ts';
import { copyOf } from '../records/copy-of.ts';
import { Instance, LatestUsed } from './instance.ts';
import type { ModelMaker } from './model.ts';
import { targetsOf } from './targets.ts';

/** Options of every learner that predicts targets from features. */
const supervised = {
  target: field.key('What is to be predicted: a field, an expression, or several in a list or by name.'),
  features: field.projection(
    'What to predict it from: a list of fields, or name → expression. By default all other fields.',
    {
      optional: true,
    },
  ),
  drop: field.list('Fields that are no features, where `features` does not say which are.', field.text('A name.'), {
    default: [],
  }),
  as: field.text('The field that the prediction gets: a number, or of several targets a record by their names.', {
    default: 'prediction',
  }),
  learn: field.expression('Learn only from records for which this is true.', { optional: true }),
  levels: field.count('Levels of a text feature that have a weight of their own; those seen later share one.', {
    unit: 'levels',
    min: 1,
    max: 100_000,
    default: 100,
  }),
  models: field.count('Keys whose model a subtask keeps: the least recently used is forgotten.', {
    unit: 'models',
    min: 1,
    max: 1e7,
    default: 10_000,
  }),
  capacity: heldCapacity,
};

const DOCS = `Predicts first, then learns: of a record whose \`target\` is a number, if \`learn\` lets it. One whose target is null or absent gets a
prediction alone. The prediction is null until something has been learned.

Features are numbers, truth values (1 and 0) and texts, of which each level is a feature of its own; null is nothing. What a
feature is, its first value decides. A record is a dead letter where a number is not finite or beyond 1e50, or where text
stands for a number (\`WEIR_FEATURE\`), and where the target is no number (\`WEIR_TARGET\`).

With a key before it each key has a model of its own. ${IN_TURN_DOCS}`;

interface Spec<F extends Fields> {
  summary: string;
  docs: string;
  since: string;
  options: F;
  cost: string;
  references: string[];
  examples: Example[];
  /** Looks at the options as a whole: throws a coded error where they cannot work. */
  refuse?: (options: OptionsOf<F>) => void;
  maker: (options: OptionsOf<F>) => ModelMaker;
}

/** What was computed of a record when it came: its target, its listed features, whether to learn from it. */
type Looked = [targets: number[] | null, values: unknown[], learn: boolean];

/** A learner of numbers: the definition of a stage from what it learns by. */
export function regressor<const F extends Fields>(spec: Spec<F>): OperatorDefinition<F & typeof supervised> {
  const { summary, docs, since, options, cost, references, examples, maker } = spec;
  const definition = operator({
    summary,
    docs: `${docs}\n\n${DOCS}`,
    since,
    stateVersion: 1,
    main: 'target',
    options: { ...options, ...supervised } as Record<string, Field> as unknown as typeof supervised,
    cost,
    references,
    partition: 'key',
    eventTime: 'if-any',
    passes: true,
    types: ({ as, target }) => (target.names.length === 1 ? { [as]: 'number' } : undefined),
    reads: ({ target, features, learn }) => {
      return features === undefined ? 'all' : readsOf([...target.expressions, ...features.expressions, learn]);
    },
    sides: () => ['late'],
    sideRecords: { late: ['input'] },
    examples,
    create: (given, context) => create(given, context, maker(given as unknown as OptionsOf<F>)),
  });
  return definition as unknown as OperatorDefinition<F & typeof supervised>;
}

function create(given: OptionsOf<typeof supervised>, context: OperatorContext, maker: ModelMaker) {
  const { target, features, drop, as, learn, levels, models, capacity } = given;
  const { at } = context;
  const { names } = target;
  const state = context.keyed<Instance>('models', {
    create: () => Instance.create(maker, names.length, levels),
    encode: (instance) => instance.save(),
    decode: (data) => Instance.restore(maker, levels, data),
  });
  const used = new LatestUsed(models, (key) => state.delete(0, key));
  const left = new Set([...drop, ...names, as]);
  const answers = new Float64Array(names.length);
  const y = new Float64Array(names.length);

  const predictionOf = (instance: Instance) => {
    if (instance.model.rows === 0) return null;
    instance.predict(answers);
    if (names.length === 1) return answers[0];
    return Object.fromEntries(names.map((name, i) => [name, answers[i]]));
  };
  const take = (held: Held<Looked>, out: Output) => {
    const { row, extra, time, order, key } = held;
    const [targets, values, teaches] = extra;
    const instance = state.update(0, key);
    used.touch(key, instance);
    try {
      if (features === undefined) instance.loadFields(row, left);
      else instance.loadValues(features.names, values);
    } catch (error) {
      refuseHeld(held, error, context);
      return;
    }
    const made: Row = copyOf(row);
    made[as] = predictionOf(instance);
    if (targets !== null && teaches) {
      y.set(targets);
      instance.learn(y);
    }
    out.emitAt(made, time, order, key);
  };
  const operator = inTurn<Looked>(
    {
      capacity,
      state,
      look(row) {
        const values = features?.expressions.map((one) => one.evaluate(row, at) ?? null) ?? [];
        return [targetsOf(target, row, at), values, learn === undefined || learn.evaluate(row, at) === true];
      },
      take,
    },
    context,
  );
  return {
    ...operator,
    restored() {
      operator.restored?.();
      used.restored(state.entries(0) as Iterable<[Key, Instance]>);
    },
  };
}
