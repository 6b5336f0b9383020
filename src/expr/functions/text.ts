import { declare } from './signature.ts';

/** Longer padding is a mistake, and would be memory given away. */
const LONGEST_PADDING = 10_000;

/**
 * Functions of texts. Positions count UTF-16 code units from 0, as in JavaScript; the half of a character that is cut in two
 * becomes U+FFFD, as UTF-8 cannot hold it.
 */
export const textFunctions = [
  declare('lower(text: text): text', 'In lower case.', ['lower("Oslo")', 'oslo'], (text: string) => text.toLowerCase()),
  declare('upper(text: text): text', 'In upper case.', ['upper("Oslo")', 'OSLO'], (text: string) => text.toUpperCase()),
  declare('trim(text: text): text', 'Without white space at both ends.', ['trim(" a b ")', 'a b'], (text: string) =>
    text.trim(),
  ),
  declare(
    'length(of: text | list): number',
    'How many characters a text has, or items a list.',
    ['length("river")', 5],
    (of: string | unknown[]) => of.length,
  ),
  declare(
    'slice(of: text | list, from: number, to?: number): text | list',
    'From one position up to, not including, another. A negative position counts from the end.',
    ['slice("river", -3)', 'ver'],
    (of: string | unknown[], from: number, to?: number) =>
      typeof of === 'string' ? of.slice(from, to).toWellFormed() : of.slice(from, to),
  ),
  declare(
    'substring(text: text, from: number, to?: number): text',
    'As `slice`, but a negative position is 0 and the smaller position comes first.',
    ['substring("river", 1, 3)', 'iv'],
    (text: string, from: number, to?: number) => text.substring(from, to).toWellFormed(),
  ),
  declare(
    'split(text: text, separator: text, index?: number): list | text',
    'The parts between the separators; with an index that one part, or null if there are fewer.',
    ['split("www.example.org", ".", 1)', 'example'],
    (text: string, separator: string, index?: number) =>
      index === undefined ? partsOf(text, separator) : partOf(text, separator, index)?.toWellFormed(),
  ),
  declare(
    'replace(text: text, part: text, by: text): text',
    'With every occurrence of a part replaced, literally.',
    ['replace("a-b-c", "-", "")', 'abc'],
    (text: string, part: string, by: string) => (part === '' ? text : text.replaceAll(part, () => by)),
  ),
  declare(
    'startsWith(text: text, part: text): bool',
    'Whether a text starts with a part.',
    ['startsWith("https://a.org", "https:")', true],
    (text: string, part: string) => text.startsWith(part),
  ),
  declare(
    'endsWith(text: text, part: text): bool',
    'Whether a text ends with a part.',
    ['endsWith("a.csv", ".gz")', false],
    (text: string, part: string) => text.endsWith(part),
  ),
  declare(
    'contains(of: text | list, part: scalar): bool',
    'Whether a text has a part somewhere, or a list an item.',
    ['contains("GET /login", "login")', true],
    (of: string | unknown[], part: never) => of.includes(part),
  ),
  declare(
    'indexOf(text: text, part: text): number',
    'Where a part first occurs, or -1.',
    ['indexOf("a=b", "=")', 1],
    (text: string, part: string) => text.indexOf(part),
  ),
  declare(
    'padStart(text: text, width: number, fill?: text): text',
    'Filled up on the left to a width, with spaces unless told otherwise.',
    ['padStart("7", 3, "0")', '007'],
    (text: string, width: number, fill?: string) =>
      text.padStart(Math.min(width, LONGEST_PADDING), fill).toWellFormed(),
  ),
  declare(
    'concat(...parts: scalar): text',
    'One after the other.',
    ['concat("eth", 0)', 'eth0'],
    (...parts: (string | number | boolean)[]) => parts.join(''),
  ),
  declare(
    'countOf(text: text, part: text): number',
    'How often a part occurs, without overlaps.',
    ['countOf("banana", "an")', 2],
    countOf,
  ),
  declare(
    'matches(text: text, pattern: regex): bool',
    'Whether a regular expression matches somewhere.',
    ['matches("eth0", /^eth[0-9]+$/)', true],
    (text: string, pattern: RegExp) => pattern.test(text),
  ),
  declare(
    'extract(text: text, pattern: regex, group?: number): text?',
    'What a regular expression, or one of its groups, matches first; null if it matches nothing.',
    ['extract("a.htm?channel_id=12", /channel_id=([0-9]+)/, 1)', '12'],
    (text: string, pattern: RegExp, group = 0) => pattern.exec(text)?.[group]?.toWellFormed(),
  ),
];

/** Only between the halves of a character can a cut leave any. */
function partsOf(text: string, separator: string): string[] {
  const parts = text.split(separator);
  return separator === '' ? parts.map((part) => part.toWellFormed()) : parts;
}

/** One part of a split without making the others. */
function partOf(text: string, separator: string, index: number): string | undefined {
  if (!(index >= 0) || !Number.isInteger(index)) return undefined;
  if (separator === '') return text[index];
  let from = 0;
  for (let i = 0; i < index; i++) {
    const at = text.indexOf(separator, from);
    if (at < 0) return undefined;
    from = at + separator.length;
  }
  const to = text.indexOf(separator, from);
  return to < 0 ? text.slice(from) : text.slice(from, to);
}

function countOf(text: string, part: string): number {
  if (part === '') return 0;
  let count = 0;
  for (let at = text.indexOf(part); at >= 0; at = text.indexOf(part, at + part.length)) count++;
  return count;
}
