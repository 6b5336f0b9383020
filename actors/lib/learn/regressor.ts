import { type At, type Field, type Fields, field, type OperatorDefinition, type OptionsOf, operator } from '#stage';
import {
  DENSE_DOCS,
  FEATURES_DOCS,
  type FeatureOptions,
  Features,
  type FeatureValues,
  featureFields,
  TRIALS,
  textFields,
} from './features.ts';
import {
  LEARNER_DOCS,
  type LearnerText,
  learnerExpressions,
  learnerFields,
  learnerParts,
  type Task,
} from './learning.ts';
import type { Maker, Regression } from './model.ts';
import { refuseLearner } from './refuse.ts';
import { targetsOf } from './targets.ts';

/** Options of every learner that predicts numbers from features. */
const regressorFields = {
  target: field.key('What is to be predicted: a field, an expression, or several in a list or by name.'),
  ...featureFields,
  as: field.text('The field that the prediction gets: a number, or of several targets a record by their names.', {
    default: 'prediction',
  }),
  ...learnerFields,
};

const DOCS = `Predicts first, then learns: of a record whose \`target\` is a number, if \`learn\` lets it. One whose target is null or absent gets a
prediction alone. The prediction is null until something has been learned. A target that is no number makes a dead letter of its
record (\`WEIR_TARGET\`).

${FEATURES_DOCS} ${LEARNER_DOCS}`;

interface RegressorSpec<F extends Fields> extends LearnerText {
  options: F;
  /** It takes very many features, of which a record has few: then it reads free text as well. */
  sparse?: boolean;
  /** Its models, for so many targets. Throws a coded error where the options do not fit together. */
  maker: (options: OptionsOf<F>, targets: number) => Maker<Regression>;
  /** All records are answered at the end of the input, by what has been learned from all. */
  whole?: (options: OptionsOf<F>) => boolean;
}

/** A learner of numbers: the definition of a stage from what it learns by. */
export function regressor<const F extends Fields>(
  spec: RegressorSpec<F>,
): OperatorDefinition<F & typeof regressorFields> {
  const { kind: _, options, sparse = false, maker: __, whole: ___, docs, ...text } = spec;
  const fields = { ...options, ...regressorFields, ...(sparse ? textFields : {}) } as Record<string, Field>;
  const definition = operator({
    ...text,
    ...learnerParts<Regression, Looked, OptionsOf<typeof regressorFields>>((given, at) =>
      taskOf(given as unknown as Given<F>, at, spec),
    ),
    docs: `${docs}\n\n${sparse ? '' : DENSE_DOCS}${DOCS}`,
    main: 'target',
    refuse: (given) => refuseLearner(given, given.target.expressions),
    options: fields as unknown as typeof regressorFields,
    types: ({ as, target }) => (target.names.length === 1 ? { [as]: 'number' } : undefined),
    reads: (given) => Features.reads(given, [...given.target.expressions, ...learnerExpressions(given)]),
  });
  return definition as unknown as OperatorDefinition<F & typeof regressorFields>;
}

type Given<F extends Fields> = OptionsOf<F> & OptionsOf<typeof regressorFields>;
type Looked = [FeatureValues, number[] | null];

function taskOf<F extends Fields>(
  given: Given<F>,
  at: At,
  { kind, maker, whole }: RegressorSpec<F>,
): Task<Regression, Looked> {
  const { target, as } = given as OptionsOf<typeof regressorFields>;
  const { names } = target;
  // Of a target that is an expression over fields these are no features either: they would tell the answer.
  const told = target.expressions.flatMap(({ fields }) => fields.map(([field]) => field as string));
  const features = new Features(given as unknown as FeatureOptions, [...names, ...told, as]);
  const answers = new Float64Array(names.length);
  const y = new Float64Array(names.length);
  return {
    kind,
    maker: maker(given, names.length),
    limits: features.limits,
    still: true,
    whole: whole?.(given) ?? false,
    look: (row) => [features.look(row, at), targetsOf(target, row, at)],
    trials: () => TRIALS.map((values, i) => [values, names.map(() => i)]),
    take({ model, slots }, [values, targets], row, made, learn) {
      const x = features.load(values, row, slots);
      const teaches = targets !== null && learn;
      // `set` costs more than all of a few numbers.
      if (teaches) for (let k = 0; k < y.length; k++) y[k] = targets[k] as number;
      const known = model.rows > 0;
      if (teaches && known && model.step !== undefined) model.step(x, y, answers);
      else {
        if (known) model.predict(x, answers);
        if (teaches) model.learn(x, y);
      }
      if (!known) made[as] = null;
      else if (names.length === 1) made[as] = answers[0];
      else made[as] = Object.fromEntries(names.map((name, i) => [name, answers[i]]));
    },
  };
}
