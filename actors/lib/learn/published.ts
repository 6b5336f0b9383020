import { type FieldTypes, type Key, printable, type Row, WeirError } from '#stage';
import type { Instance, SavedInstance } from './instance.ts';
import type { Model } from './model.ts';
import { fromPlain, toPlain } from './plain.ts';

/** The form of the data of a published model. Raised when an older one can no longer be read. */
const FORM = 2;

/** A model as a record: what leaves a learner by its side output `model`, and what another takes by `from`. */
export interface Published {
  /** The learner's name: models of different learners know different things. */
  kind: string;
  name: string;
  /** Of the model, as the engine names it; null without one. */
  key: Key;
  /** The same by the fields of the key. */
  keyed: Record<string, unknown> | null;
  rows: number;
  /** What each slot of its rows is. */
  features: string[];
  form: number;
  model: unknown;
}

/** The fields of such a record. */
export const PUBLISHED_TYPES: FieldTypes = {
  kind: 'text',
  name: 'text',
  key: 'any',
  keyed: 'object',
  rows: 'number',
  features: 'list',
  form: 'number',
  model: 'object',
};

/** A model as a record of its own: nothing in it changes any more. */
export function published<M extends Model>(
  kind: string,
  name: string,
  key: Key,
  keyed: Record<string, unknown> | null,
  instance: Instance<M>,
): Published {
  const { slots, model } = instance.save();
  const { rows } = instance.model;
  return { kind, name, key, keyed, rows, features: [...slots.names], form: FORM, model: toPlain({ slots, model }) };
}

/** The data of a model of a learner, which came as a record. Throws `WEIR_MODEL_FORM`, and `WEIR_MODEL_KIND` for another learner's. */
export function savedOf(row: Row, wanted: string): SavedInstance {
  const { kind, form, model } = row as Partial<Published>;
  if (form !== FORM || model === null || typeof model !== 'object') {
    throw new WeirError(
      'WEIR_MODEL_FORM',
      `this is no model of form ${FORM}, as the side output \`model\` of a learner gives it`,
    );
  }
  if (kind !== wanted) {
    throw new WeirError(
      'WEIR_MODEL_KIND',
      `this is a model of ${printable(String(kind))}, and ${wanted} takes those of ${wanted} only: let \`from\` name a stream of them`,
    );
  }
  const { slots, model: inner } = fromPlain(model) as Omit<SavedInstance, 'used'>;
  return { used: 0, origin: -1, time: Number.NaN, order: Number.NaN, slots, model: inner };
}
