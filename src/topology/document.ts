import { type Document, LineCounter, type Node, parseDocument } from 'yaml';
import type { Issues } from './issue.ts';
import type { Places } from './places.ts';
import { yamlFaults } from './yaml-faults.ts';
import { YamlPlaces } from './yaml-places.ts';

/** A topology as written: a plain value and where its parts stand. What the checker and the graph are made from. */
export interface TopologyDocument {
  /** The file as its reader knows it, for messages. */
  readonly file: string;
  /** The folder that relative modules and stages are resolved from: a file URL ending in a slash. */
  readonly base: string;
  /** The module that built it in TypeScript, as a URL. */
  readonly module?: string | undefined;
  /** Maps, lists, texts, numbers; from TypeScript also functions. Undefined when the text could not be read. */
  readonly value: unknown;
  readonly places: Places;
}

/** Where a document's text comes from. */
export interface DocumentSource {
  file: string;
  base: string;
}

/**
 * Reads a topology's text, YAML 1.2 or JSON. Faults of syntax, keys written twice among them, become issues (`WEIR_YAML`).
 * A text that is broken has no value: what could be made of it would only be misunderstood.
 */
export function parseTopology(text: string, source: DocumentSource, issues: Issues): TopologyDocument {
  const lines = new LineCounter();
  const parsed = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true, logLevel: 'error' });
  const document = parsed as Document<Node, boolean>;
  const places = new YamlPlaces(source.file, text, document, lines);
  const faults = yamlFaults(document, text);
  for (const { at, message } of faults) issues.error('WEIR_YAML', places.at(at), message);
  const value = faults.some((fault) => fault.broken) ? undefined : toValue(document, places, issues);
  return { ...source, value, places };
}

function toValue(document: Document<Node, boolean>, places: YamlPlaces, issues: Issues): unknown {
  try {
    return document.toJS({ maxAliasCount: 100 });
  } catch (error) {
    // Aliases of aliases that would fill the memory.
    issues.error('WEIR_YAML', places.at(0), error instanceof Error ? error.message : String(error));
    return undefined;
  }
}
