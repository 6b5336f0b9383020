import { type Document, isPair, isScalar, type Node, type Scalar, visit } from 'yaml';
import type { YamlFault } from './yaml-faults.ts';

/**
 * Finds calls that YAML has cut in pieces: in `{ n: quantile(x, 2) }` the comma ends the text `quantile(x`. Puts them together
 * again in the document, so that what follows from the cut is not told as well.
 */
export function mendCommas(document: Document<Node, boolean>, text: string): YamlFault[] {
  const faults: YamlFault[] = [];
  visit(document, {
    Collection(_, { flow, items }) {
      if (!flow) return;
      for (let i = 0; i < items.length; i++) {
        const first = fieldText(items[i]);
        const start = first?.range?.[0];
        if (first === undefined || start === undefined || depthOf(String(first.value)) <= 0) continue;
        const end = endOfCall(items.slice(i + 1), text, start);
        if (end === undefined) continue;
        const whole = text.slice(start, end.at);
        first.value = whole;
        items.splice(i + 1, end.pieces);
        const quoted = whole.includes("'") ? 'quote it' : `write '${whole}'`;
        const message = `a comma inside { } or [ ] ends a text: ${quoted}`;
        faults.push({ at: start, message, broken: false });
      }
    },
  });
  return faults;
}

/** Where the call that begins at `start` is closed, and how many of the items that follow it are pieces of it. */
function endOfCall(items: readonly unknown[], text: string, start: number): { at: number; pieces: number } | undefined {
  for (const [i, item] of items.entries()) {
    const piece = pieceOf(item);
    const at = piece?.range?.[1];
    if (at === undefined) return undefined;
    if (depthOf(text.slice(start, at)) === 0) return { at, pieces: i + 1 };
  }
  return undefined;
}

/** A plain text: an item of a list, or the value of a field. */
function fieldText(item: unknown): Scalar | undefined {
  return plain(isPair(item) ? item.value : item);
}

/** What a piece of a text became: an item of a list, or a key without a value. */
function pieceOf(item: unknown): Scalar | undefined {
  if (!isPair(item)) return plain(item);
  const empty = item.value === null || (isScalar(item.value) && item.value.source === '');
  return empty ? plain(item.key) : undefined;
}

function plain(node: unknown): Scalar | undefined {
  return isScalar(node) && node.type === 'PLAIN' ? node : undefined;
}

/** How many more parentheses a text opens than it closes. */
function depthOf(text: string): number {
  return text.split('(').length - text.split(')').length;
}
