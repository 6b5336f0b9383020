import {
  type Expression,
  type Field,
  type Fields,
  field,
  type OperatorDefinition,
  type OptionsOf,
  operator,
} from '#stage';
import { readsOf } from '../keys/reads-of.ts';
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
import type { Maker } from './model.ts';
import type { Recommendation } from './recommendation.ts';
import { refuseLearner } from './refuse.ts';

/** Options of every learner that recommends items to users. */
const recommenderFields = {
  user: field.expression('Who: text or a number.'),
  item: field.expression('What: text or a number; null asks for the best items.'),
  top: field.count('Items in the list of the best.', { unit: 'items', min: 0, max: 10_000, default: 10 }),
  users: field.count('Users that a model keeps: the least recently seen is forgotten.', {
    unit: 'users',
    min: 1,
    max: 10_000_000,
    default: 20_000,
  }),
  items: field.count('Items that a model keeps: the least recently seen is forgotten.', {
    unit: 'items',
    min: 1,
    max: 10_000_000,
    default: 20_000,
  }),
  as: field.text('The field that the prediction for the item gets.', { default: 'prediction' }),
  best: field.text(
    'The field that the best items for the user get, of a record without an item: { item, score } each.',
    {
      default: 'best',
    },
  ),
  ...learnerFields,
};

const ratingField = {
  rating: field.expression('What the user thinks of the item: a number; null where that is not known.'),
};

const DOCS = `A user or an item that is neither text nor a number makes a dead letter of its record (\`WEIR_VALUE\`). The prediction is null
until something has been learned.

${LEARNER_DOCS}`;

interface RecommenderSpec<F extends Fields> extends LearnerText {
  options: F;
  maker: (options: OptionsOf<F & typeof recommenderFields>) => Maker<Recommendation>;
}

type Asked = [user: Id | null, item: Id | null, rating: number | null];

/** A learner from ratings: the definition of a stage from what it learns by. */
export function rater<const F extends Fields>(
  spec: RecommenderSpec<F>,
): OperatorDefinition<F & typeof recommenderFields & typeof ratingField> {
  return recommender(
    { ...spec, options: { ...ratingField, ...spec.options } },
    `Predicts first, then learns the rating, if there is one and \`learn\` lets it. A record whose item is null gets the \`top\` items of
the highest predicted ratings among all that are known, those that the user has rated too. A rating must be a finite number up
to 1e50.`,
  ) as unknown as OperatorDefinition<F & typeof recommenderFields & typeof ratingField>;
}

/** A learner from what users took: the same without ratings. */
export function chooser<const F extends Fields>(
  spec: RecommenderSpec<F>,
): OperatorDefinition<F & typeof recommenderFields> {
  return recommender(
    spec,
    `Predicts first, then learns that the user took the item, if \`learn\` lets it. A record whose item is null gets the \`top\` items of the
highest scores, without those that the user took of late.`,
  );
}

function recommender<const F extends Fields>(
  { kind, options, maker, docs, ...text }: RecommenderSpec<F>,
  how: string,
): OperatorDefinition<F & typeof recommenderFields> {
  const fields = { ...options, ...recommenderFields } as Record<string, Field>;
  const definition = operator({
    ...text,
    ...learnerParts((given: OptionsOf<typeof recommenderFields>, at) => {
      const { user, item, top, as, best } = given;
      const rating = ratingOf(given);
      const task: Task<Recommendation, Asked> = {
        kind,
        maker: maker(given as unknown as OptionsOf<F & typeof recommenderFields>),
        limits: { levels: 0, slots: 0 },
        look: (row) => {
          return [
            idOf(user, 'user', row, at),
            idOf(item, 'item', row, at),
            rating ? measuredOf(rating, 'rating', row, at) : 1,
          ];
        },
        trials: ({ some: [who, what] }) => [
          [who, what, null],
          [who, null, null],
          [who, what, 1],
          ['', '', 1],
          [who, what, null],
        ],
        take({ model }, [who, what, value], _, made, learn) {
          const known = model.rows > 0 && who !== null;
          made[as] = known && what !== null ? model.predict(who, what) : null;
          made[best] = known && what === null ? model.top(who, top) : null;
          if (who !== null && what !== null && value !== null && learn) model.learn(who, what, value);
        },
      };
      return task;
    }),
    docs: `${docs}\n\n${how} ${DOCS}`,
    options: fields as unknown as typeof recommenderFields,
    refuse: (given) => refuseLearner(given, [given.user, given.item, ratingOf(given)]),
    types: ({ as, best }) => ({ [as]: 'number', [best]: 'list' }),
    reads: (given) => readsOf([given.user, given.item, ratingOf(given), ...learnerExpressions(given)]),
  });
  return definition as unknown as OperatorDefinition<F & typeof recommenderFields>;
}

function ratingOf(given: unknown): Expression | undefined {
  return (given as { rating?: Expression }).rating;
}
