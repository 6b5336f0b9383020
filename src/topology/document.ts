import {
  isScalar,
  LineCounter,
  type Node,
  parseDocument,
  visit,
  type YAMLError,
  type Document as YamlDocument,
} from 'yaml';
import type { Issues } from './issue.ts';
import type { Places } from './places.ts';
import { YamlPlaces } from './yaml-places.ts';

/** A topology as written: a plain value and where its parts stand. What the checker and the graph are made from. */
export interface TopologyDocument {
  /** The file as its reader knows it, for messages. */
  readonly file: string;
  /** The folder that relative modules and stages are resolved from: a file URL ending in a slash. */
  readonly base: string;
  /** The module that built it in TypeScript, as a URL. */
  readonly module?: string | undefined;
  /** Maps, lists, texts, numbers; from TypeScript also functions. */
  readonly value: unknown;
  readonly places: Places;
}

/** Where a document's text comes from. */
export interface DocumentSource {
  file: string;
  base: string;
}

const SYNTAX: Record<string, string> = {
  DUPLICATE_KEY: 'this key is written twice in one map',
  BAD_INDENT: 'the indentation does not fit',
  TAB_AS_INDENT: 'a tab cannot indent in YAML: use spaces',
  MULTIPLE_DOCS: 'a file holds one topology',
};

/**
 * Reads a topology's text, YAML 1.2 or JSON. Faults of syntax, keys written twice among them, become issues
 * (`WEIR_YAML`); the value is undefined when nothing can be made of the text.
 */
export function parseTopology(text: string, source: DocumentSource, issues: Issues): TopologyDocument {
  const lines = new LineCounter();
  const parsed = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true });
  const document = parsed as YamlDocument<Node, boolean>;
  const places = new YamlPlaces(source.file, text, document, lines);
  for (const error of document.errors) issues.error('WEIR_YAML', places.at(error.pos[0]), wording(error, text));
  visit(document, {
    Pair(_, { key }) {
      // As a key of a JavaScript object it would not be a field but the object's prototype.
      if (!isScalar(key) || key.value !== '__proto__') return;
      issues.error('WEIR_YAML', places.at(key.range?.[0] ?? 0), '__proto__ cannot be a key');
    },
  });
  return { ...source, value: toValue(document, places, issues), places };
}

function toValue(document: YamlDocument<Node, boolean>, places: YamlPlaces, issues: Issues): unknown {
  try {
    return document.toJS({ maxAliasCount: 100 });
  } catch (error) {
    // An alias without its anchor, or aliases that multiply without end.
    issues.error('WEIR_YAML', places.at(0), error instanceof Error ? error.message : String(error));
    return undefined;
  }
}

function wording(error: YAMLError, text: string): string {
  const what = SYNTAX[error.code] ?? lowerFirst(error.message);
  if (error.code !== 'DUPLICATE_KEY') return what;
  const key = /^["']?([^"':\s]+)/.exec(text.slice(error.pos[0]))?.[1];
  return key === undefined ? what : `the key '${key}' is written twice in one map`;
}

function lowerFirst(text: string): string {
  return text.slice(0, 1).toLowerCase() + text.slice(1);
}
