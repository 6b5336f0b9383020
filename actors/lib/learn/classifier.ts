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
import { type Label, Labels, labelOf } from './labels.ts';
import { largest } from './largest.ts';
import {
  LEARNER_DOCS,
  type LearnerText,
  learnerExpressions,
  learnerFields,
  learnerParts,
  type Task,
} from './learning.ts';
import { type Classification, checkPlaces, type Maker, type Model, notMergeable, type Places } from './model.ts';
import { refuseLearner } from './refuse.ts';
import { sized } from './sized.ts';

/** Options of every learner that predicts classes from features. */
const classifierFields = {
  target: field.expression('The class that is to be predicted: text, a number or a truth value.'),
  ...featureFields,
  as: field.text('The field that the prediction gets: the most probable class.', { default: 'prediction' }),
  probabilities: field.text('The field that the probabilities of all classes get, by their names; empty for none.', {
    default: 'probabilities',
  }),
  classes: field.count('Classes that a model tells apart; a record of one more is a dead letter.', {
    unit: 'classes',
    min: 2,
    max: 10_000,
    default: 1000,
  }),
  ...learnerFields,
};

const DOCS = `Predicts first, then learns: of a record whose \`target\` has a value, if \`learn\` lets it. One whose target is null or absent gets a
prediction alone. Classes are those that have been seen; the prediction is null until something has been learned. In
\`probabilities\` a class whose text is that of one before it, or ends in a type, has its type behind it: \`1 (string)\` after the number 1. A target
that is no text, number or truth value makes a dead letter of its record (\`WEIR_TARGET\`).

${FEATURES_DOCS} ${LEARNER_DOCS}`;

interface ClassifierSpec<F extends Fields> extends LearnerText {
  options: F;
  /** It takes very many features, of which a record has few: then it reads free text as well. */
  sparse?: boolean;
  /** Its models. Throws a coded error where the options do not fit together. */
  maker: (options: OptionsOf<F>) => Maker<Classification>;
}

/** A model of classes with their names. */
class Labelled implements Model {
  readonly labels: Labels;
  readonly inner: Classification;

  constructor(labels: Labels, inner: Classification) {
    this.labels = labels;
    this.inner = inner;
  }

  get rows(): number {
    return this.inner.rows;
  }

  save(): unknown {
    return { labels: this.labels.list, inner: this.inner.save() };
  }

  merge(other: this, places: Places): void {
    const { inner, labels } = this;
    if (inner.merge === undefined) throw notMergeable();
    const classes = Int32Array.from(other.labels.list, (label) => labels.numberOf(label));
    checkPlaces(inner, { ...places, classes });
    inner.merge(other.inner, { ...places, classes });
  }

  static maker(most: number, inner: Maker<Classification>): Maker<Labelled> {
    return {
      create: () => new Labelled(new Labels(most), inner.create()),
      restore(saved) {
        const { labels, inner: data } = saved as { labels: Label[]; inner: unknown };
        sized(labels, new Set(labels).size, 'classes');
        return new Labelled(new Labels(most, labels), inner.restore(data));
      },
    };
  }
}

/** A learner of classes: the definition of a stage from what it learns by. */
export function classifier<const F extends Fields>({
  kind,
  options,
  sparse = false,
  maker,
  docs,
  ...text
}: ClassifierSpec<F>): OperatorDefinition<F & typeof classifierFields> {
  const fields = { ...options, ...classifierFields, ...(sparse ? textFields : {}) } as Record<string, Field>;
  const definition = operator({
    ...text,
    ...learnerParts<Labelled, Looked, OptionsOf<typeof classifierFields>>((given, at) =>
      taskOf(given as unknown as Given<F>, at, kind, maker),
    ),
    docs: `${docs}\n\n${sparse ? '' : DENSE_DOCS}${DOCS}`,
    main: 'target',
    refuse: (given) => refuseLearner(given, [given.target]),
    options: fields as unknown as typeof classifierFields,
    types: ({ as, probabilities, target }) => ({
      [as]: target,
      ...(probabilities === '' ? {} : { [probabilities]: 'object' as const }),
    }),
    reads: (given) => Features.reads(given, [given.target, ...learnerExpressions(given)]),
  });
  return definition as unknown as OperatorDefinition<F & typeof classifierFields>;
}

type Given<F extends Fields> = OptionsOf<F> & OptionsOf<typeof classifierFields>;
type Looked = [FeatureValues, Label | null];

function taskOf<F extends Fields>(
  given: Given<F>,
  at: At,
  kind: string,
  maker: ClassifierSpec<F>['maker'],
): Task<Labelled, Looked> {
  const { target, as, probabilities, classes } = given as OptionsOf<typeof classifierFields>;
  // Of a target that is an expression over fields these are no features either: they would tell the answer.
  const told = target.fields.map(([field]) => field as string);
  const features = new Features(given as unknown as FeatureOptions, [...told, as, probabilities]);
  let p = new Float64Array(8);
  return {
    kind,
    maker: Labelled.maker(classes, maker(given)),
    limits: features.limits,
    still: true,
    look: (row) => [features.look(row, at), labelOf(target, row, at)],
    trials: ({ labels }) => TRIALS.map((values, i) => [values, labels.list[i % labels.list.length] ?? null]),
    take({ model, slots }, [values, label], row, made, learn) {
      const { labels, inner } = model;
      const { list } = labels;
      const x = features.load(values, row, slots);
      if (p.length < list.length) p = new Float64Array(2 * list.length);
      if (inner.rows > 0) inner.predict(x, list.length, p);
      made[as] = inner.rows > 0 ? (list[largest(p, list.length)] as Label) : null;
      if (probabilities !== '') made[probabilities] = inner.rows > 0 ? named(labels.names, p) : null;
      if (label === null || !learn) return;
      const y = labels.numberOf(label);
      inner.learn(x, y, list.length);
    },
  };
}

function named(names: readonly string[], p: Float64Array): Record<string, number> {
  const made: Record<string, number> = {};
  for (let i = 0; i < names.length; i++) made[names[i] as string] = p[i] as number;
  return made;
}
