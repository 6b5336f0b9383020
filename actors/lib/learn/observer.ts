import {
  type Field,
  type Fields,
  type FieldTypes,
  type OperatorDefinition,
  type OptionsOf,
  operator,
  type Row,
} from '#stage';
import type { FeatureRow } from './feature-row.ts';
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
import { LEARNER_DOCS, type LearnerText, learnerExpressions, learnerFields, learnerParts } from './learning.ts';
import type { Maker, Model } from './model.ts';
import { refuseLearner } from './refuse.ts';

/** Options of every learner that learns what records are like, without a target. */
const observerFields = { ...featureFields, ...learnerFields };

const DOCS = `Answers first, then learns from the record, if \`learn\` lets it.

${DENSE_DOCS}${FEATURES_DOCS} ${LEARNER_DOCS}`;

/** Adds to a record what a model says of it, and learns. Until it learns the model must not change. */
export type Observe<M extends Model> = (
  model: M,
  x: FeatureRow,
  made: Row,
  learn: boolean,
  /** What each slot of the row is. */
  names: readonly string[],
) => void;

interface ObserverSpec<F extends Fields, M extends Model> extends LearnerText {
  options: F;
  /** It takes very many features, of which a record has few: then it reads free text as well. */
  sparse?: boolean;
  /** The fields that a record gets. They are no features, but where `features` names them. */
  adds: (options: OptionsOf<F> & FeatureOptions) => FieldTypes;
  /** Its models. Throws a coded error where the options do not fit together. */
  maker: (options: OptionsOf<F>) => Maker<M>;
  observe: (options: OptionsOf<F>) => Observe<M>;
}

/** A learner without a target: the definition of a stage from what it learns by. */
export function observer<const F extends Fields, M extends Model>({
  kind,
  options,
  sparse = false,
  adds,
  maker,
  observe,
  docs,
  ...text
}: ObserverSpec<F, M>): OperatorDefinition<F & typeof observerFields> {
  const fields = { ...options, ...observerFields, ...(sparse ? textFields : {}) } as Record<string, Field>;
  const definition = operator({
    ...text,
    ...learnerParts<M, FeatureValues, OptionsOf<typeof observerFields>>((given, at) => {
      const own = given as unknown as OptionsOf<F> & FeatureOptions;
      const features = new Features(given as unknown as FeatureOptions, Object.keys(adds(own)));
      const take = observe(own);
      return {
        kind,
        maker: maker(own),
        limits: features.limits,
        still: true,
        look: (row) => features.look(row, at),
        trials: () => [...TRIALS],
        take({ model, slots }, values, row, made, learn) {
          take(model, features.load(values, row, slots), made, learn, slots.names);
        },
      };
    }),
    docs: `${docs}\n\n${DOCS}`,
    options: fields as unknown as typeof observerFields,
    refuse: (given) => refuseLearner(given),
    types: (given) => adds(given as unknown as OptionsOf<F> & FeatureOptions),
    reads: (given) => Features.reads(given, learnerExpressions(given)),
  });
  return definition as unknown as OperatorDefinition<F & typeof observerFields>;
}
