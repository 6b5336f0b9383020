import { messageOf, WeirError } from '../base/errors.ts';
import { parseDuration } from '../base/units.ts';

interface Range {
  least: number;
  most?: number;
  /** The range in words, put behind `a whole number`. */
  words?: string;
}

/** The whole number that an option of the command line gives. Throws `WEIR_USAGE` for what is none of that range. */
export function wholeOf(option: string, text: string, { least, most, words }: Range): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= least && value <= (most ?? value)) return value;
  throw new WeirError(
    'WEIR_USAGE',
    `${option}: '${text}' is not a whole number${words === undefined ? '' : ` ${words}`}`,
  );
}

/** The duration that an option of the command line gives, in ms. Throws `WEIR_USAGE`. */
export function durationOf(option: string, text: string): number {
  try {
    return parseDuration(text);
  } catch (error) {
    throw new WeirError('WEIR_USAGE', `${option}: ${messageOf(error)}`);
  }
}
