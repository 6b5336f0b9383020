import { type Document, isAlias, isMap, isScalar, isSeq, type LineCounter, type Node } from 'yaml';
import type { Place } from './graph.ts';
import type { Path, Places } from './places.ts';
import { scalarOffset } from './scalar-offset.ts';

interface Found {
  key: number | undefined;
  value: unknown;
}

/** Lines and columns of the keys and values of a YAML document. */
export class YamlPlaces implements Places {
  readonly #file: string;
  readonly #text: string;
  readonly #document: Document<Node, boolean>;
  readonly #lines: LineCounter;

  constructor(file: string, text: string, document: Document<Node, boolean>, lines: LineCounter) {
    this.#file = file;
    this.#text = text;
    this.#document = document;
    this.#lines = lines;
  }

  key(path: Path): Place {
    const found = this.#find(path);
    if (!found) return path.length === 0 ? this.at(0) : this.key(path.slice(0, -1));
    return this.at(found.key ?? start(found.value) ?? 0);
  }

  value(path: Path, offset?: number): Place {
    const found = this.#find(path);
    if (!found) return path.length === 0 ? this.at(0) : this.key(path.slice(0, -1));
    const { value } = found;
    const from = start(value);
    if (from === undefined) return this.at(found.key ?? 0);
    // The start of a quoted text is its quote: that is where one looks for the value as a whole.
    if (offset === undefined || !isScalar(value)) return this.at(from);
    const source = this.#text.slice(from, value.range?.[1]);
    return this.at(from + scalarOffset(source, String(value.value), offset));
  }

  /** The place of a character of the text, counted from 0. */
  at(position: number): Place {
    const { line, col } = this.#lines.linePos(position);
    return { file: this.#file, line: Math.max(1, line), column: Math.max(1, col) };
  }

  #find(path: Path): Found | undefined {
    let found: Found = { key: undefined, value: this.#document.contents };
    for (const step of path) {
      const node: unknown = isAlias(found.value) ? found.value.resolve(this.#document) : found.value;
      if (isSeq(node)) {
        const item = node.items[Number(step)];
        if (item === undefined) return undefined;
        found = { key: undefined, value: item };
      } else if (isMap(node)) {
        const pair = node.items.find((each) => String(isScalar(each.key) ? each.key.value : each.key) === String(step));
        if (!pair) return undefined;
        found = { key: start(pair.key), value: pair.value };
      } else return undefined;
    }
    return found;
  }
}

function start(node: unknown): number | undefined {
  const range = (node as Node | null | undefined)?.range;
  // An absent value (`dedupe:`) has an empty range of its own behind the colon: its key is a better place.
  return range && (range[1] > range[0] || isMap(node) || isSeq(node)) ? range[0] : undefined;
}
