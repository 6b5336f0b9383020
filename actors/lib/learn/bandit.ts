import { field, type OperatorDefinition, type OptionsOf, operator, WeirError } from '#stage';
import { BanditModel } from './bandit-model.ts';
import type { Values } from './bandit-values.ts';
import { DENSE_DOCS, FEATURES_DOCS, Features, type FeatureValues, featureFields, TRIALS } from './features.ts';
import { idOf } from './id-of.ts';
import type { Id } from './id-table.ts';
import {
  LEARNER_DOCS,
  type LearnerText,
  learnerExpressions,
  learnerFields,
  learnerParts,
  type Task,
} from './learning.ts';
import { measuredOf } from './measured.ts';
import { refuseLearner } from './refuse.ts';

/** Arms of a model at most. */
const MOST_ARMS = 1000;

/** Options of every learner that chooses among arms by their rewards. */
const banditFields = {
  arm: field.expression('What was done: text or a number.'),
  reward: field.expression('What it brought: a number; null asks for a choice.'),
  id: field.expression(
    'What tells one choice from another: its reward may then come later, in a record of the same id.',
    {
      optional: true,
    },
  ),
  arms: field.list(
    'What can be chosen from the start; others are learned of by their rewards.',
    field.text('An arm.'),
    {
      default: [],
    },
  ),
  forgetting: field.number("λ: how much a reward counts once the arm's next has come.", {
    min: 0.5,
    max: 1,
    default: 0.998,
  }),
  ridge: field.number('The penalty on each squared weight of an arm.', { min: 1e-12, max: 1e12, default: 1 }),
  waiting: field.count('Choices that a model keeps until their reward comes: the oldest is forgotten.', {
    unit: 'choices',
    min: 1,
    max: 1e7,
    default: 10_000,
  }),
  ...featureFields,
  as: field.text('The field that the arm to choose gets, of a record without a reward.', { default: 'choice' }),
  ...learnerFields,
};

const DOCS = `A record whose \`reward\` is null or absent gets an arm chosen for its features; before there is any arm the choice is null. A record with
a reward teaches, if \`learn\` lets it: its \`arm\`, or the one chosen for its \`id\`, in the context of that choice; where neither is
known it teaches nothing. So rewards may come by a join or as records of their own. A reward that is not a finite number up to
1e50, an arm or id that is neither text nor a number, or an arm too many, of more than ${MOST_ARMS}, makes a dead letter of its
record (\`WEIR_VALUE\`).

${DENSE_DOCS}${FEATURES_DOCS} ${LEARNER_DOCS}`;

type Options = OptionsOf<typeof banditFields>;
type Asked = [features: FeatureValues, arm: Id | null, reward: number | null, id: Id | null];

interface BanditSpec<F extends object> extends LearnerText {
  options: F;
  values: (options: OptionsOf<F & typeof banditFields>) => Values;
}

/** A learner that chooses: the definition of a stage from how it values what it may choose. */
export function bandit<
  const F extends Record<string, ReturnType<typeof field.number> | ReturnType<typeof field.count>>,
>({ kind, options, values, docs, ...text }: BanditSpec<F>): OperatorDefinition<F & typeof banditFields> {
  const definition = operator({
    ...text,
    ...learnerParts((given: OptionsOf<typeof banditFields>, at) => {
      const { arm, arms, reward, id, as } = given;
      const features = new Features(given, [...toldBy(given), as]);
      const made = { ...given, values: values(given as unknown as OptionsOf<F & typeof banditFields>) };
      const task: Task<BanditModel, Asked> = {
        kind,
        maker: { create: () => new BanditModel(made), restore: (saved) => BanditModel.restore(made, saved) },
        limits: features.limits,
        look: (row) => {
          return [
            features.look(row, at),
            idOf(arm, 'arm', row, at),
            measuredOf(reward, 'reward', row, at),
            id ? idOf(id, 'id', row, at) : null,
          ];
        },
        trials: () =>
          TRIALS.flatMap((values): Asked[] => [
            [values, null, null, null],
            [values, arms[0] ?? null, 1, null],
          ]),
        take({ model, slots }, [values, pulled, paid, name], row, out, learn) {
          if (paid !== null && pulled !== null && !model.takes(pulled, MOST_ARMS)) {
            throw new WeirError(
              'WEIR_VALUE',
              `the arm ${pulled} is one more than the ${MOST_ARMS} that a model may have`,
            );
          }
          out[as] = paid === null ? (model.choose(features.load(values, row, slots), name) ?? null) : null;
          if (paid === null || !learn || (name !== null && model.settle(name, pulled, paid)) || pulled === null) return;
          model.learn(pulled, features.load(values, row, slots), paid);
        },
      };
      return task;
    }),
    docs: `${docs}\n\n${DOCS}`,
    options: { ...options, ...banditFields } as unknown as typeof banditFields,
    refuse: (given) => refuseLearner(given, [given.arm, given.reward, given.id]),
    types: ({ as }) => ({ [as]: 'any' as const }),
    reads: (given) => Features.reads(given, [given.arm, given.reward, given.id, ...learnerExpressions(given)]),
  });
  return definition as unknown as OperatorDefinition<F & typeof banditFields>;
}

/** Fields that say what was done and what it brought: no features. */
function toldBy({ arm, reward, id }: Options): string[] {
  return [arm, reward, id].flatMap((one) => one?.fields.map(([name]) => name as string) ?? []);
}
