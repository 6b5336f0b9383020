import type { Place } from './graph.ts';

/** One call of the builder that made a stage or joined streams. What streams of a document are made of. */
export interface BuilderNode {
  readonly kind: 'source' | 'operator' | 'union';
  readonly stage: string;
  readonly options: unknown;
  /** `name`, `onError`, `parallelism` of the stage. */
  readonly beside: Readonly<Record<string, unknown>>;
  /** Event time of a source. */
  readonly time?: unknown;
  /** What it reads: one node, or several for a union. */
  readonly from: readonly BuilderReference[];
  readonly sinks: BuilderSink[];
  readonly place: Place;
  /** The name that the author gave to the stream that begins here. */
  readonly headName?: string | undefined;
  /** The name that the author gave to the stream that ends here. */
  streamName?: string | undefined;
}

export interface BuilderReference {
  readonly node: BuilderNode;
  readonly side?: string | undefined;
}

/** Stands among a stage's options for another stream that it reads. */
export class OtherStream {
  readonly reference: BuilderReference;

  constructor(reference: BuilderReference) {
    this.reference = reference;
  }
}

/** The other streams that a stage's options name. */
export function othersOf({ options }: Pick<BuilderNode, 'options'>): BuilderReference[] {
  if (typeof options !== 'object' || options === null) return [];
  return Object.values(options).flatMap((value) => (value instanceof OtherStream ? [value.reference] : []));
}

export interface BuilderSink {
  readonly stage: string;
  readonly options: unknown;
  readonly beside: Readonly<Record<string, unknown>>;
  readonly place: Place;
}

/** Streams of nodes in a row, as a document has them. */
export interface Run {
  name: string;
  nodes: BuilderNode[];
  /** The stream that it is a piece of; its stages keep their names as if it had not been cut. */
  of: string;
  /** It is the last piece, or the whole. */
  last: boolean;
}

/**
 * Cuts the tree of nodes into streams. A stream goes on to the first node that reads it; it ends where the author named
 * it. It is cut where a sink or a second reader needs its records, and the pieces count as one for the names of stages:
 * who adds a sink in the middle of a stream loses no state.
 */
export function cutIntoRuns(nodes: readonly BuilderNode[]): Run[] {
  const readers = new Map<BuilderNode, { node: BuilderNode; side?: string | undefined; other?: boolean }[]>();
  for (const node of nodes) {
    const others = othersOf(node).map((reference) => ({ ...reference, other: true }));
    for (const { node: from, ...how } of [...node.from, ...others]) {
      readers.set(from, [...(readers.get(from) ?? []), { node, ...how }]);
    }
  }
  const next = (node: BuilderNode): BuilderNode | undefined => {
    if (node.streamName !== undefined) return undefined;
    const goesOn = (reader: { node: BuilderNode; side?: string | undefined; other?: boolean }) =>
      reader.side === undefined && !reader.other && reader.node.kind !== 'union';
    return readers.get(node)?.find(goesOn)?.node;
  };
  const taken = new Set(nodes.flatMap((node) => [node.streamName ?? [], node.headName ?? []].flat()));
  const homes = new Map<BuilderNode, string>();
  const runs: Run[] = [];
  for (const head of nodes) {
    if (homes.has(head)) continue;
    const row = [head];
    for (let at = next(head); at; at = next(at)) row.push(at);
    const home = row.at(-1)?.streamName ?? head.headName ?? free(nameOf(head, homes), taken);
    for (const node of row) homes.set(node, home);
    let piece: BuilderNode[] = [];
    for (const node of row) {
      piece.push(node);
      const wanted = node.sinks.length > 0 || (readers.get(node)?.length ?? 0) > 1;
      if (!wanted && node !== row.at(-1)) continue;
      const first = !runs.some((run) => run.of === home);
      runs.push({ name: first ? home : free(home, taken), nodes: piece, of: home, last: node === row.at(-1) });
      piece = [];
    }
  }
  return runs;
}

function nameOf(head: BuilderNode, homes: ReadonlyMap<BuilderNode, string>): string {
  if (head.kind === 'source') return head.stage.replace(/^.*\//, '').replace(/\.\w+$/, '');
  const [from] = head.from as [BuilderReference];
  return `${homes.get(from.node)}-${from.side ?? (head.kind === 'union' ? 'union' : head.stage.replace(/^.*\//, ''))}`;
}

function free(name: string, taken: Set<string>): string {
  const base = name.replace(/[^\w-]/g, '-').replace(/^[^A-Za-z_]/, '_');
  let free = base;
  for (let n = 2; taken.has(free); n++) free = `${base}-${n}`;
  taken.add(free);
  return free;
}
