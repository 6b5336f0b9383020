import { type Field, type Fields, field, type OperatorDefinition, type OptionsOf, operator } from '#stage';
import { readsOf } from '../keys/reads-of.ts';
import type { Forecast } from './forecast.ts';
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
import { refuseLearner } from './refuse.ts';

/** Options of every learner that forecasts a series. */
const forecasterFields = {
  of: field.expression('The value whose next ones are forecast.'),
  season: field.count('Values after which the series is alike again, such as 24 of hourly ones; 1 for no season.', {
    unit: 'values',
    min: 1,
    max: 10_000,
    default: 1,
  }),
  horizon: field.count('Values ahead.', { unit: 'values', min: 1, max: 500, default: 1 }),
  as: field.text('The field that the forecast gets: a number for a horizon of 1, else a list, the next value first.', {
    default: 'forecast',
  }),
  ...learnerFields,
};

const DOCS = `Learns the record's value, then forecasts those that come after it. Values are taken to be evenly spaced: a null holds the place of
one that is missing, as does the value of a record that \`learn\` keeps from being learned. The forecast is null until enough
has been seen, and is never farther out of the range of what was seen than that range is wide. A value that is no number, not
finite or beyond 1e50 makes a dead letter of its record (\`WEIR_VALUE\`).

${LEARNER_DOCS}`;

interface ForecasterSpec<F extends Fields> extends LearnerText {
  options: F;
  maker: (options: OptionsOf<F & typeof forecasterFields>) => Maker<Forecast>;
}

/** A learner of series: the definition of a stage from what it learns by. */
export function forecaster<const F extends Fields>({
  kind,
  options,
  maker,
  docs,
  ...text
}: ForecasterSpec<F>): OperatorDefinition<F & typeof forecasterFields> {
  const fields = { ...options, ...forecasterFields } as Record<string, Field>;
  const definition = operator({
    ...text,
    ...learnerParts((given: OptionsOf<typeof forecasterFields>, at) => {
      const { of, as, horizon } = given;
      const answers = new Float64Array(horizon);
      const task: Task<Forecast, number | null> = {
        kind,
        maker: maker(given as unknown as OptionsOf<F & typeof forecasterFields>),
        limits: { levels: 0, slots: 0 },
        look: (row) => measuredOf(of, 'of', row, at),
        trials: () => [1, 0, null, -2.5],
        take({ model }, value, _, made, learn) {
          model.learn(learn ? value : null);
          if (model.ready) model.forecast(answers);
          made[as] = !model.ready ? null : horizon === 1 ? answers[0] : [...answers];
        },
      };
      return task;
    }),
    docs: `${docs}\n\n${DOCS}`,
    main: 'of',
    refuse: (given) => refuseLearner(given, [given.of]),
    options: fields as unknown as typeof forecasterFields,
    types: ({ as, horizon }) => ({ [as]: horizon === 1 ? 'number' : 'list' }),
    reads: (given) => readsOf([given.of, ...learnerExpressions(given)]),
  });
  return definition as unknown as OperatorDefinition<F & typeof forecasterFields>;
}
