import { readFileSync } from 'node:fs';
import { parse, stringify } from 'yaml';
import { topologyOf } from '../../bench/nexmark/queries.mjs';
import { checkText } from '../../src/topology/check.ts';

/** The events as shared/design describes them: each has one of the three records. */
export const EVENTS = {
  event_type: 'number',
  person: {
    id: 'number',
    name: 'text',
    emailAddress: 'text',
    creditCard: 'text',
    city: 'text',
    state: 'text',
    dateTime: 'time',
    extra: 'text',
  },
  auction: {
    id: 'number',
    itemName: 'text',
    description: 'text',
    initialBid: 'number',
    reserve: 'number',
    dateTime: 'time',
    expires: 'time',
    seller: 'number',
    category: 'number',
    extra: 'text',
  },
  bid: {
    auction: 'number',
    bidder: 'number',
    price: 'number',
    channel: 'text',
    url: 'text',
    dateTime: 'time',
    extra: 'text',
  },
};
const SIDE = { key: 'number', value: 'text' };

type Tree = { [name: string]: unknown };

/** A query's topology, with the schema of what it reads beside each source. */
export function withSchema(query: string): Tree {
  const tree = parse(readFileSync(topologyOf(query), 'utf8')) as Tree & { streams: Record<string, Tree> };
  for (const stream of Object.values(tree.streams)) {
    if (stream.source === undefined) continue;
    stream.schema = JSON.stringify(stream.source).includes('${side}') ? SIDE : EVENTS;
  }
  return tree;
}

/** Checks a topology, and gives the text that was checked. */
export async function checkTree(tree: Tree) {
  const text = stringify(tree, { lineWidth: 0, aliasDuplicateObjects: false });
  const { params = {} } = tree as { params?: Tree };
  const values = Object.fromEntries(Object.keys(params).map((name) => [name, name === 'every' ? '1s' : `in-${name}`]));
  const { issues } = await checkText(text, { file: 't.yaml', base: import.meta.url }, { set: values });
  return { text, issues };
}

/** An expression as it stands in a tree. */
export interface Written {
  text: string;
  replaced(by: string): Tree;
}

/** Options whose values are expressions, or lists or maps of them. The rest of a query are words, names and durations. */
const EXPRESSIONS = ['where', 'select', 'key', 'on', 'by', 'per', 'at', 'aggregate', 'reduce', 'partition', 'fields'];

/** Every expression of a topology, found by the names of options alone: not by what the checker knows. */
export function expressionsOf(tree: Tree): Written[] {
  const found: Written[] = [];
  const visit = (value: unknown, path: readonly (string | number)[], inside: boolean): void => {
    if (typeof value === 'object' && value !== null) {
      for (const [name, each] of Object.entries(value)) {
        const step = Array.isArray(value) ? Number(name) : name;
        visit(each, [...path, step], inside || EXPRESSIONS.includes(name));
      }
    } else if (inside && typeof value === 'string') found.push({ text: value, replaced: (by) => put(tree, path, by) });
  };
  for (const [name, stream] of Object.entries(tree.streams as Record<string, Tree>)) {
    for (const part of ['time', 'do', 'to']) visit(stream[part], ['streams', name, part], false);
  }
  return found;
}

function put(tree: Tree, path: readonly (string | number)[], value: string): Tree {
  const copy = structuredClone(tree);
  let at = copy as Record<string | number, any>;
  for (const step of path.slice(0, -1)) at = at[step];
  at[path.at(-1) as string] = value;
  return copy;
}
