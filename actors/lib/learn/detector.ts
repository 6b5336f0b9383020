import { type Fields, field, type OperatorDefinition, type OptionsOf, operator } from '#stage';
import { readsOf } from '../keys/reads-of.ts';
import { type Detection, watching } from './deviation.ts';
import { LEARNER_DOCS, type LearnerText, learnerExpressions, learnerFields, learnerParts } from './learning.ts';
import { measuredOf } from './measured.ts';
import type { Maker } from './model.ts';
import { refuseLearner } from './refuse.ts';

/** Options of every detector of changes. */
const detectorFields = {
  of: field.expression('The value. Null is passed over.'),
  input: field.choice(
    'What of it is watched: the value, its square (of an error), or its distance from the mean since the last change.',
    ['value', 'square', 'absolute-deviation'],
    { default: 'value' },
  ),
  as: field.text('The field that says whether a change is told at this record.', { default: 'drift' }),
  estimate: field.text(
    'The field that gets the mean of what is watched since the change; by default it is not given.',
    {
      optional: true,
    },
  ),
  ...learnerFields,
};

const DOCS = `A change is told once, at the record at which it is found. For a change of spread watch \`input: absolute-deviation\`, which
tells a change of level as well. Of a truth value 1 and 0 are watched, so \`of: prediction != label\` watches a rate of errors. A
value that is neither, or beyond 1e50, makes a dead letter of its record (\`WEIR_VALUE\`).`;

interface DetectorSpec<F extends Fields> extends LearnerText {
  options: F;
  maker: (options: OptionsOf<F>) => Maker<Detection>;
}

/** A detector of changes in a value: the definition of a stage from what it detects by. */
export function detector<const F extends Fields>({
  kind,
  options,
  maker,
  docs,
  ...text
}: DetectorSpec<F>): OperatorDefinition<F & typeof detectorFields> {
  const definition = operator({
    ...text,
    ...learnerParts<Detection, number | null, OptionsOf<typeof detectorFields>>((given, at) => {
      const { of, as, estimate, input } = given;
      return {
        kind,
        maker: watching(input, maker(given as unknown as OptionsOf<F>)),
        limits: { levels: 1, slots: 1 },
        look(row) {
          const value = measuredOf(of, 'the value', row, at);
          return value === null || input !== 'square' ? value : value * value;
        },
        trials: () => [1, 0, null, 100],
        take({ model }, value, _, made, learn) {
          made[as] = value !== null && learn && model.take(value);
          if (estimate !== undefined) made[estimate] = model.estimate;
        },
      };
    }),
    docs: `${docs}\n\n${DOCS} ${LEARNER_DOCS}`,
    main: 'of',
    refuse: (given) => refuseLearner(given, [given.of]),
    options: { ...options, ...detectorFields } as typeof detectorFields,
    types: ({ as, estimate }) => ({ [as]: 'bool', ...(estimate !== undefined && { [estimate]: 'number' }) }),
    reads: (given) => readsOf([given.of, ...learnerExpressions(given)]),
  });
  return definition as unknown as OperatorDefinition<F & typeof detectorFields>;
}
