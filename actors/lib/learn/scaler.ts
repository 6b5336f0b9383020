import { type Field, type Fields, field, type OperatorDefinition, type OptionsOf, type Row } from '#stage';
import type { FeatureRow } from './feature-row.ts';
import type { FeatureOptions } from './features.ts';
import type { LearnerText } from './learning.ts';
import type { Maker, Model } from './model.ts';
import { type Observe, observer } from './observer.ts';

/** Puts features on a common scale, each by itself. */
export interface Scaling extends Model {
  /** The value of a slot on its new scale; as it is where that slot is not scaled. */
  scaled(slot: number, value: number): number;
  learn(x: FeatureRow): void;
}

const scalerFields = {
  as: field.text(
    'The field that gets all features by their names, levels of text among them; by default numbers are given in their place.',
    { optional: true },
  ),
};

const DOCS = `A feature that has only been 0 or 1 so far stays as it is, and so do the levels of a text. A record is scaled by what was learned
before it. What a record has no value of is neither scaled nor learned from.`;

interface ScalerSpec<F extends Fields> extends LearnerText {
  options: F;
  maker: (options: OptionsOf<F>) => Maker<Scaling>;
}

/** A stage that scales features. */
export function scaler<const F extends Fields>({
  options,
  maker,
  docs,
  ...text
}: ScalerSpec<F>): OperatorDefinition<F & typeof scalerFields> {
  const fields: Record<string, Field> = { ...options, ...scalerFields };
  const definition = observer({
    ...text,
    docs: `${docs}\n\n${DOCS}`,
    options: fields as unknown as typeof scalerFields,
    adds({ as, features }: OptionsOf<typeof scalerFields> & FeatureOptions) {
      if (as !== undefined) return { [as]: 'object' };
      return Object.fromEntries(made(features).map((name) => [name, 'any']));
    },
    maker: (given) => maker(given as unknown as OptionsOf<F>),
    observe(given): Observe<Scaling> {
      const { as } = given;
      if (as !== undefined) return (model, x, row, learn, names) => together(as, model, x, row, learn, names);
      const fresh = new Set(made((given as unknown as FeatureOptions).features));
      return (model, x, row, learn, names) => inPlace(fresh, model, x, row, learn, names);
    },
  });
  return definition as unknown as OperatorDefinition<F & typeof scalerFields>;
}

/** Features that are computed, and no fields of the record. */
function made(features: FeatureOptions['features']): string[] {
  return features?.names.filter((name, i) => features.expressions[i]?.text !== name) ?? [];
}

function inPlace(
  fresh: ReadonlySet<string>,
  model: Scaling,
  x: FeatureRow,
  row: Row,
  learn: boolean,
  names: readonly string[],
): void {
  for (let i = 0; i < x.n; i++) {
    const slot = x.index[i] as number;
    const value = x.dense[slot] as number;
    const scaled = model.scaled(slot, value);
    const name = names[slot] as string;
    // What stays as it is stays a truth value, and a level is no field.
    if (scaled !== value || fresh.has(name)) row[name] = scaled;
  }
  if (learn) model.learn(x);
}

function together(as: string, model: Scaling, x: FeatureRow, row: Row, learn: boolean, names: readonly string[]): void {
  const all: Record<string, number> = {};
  for (let i = 0; i < x.n; i++) {
    const slot = x.index[i] as number;
    all[names[slot] as string] = model.scaled(slot, x.dense[slot] as number);
  }
  row[as] = all;
  if (learn) model.learn(x);
}
