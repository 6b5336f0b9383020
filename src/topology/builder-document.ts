import { type BuilderNode, type BuilderReference, cutIntoRuns, OtherStream, type Run } from './builder-tree.ts';
import type { TopologyDocument } from './document.ts';
import type { Place } from './graph.ts';
import { type Path, type Places, pathKey } from './places.ts';
import { stem } from './stage-ids.ts';

/** What a topology holds beside its streams: `params`, `checkpoint`, `supervision`, … */
export type TopLevel = Readonly<Record<string, unknown>>;

/** Places of a document that was built by calls: every part stands where the call is that made it. */
class CallPlaces implements Places {
  readonly #places = new Map<string, Place>();

  set(path: Path, place: Place): void {
    this.#places.set(pathKey(path), place);
  }

  key(path: Path): Place {
    for (let length = path.length; length >= 0; length--) {
      const place = this.#places.get(pathKey(path.slice(0, length)));
      if (place) return place;
    }
    return { file: 'topology', line: 1, column: 1 };
  }

  value(path: Path): Place {
    return this.key(path);
  }
}

/** What the builder's calls amount to, in the form that a YAML file has: one form, one check, one graph. */
export function documentOf(
  top: TopLevel,
  nodes: readonly BuilderNode[],
  source: { file: string; base: string; module: string | undefined; place: Place },
): TopologyDocument {
  const places = new CallPlaces();
  places.set([], source.place);
  const runs = cutIntoRuns(nodes);
  const ends = new Map(runs.flatMap((run) => run.nodes.map((node) => [node, run] as const)));
  const referenceTo = ({ node, side }: BuilderReference) => {
    const { name } = ends.get(node) as Run;
    return side === undefined ? name : `${name}.${side}`;
  };
  const counts = new Map<string, number>();
  const streams = runs.map((run) => [run.name, streamOf(run, referenceTo, counts, places)]);
  const { file, base, module } = source;
  return { file, base, module, value: { ...top, streams: Object.fromEntries(streams) }, places };
}

function streamOf(
  run: Run,
  referenceTo: (reference: BuilderReference) => string,
  counts: Map<string, number>,
  places: CallPlaces,
): Record<string, unknown> {
  const path = ['streams', run.name];
  const head = run.nodes[0] as BuilderNode;
  const stream: Record<string, unknown> = {};
  places.set(path, head.place);
  const cut = run.name !== run.of;
  const nameOf = (node: BuilderNode) => idOf(`${run.of}.${stem(node.stage)}`, counts);
  let end = run.name;
  if (head.kind === 'source') {
    end = nameOf(head);
    stream.source = written(head, undefined);
    if (head.time !== undefined) stream.time = head.time;
  } else {
    const from = head.from.map(referenceTo);
    stream.from = from.length === 1 ? from[0] : from;
  }
  const steps = run.nodes.filter((node) => node.kind === 'operator');
  const made = steps.map((step, i) => {
    end = nameOf(step);
    places.set([...path, 'do', i], step.place);
    return written({ ...step, options: named(step.options, referenceTo) }, cut ? end : undefined);
  });
  if (made.length > 0) stream.do = made;
  // A sink in the middle is named for the stage before it, so that it takes no name from those at the end.
  const sinks = (run.nodes.at(-1) as BuilderNode).sinks.map((sink, i) => {
    places.set([...path, 'to', i], sink.place);
    const name = idOf(`${run.last ? run.of : end}.to.${stem(sink.stage)}`, counts);
    return written(sink, cut || !run.last ? name : undefined);
  });
  if (sinks.length > 0) stream.to = sinks;
  return stream;
}

/** Options with the names of the other streams in them. */
function named(options: unknown, referenceTo: (reference: BuilderReference) => string): unknown {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) return options;
  const entries = Object.entries(options).map(([name, value]) => [
    name,
    value instanceof OtherStream ? referenceTo(value.reference) : value,
  ]);
  return Object.fromEntries(entries);
}

/** The name of a stage's state as long as its stream is whole: the second of a name is numbered. */
function idOf(base: string, counts: Map<string, number>): string {
  const count = (counts.get(base) ?? 0) + 1;
  counts.set(base, count);
  return count === 1 ? base : `${base}-${count}`;
}

function written(
  { stage, options, beside }: Pick<BuilderNode, 'stage' | 'options' | 'beside'>,
  name: string | undefined,
): unknown {
  const more = { ...(name === undefined ? {} : { name }), ...beside };
  if (options === undefined && Object.keys(more).length === 0) return stage;
  return { [stage]: options ?? {}, ...more };
}
