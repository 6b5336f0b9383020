import type { Expression } from '../expr/expression.ts';
import type { Reads } from '../stage/definition.ts';
import type { Graph, GraphNode } from './graph.ts';
import type { Resolved } from './plan.ts';

/** One reading of a node's records: who reads them, and by which of its inputs. */
export interface Reader {
  node: GraphNode;
  input: GraphNode['inputs'][number];
}

/** Who reads each node of a graph, by its id. */
export function readersOf(graph: Graph): Map<string, Reader[]> {
  const readers = new Map<string, Reader[]>();
  for (const node of graph.nodes) {
    for (const input of node.inputs) {
      const list = readers.get(input.node) ?? [];
      list.push({ node, input });
      readers.set(input.node, list);
    }
  }
  return readers;
}

/** Finds which fields of a node's records anything behind it reads, so that no other has to be decoded. */
export class FieldReads {
  readonly #resolved: ReadonlyMap<string, Resolved>;
  readonly #readers: ReadonlyMap<string, readonly Reader[]>;

  constructor(resolved: ReadonlyMap<string, Resolved>, readers: ReadonlyMap<string, readonly Reader[]>) {
    this.#resolved = resolved;
    this.#readers = readers;
  }

  /** Paths that all that follows a node reads of its output. */
  wantedBy(node: GraphNode, seen: ReadonlySet<string> = new Set()): Reads {
    const own = this.#resolved.get(node.id) as Resolved;
    const project = own.definition?.kind === 'operator' && own.definition.relational?.(own.options).kind === 'project';
    // Behind a projection in the decoder nothing reads the source's records any more.
    if (project) return [];
    const paths = new Map<string, readonly string[]>();
    for (const reader of this.#readers.get(node.id) ?? []) {
      const visit = `${reader.node.id}\n${reader.input.port ?? ''}`;
      if (seen.has(visit)) continue;
      const reads = this.#readsOf(reader, new Set([...seen, visit]));
      if (reads === 'all') return 'all';
      for (const path of reads) paths.set(path.join('\n'), path);
    }
    return [...paths.values()];
  }

  #readsOf({ node, input }: Reader, seen: ReadonlySet<string>): Reads {
    const { definition, options } = this.#resolved.get(node.id) as Resolved;
    if (node.kind === 'union') return this.wantedBy(node, seen);
    if (definition?.kind === 'sink') return definition.reads?.(options) ?? 'all';
    if (definition?.kind !== 'operator') return 'all';
    if (input.port !== undefined) return definition.others?.(options)[input.port]?.reads ?? 'all';
    const form = definition.relational?.(options);
    if (form?.kind === 'project') return readsOfAll(form.select.expressions);
    const own: Reads =
      form?.kind === 'filter'
        ? readsOfAll([form.filter])
        : form?.kind === 'key'
          ? readsOfAll(form.key.expressions)
          : (definition.reads?.(options) ?? 'all');
    if (own === 'all') return 'all';
    const passes = form !== undefined || definition.passes === true;
    const sides = (this.#readers.get(node.id) ?? []).some((reader) => reader.input.side !== undefined);
    if (!passes && !sides) return own;
    const later = this.wantedBy(node, seen);
    return later === 'all' ? 'all' : [...own, ...later];
  }
}

/** A closure may read anything. */
function readsOfAll(expressions: readonly Expression[]): Reads {
  return expressions.every((e) => e.node !== undefined) ? expressions.flatMap((e) => e.fields) : 'all';
}
