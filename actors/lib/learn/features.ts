import { type At, type Expression, field, type OptionsOf, type Reads, type Row } from '#stage';
import { readsOf } from '../keys/reads-of.ts';
import { FeatureRow } from './feature-row.ts';
import { RowReader, RowReaders } from './row-reader.ts';
import type { Slots, SlotsLimits } from './slots.ts';

/** Options of learners that read features by name. */
export const featureFields = {
  features: field.projection(
    'What to learn from: a list of fields, or name → expression. By default all fields that are not said to be anything else.',
    { optional: true },
  ),
  drop: field.list('Fields that are no features, where `features` does not say which are.', field.text('A name.'), {
    default: [],
  }),
  levels: field.count('Levels of a text feature that are told apart; those seen later count as one.', {
    unit: 'levels',
    min: 1,
    max: 100_000,
    default: 100,
  }),
};

/** Besides, of learners that can take very many features. */
export const textFields = {
  text: field.list(
    'Fields of free text, whose words and runs of up to three letters are features.',
    field.text('A name.'),
    {
      default: [],
    },
  ),
};

export const FEATURES_DOCS = `Features are numbers, truth values (1 and 0) and texts, of which each level is a feature of its own; null is nothing. What a
feature is, its first value decides. What is nearer to 0 than 1e-50 is taken as 0. A record is a dead letter where a number is not finite or beyond 1e50, or where text
stands for a number (\`WEIR_FEATURE\`).`;

export type FeatureOptions = OptionsOf<typeof featureFields> & Partial<OptionsOf<typeof textFields>>;

/** What was computed of a record's features when it came; nothing where they are plain fields. */
export type FeatureValues = unknown[] | Trial | null;

/** Instead of a record's: all that a model knows has this value. */
class Trial {
  readonly value: number;

  constructor(value: number) {
    this.value = value;
  }
}

/** The features of records that a model from outside is tried on. */
export const TRIALS: readonly FeatureValues[] = [1, 0, -2.5, 1e3].map((value) => new Trial(value));

/** A model's features at most, where its cost grows faster than their number; and where it does not. */
export const DENSE_SLOTS = 1000;
export const SPARSE_SLOTS = 200_000;
const INSTEAD = '; memory-mix, class-mix and others with the option text take 200,000';
/** Said of learners without free text. */
export const DENSE_DOCS = `A model takes 1,000 features at most, each level of a text one of them: a record that has a number beyond them is a
dead letter (\`WEIR_FEATURE\`).

`;

/** Makes rows of features of records. */
export class Features {
  readonly limits: SlotsLimits;
  readonly #o: FeatureOptions;
  readonly #text: readonly string[];
  readonly #readers: RowReaders;
  /** Of listed features that are nothing but fields. */
  readonly #reader: RowReader | undefined;
  readonly #row = new FeatureRow();

  /** `left`: fields that are something else, such as the target. */
  constructor(options: FeatureOptions, left: readonly string[]) {
    const { drop, levels, text, features } = options;
    this.#o = options;
    this.#text = text ?? [];
    this.#readers = new RowReaders(new Set([...drop, ...left, ...this.#text]));
    const fields = features?.expressions.map(({ node }) =>
      node?.kind === 'field' && node.path.length === 1 ? node.path[0] : undefined,
    );
    if (features !== undefined && fields?.every((one) => one !== undefined)) {
      this.#reader = new RowReader(features.names, fields);
    }
    this.limits =
      text === undefined ? { levels, slots: DENSE_SLOTS, instead: INSTEAD } : { levels, slots: SPARSE_SLOTS };
  }

  /** To be called as a record comes, so that an expression that fails refuses that record. */
  look(row: Row, at: At): FeatureValues {
    if (this.#reader !== undefined) return null;
    return this.#o.features?.expressions.map((one) => one.evaluate(row, at) ?? null) ?? null;
  }

  /** The features of a record in the slots of its model. The row is overwritten by the next. Throws `WEIR_FEATURE`. */
  load(values: FeatureValues, row: Row, slots: Slots): FeatureRow {
    const x = this.#row;
    if (values === null) {
      (this.#reader ?? this.#readers).read(row, slots, x);
    } else if (values instanceof Trial) {
      x.clear();
      for (let slot = 0; slot < slots.names.length; slot++) x.add(slot, values.value);
      x.d = slots.names.length;
      return x;
    } else {
      x.clear();
      const names = (this.#o.features as { names: readonly string[] }).names;
      for (let i = 0; i < names.length; i++) slots.check(names[i] as string, values[i]);
      for (let i = 0; i < names.length; i++) slots.put(names[i] as string, values[i], x);
    }
    if (this.#text.length > 0) {
      const texts = this.#text.map((name) => row[name]).filter((one) => typeof one === 'string');
      if (texts.length > 0) slots.putText(texts.join('\n'), x);
    }
    x.d = slots.names.length;
    return x;
  }

  /** Fields that these options and expressions read. */
  static reads({ features, text }: FeatureOptions, others: readonly (Expression | undefined)[]): Reads {
    if (features === undefined) return 'all';
    const read = readsOf([...features.expressions, ...others]);
    return read === 'all' ? read : [...read, ...(text ?? []).map((name) => [name])];
  }
}
