import { isDeepStrictEqual } from 'node:util';
import { printable, type Row, WeirError } from '#stage';
import { Instance, type SavedInstance } from './instance.ts';
import type { Task } from './learning.ts';
import type { Model } from './model.ts';
import type { SavedSlots } from './slots.ts';

/** Beyond this nothing that a learner knows can be: it learns from numbers up to 1e50. */
const LARGEST_KNOWN = 1e250;
/** What may be not a number or infinite: an answer that has not been given yet, the range of what has not been seen. */
const OPEN: Record<string, (value: number) => boolean> = {
  made: Number.isNaN,
  least: (value) => value === Number.POSITIVE_INFINITY,
  most: (value) => value === Number.NEGATIVE_INFINITY,
};

/** Where names stand: of classes, of arms, of users and items, of choices; and where there may be null. */
const NAMES = new Set(['labels', 'name', 'ids', 'waiting']);
const NULLS = new Set(['observers']);
const ANSWER = 'answer';

/**
 * Looks through a model that has come from outside, before it takes the place of one that works: its features have each a place,
 * its numbers are numbers, what is made of it is what it says that it is, and it answers and learns a few rows. `saved` is not
 * changed. Throws `WEIR_MODEL_FORM`; what restoring and trying it throw besides is for the caller. As long as restoring it
 * three times.
 */
export function checkSound<M extends Model, L>(row: Row, saved: SavedInstance, task: Trying<M, L>): void {
  const { maker, limits } = task;
  checkSlots(saved.slots);
  if (!isDeepStrictEqual(row.features, saved.slots.names))
    throw unsound('its list of features is another than its own');
  checkNumbers(saved.model, 'model', '');
  const { model } = Instance.restore(maker, limits, saved);
  if (!Number.isSafeInteger(model.rows) || model.rows < 0 || model.rows !== row.rows) {
    throw unsound(`it says that it has learned from ${row.rows} rows, and from ${model.rows}`);
  }
  checkSame(saved.model, model.save(), 'model');
  const tried = Instance.restore(maker, limits, saved);
  for (const looked of task.trials(model)) {
    const made: Row = {};
    task.take(tried, looked, {}, made, true);
    checkNumbers(made, ANSWER, '');
  }
  checkNumbers(tried.model.save(), 'model, once it has learned,', '');
}

/** What of a {@link Task} it takes. */
export type Trying<M extends Model, L> = Pick<Task<M, L>, 'maker' | 'limits' | 'take' | 'trials'>;

const unsound = (how: string) => new WeirError('WEIR_MODEL_FORM', `this is no sound model of this learner: ${how}`);

/** Each slot belongs to one feature, level or hash. */
function checkSlots({ names, numbers, levels, hashes }: SavedSlots): void {
  const places = [
    ...numbers.map(([, slot]) => slot),
    ...levels.flatMap(([, list, other]) => [...list.map(([, slot]) => slot), ...(other === undefined ? [] : [other])]),
    ...hashes.map(([, slot]) => slot),
  ];
  const has = new Uint8Array(names.length);
  for (const place of places) has[place] = 1;
  const features = [...numbers, ...levels].map(([feature]) => feature);
  const texts = [...names, ...features, ...levels.flatMap(([, list]) => list.map(([level]) => level))];
  const sound =
    places.length === names.length &&
    !has.includes(0) &&
    new Set(features).size === features.length &&
    texts.every((one) => typeof one === 'string');
  if (!sound) throw unsound('its features have not one place each');
}

function checkNumbers(value: unknown, what: string, name: string): void {
  if (typeof value === 'number') checkNumber(value, what, name);
  else if (what !== ANSWER && (value === null || typeof value === 'string')) checkName(value, what, name);
  else if (value instanceof Float64Array) for (const one of value) checkNumber(one, what, name);
  else if (Array.isArray(value)) for (const one of value) checkNumbers(one, what, name);
  else if (value !== null && typeof value === 'object' && !ArrayBuffer.isView(value)) {
    for (const [key, one] of Object.entries(value)) checkNumbers(one, what, key);
  }
}

function checkName(value: string | null, what: string, name: string): void {
  if (value === null ? NULLS.has(name) : NAMES.has(name)) return;
  throw unsound(`its ${what} has ${value === null ? 'null' : `'${printable(value.slice(0, 40))}'`} under ${name}`);
}

function checkNumber(value: number, what: string, name: string): void {
  if (Math.abs(value) <= LARGEST_KNOWN || OPEN[name]?.(value) === true) return;
  throw unsound(`its ${what} has ${value} under ${name}`);
}

/** What was restored must be what was given: nothing was missing, and nothing left over. */
function checkSame(given: unknown, made: unknown, where: string): void {
  if (!isPlain(given) || !isPlain(made)) {
    if (Array.isArray(given) && Array.isArray(made) && given.length === made.length) {
      for (let i = 0; i < made.length; i++) checkSame(given[i], made[i], where);
    } else if (!isDeepStrictEqual(given, made)) throw unsound(`its ${where} is not of the form that it says`);
    return;
  }
  for (const name of new Set([...Object.keys(given), ...Object.keys(made)])) {
    checkSame(given[name], made[name], `${where}.${name}`);
  }
}

function isPlain(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === 'object' && !Array.isArray(value) && !ArrayBuffer.isView(value);
}
