import { type Field, type Fields, type FieldTypes, field, type OperatorDefinition, type OptionsOf } from '#stage';
import type { LearnerText } from './learning.ts';
import type { Maker } from './model.ts';
import { type Observe, observer } from './observer.ts';
import { type Scored, type Scoring, scored } from './scored.ts';

/** Options of what tells unusual records. */
export const anomalyFields = {
  quantile: field.number('The share of scores that are no anomaly.', { min: 0.5, max: 0.99999, default: 0.99 }),
  as: field.text('The field that says whether the record is one.', { default: 'anomaly' }),
  score: field.text('The field that gets the score.', { default: 'score' }),
};

export const ANOMALY_DOCS = `A record is an \`anomaly\` when its score exceeds a running \`quantile\` of the scores before (P²; of the 5,000 to 10,000 of late), so
that a share of 1 − \`quantile\` is told in the long run. None is told until there have been 1 / (1 − quantile) scores. The score is
null while too little is known.`;

export const anomalyTypes = ({ as, score }: OptionsOf<typeof anomalyFields>): FieldTypes => ({
  [score]: 'number',
  [as]: 'bool',
});

interface AnomalySpec<F extends Fields> extends LearnerText {
  options: F;
  maker: (options: OptionsOf<F>) => Maker<Scoring>;
}

/** A stage that tells unusual records by their features. */
export function anomaly<const F extends Fields>({
  options,
  maker,
  docs,
  ...text
}: AnomalySpec<F>): OperatorDefinition<F & typeof anomalyFields> {
  const fields: Record<string, Field> = { ...options, ...anomalyFields };
  const definition = observer({
    ...text,
    docs: `${docs}\n\n${ANOMALY_DOCS}`,
    options: fields as unknown as typeof anomalyFields,
    adds: anomalyTypes,
    maker: (given) => scored(given.quantile, maker(given as unknown as OptionsOf<F>)),
    observe:
      ({ as, score: name }): Observe<Scored<Scoring>> =>
      (model, x, made, learn) => {
        const score = model.scoring.score(x);
        made[name] = score;
        made[as] = model.isBeyond(score);
        if (!learn) return;
        model.scoring.learn(x, score);
        model.note(score);
      },
  });
  return definition as unknown as OperatorDefinition<F & typeof anomalyFields>;
}
