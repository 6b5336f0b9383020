import { WeirError } from '../../base/errors.ts';
import { nearest } from '../../expr/nearest.ts';
import type { Row } from '../../stage/row.ts';

/** Which columns a learner reads, and how. */
export interface Columns {
  features: string[];
  text: string[];
  /** What is left out without having been named, and why. */
  left: { column: string; why: string }[];
}

/** What someone has said about columns. */
export interface ColumnsAsked {
  target: string | undefined;
  features?: readonly string[] | undefined;
  drop?: readonly string[] | undefined;
  text?: readonly string[] | undefined;
}

const TIME = /^\d{4}[-/]\d\d?[-/]\d\d?(?:[T ]\d\d?:\d\d.*)?$/;
/** Fewer texts tell nothing of how many there will be. */
const FEWEST = 20;

/**
 * Chooses the columns to learn from: those asked for, or all but the target, of which times are left out and texts that are
 * mostly different in the rows at hand are free text. Throws `WEIR_USAGE` for a column that is not there.
 */
export function columnsOf(
  rows: readonly Row[],
  known: readonly string[],
  asked: ColumnsAsked,
  takesText: boolean,
): Columns {
  const { target, features, drop = [], text = [] } = asked;
  const there = (name: string) => {
    if (known.includes(name)) return;
    const meant = nearest(name, known);
    const advice = meant ? `did you mean ${meant}?` : `there are ${known.join(', ')}`;
    throw new WeirError('WEIR_USAGE', `there is no column '${name}'; ${advice}`);
  };
  for (const name of [...(target === undefined ? [] : [target]), ...(features ?? []), ...drop, ...text]) there(name);
  if (target !== undefined && [...(features ?? []), ...text].includes(target)) {
    throw new WeirError('WEIR_USAGE', `the target '${target}' cannot be learned from: it is what is to be predicted`);
  }
  if (text.length > 0 && !takesText) throw new WeirError('WEIR_USAGE', '--text: this learner reads no free text');
  if (features !== undefined)
    return { features: features.filter((name) => !text.includes(name)), text: [...text], left: [] };
  const made: Columns = { features: [], text: [...text], left: [] };
  const rest = known.filter((name) => name !== target && !drop.includes(name) && !text.includes(name));
  for (const column of rest) {
    const what = whatIs(rows.map((row) => row[column] ?? null).filter((value) => value !== null));
    if (what === 'feature') made.features.push(column);
    else if (what === 'free text' && takesText) made.text.push(column);
    else made.left.push({ column, why: what });
  }
  return made;
}

/** `feature`, or what keeps a column from being one. */
function whatIs(values: readonly unknown[]): string {
  if (values.length === 0) return 'empty';
  const texts = values.filter((value) => typeof value === 'string');
  if (texts.length === 0) {
    return values.every((value) => typeof value === 'number' || typeof value === 'boolean')
      ? 'feature'
      : 'no single value';
  }
  if (texts.length < values.length && typeof values[0] !== 'string') return 'numbers and text';
  if (texts.filter((text) => TIME.test(text)).length > 0.9 * values.length) return 'a time';
  return values.length >= FEWEST && new Set(texts).size > values.length / 2 ? 'free text' : 'feature';
}
