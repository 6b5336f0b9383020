import { type Document, isMap, isSeq, type Node, parseDocument, type YAMLMap, YAMLSeq } from 'yaml';
import type { Path } from './places.ts';

/** New expectations of one stream of a test: records as they are to be written, or the place of one that stays. */
export interface ExpectationUpdate {
  /** Of the test: `['tests', 0]`. */
  path: Path;
  /** A stream, a side output, or `deadLetters`. */
  name: string;
  /** In order; a number is the place of an expected record that stays as it is written. */
  records: readonly (number | Readonly<Record<string, unknown>>)[];
}

/**
 * A topology's text with other expectations. Only the lists that change are written anew, and of those the records that stay
 * keep their form and comments; everything else stays as it is, to the letter.
 */
export function updateExpectations(text: string, updates: readonly ExpectationUpdate[]): string {
  // Each time the text is read again: the places of one edit do not hold behind another.
  return updates.reduce(updateOne, text);
}

function updateOne(text: string, { path, name, records }: ExpectationUpdate): string {
  const document = parseDocument(text) as Document<Node, boolean>;
  const test = document.getIn(path, true) as YAMLMap;
  const expect = test.get('expect', true) as unknown as YAMLMap<Node, Node>;
  const pair = expect.items.find(({ key }) => String(key) === name);
  const before = pair?.value;
  const kept = isSeq(before) ? (before.items as Node[]) : isMap(before) ? [before] : [];
  const list = new YAMLSeq<Node>();
  for (const record of records) {
    if (typeof record === 'number') list.add(kept[record] as Node);
    else list.add(recordNode(document, record));
  }
  const json = text.trimStart().startsWith('{');
  const flow = json || expect.flow === true || (isSeq(before) && before.flow === true && records.length === 0);
  list.flow = flow || records.length === 0;
  if (isSeq(before) && before.commentBefore && !list.flow) list.commentBefore = before.commentBefore;
  const key = pair?.key.range;
  if (!key) return appended(text, document, expect, name, list, json);
  const from = key[1] + text.slice(key[1]).indexOf(':') + 1;
  const to = before?.range ? endOf(text, before.range) : from;
  return `${text.slice(0, from)}${written(list, columnOf(text, key[0]), json)}${text.slice(to)}`;
}

/** A record on one line, as people write them. */
function recordNode(document: Document<Node, boolean>, record: Readonly<Record<string, unknown>>): Node {
  return document.createNode(record, { flow: true }) as unknown as Node;
}

/** A stream that nothing was expected of yet. */
function appended(
  text: string,
  document: Document<Node, boolean>,
  expect: YAMLMap<Node, Node>,
  name: string,
  list: YAMLSeq<Node>,
  json: boolean,
): string {
  const last = expect.items.at(-1);
  if (last === undefined || expect.flow) {
    expect.set(document.createNode(name), list);
    const range = expect.range as [number, number, number];
    list.flow = true;
    return `${text.slice(0, range[0])}${textOf(expect, json).trim()}${text.slice(range[1])}`;
  }
  const column = columnOf(text, (last.key.range as [number, number, number])[0]);
  const end = endOf(text, (last.value?.range ?? last.key.range) as [number, number, number]);
  const line = `\n${' '.repeat(column)}${name}:${written(list, column, json)}`;
  return `${text.slice(0, end)}${line}${text.slice(end)}`;
}

/** The end of a value's last line, without the line break that a block takes with it. */
function endOf(text: string, [start, end]: readonly [number, number, number]): number {
  let at = end;
  while (at > start && /\s/.test(text[at - 1] as string)) at--;
  return at;
}

function columnOf(text: string, at: number): number {
  return at - (text.lastIndexOf('\n', at - 1) + 1);
}

/** A list as it stands behind its key's colon. */
function written(list: YAMLSeq<Node>, column: number, json: boolean): string {
  const lines = textOf(list, json).trimEnd().split('\n');
  const indent = ' '.repeat(column + 2);
  if (list.flow) return ` ${lines.join(`\n${indent}`)}`;
  return `\n${lines.map((line) => (line === '' ? line : indent + line)).join('\n')}`;
}

function textOf(node: Node, json: boolean): string {
  const alone = parseDocument('');
  alone.contents = node as never;
  const quotes = json ? ({ defaultStringType: 'QUOTE_DOUBLE', defaultKeyType: 'QUOTE_DOUBLE' } as const) : {};
  return alone.toString({ lineWidth: 0, flowCollectionPadding: true, ...quotes });
}
