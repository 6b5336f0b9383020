import type { Closure, UserFunction } from '../stage/field.ts';
import type { Topology } from './builder.ts';
import { type BuilderNode, type BuilderReference, OtherStream } from './builder-tree.ts';
import { callPlace } from './call-place.ts';
import type { ErrorPolicy } from './graph.ts';
import type { Running, RunOptions } from './running.ts';
import type { StageName, StageOptions } from './stage-types.ts';

/** What may stand beside a stage: a name for its state, what happens to records it throws on, how many subtasks. */
export interface Beside {
  name?: string;
  onError?: ErrorPolicy;
  parallelism?: number;
}

/** What may stand beside a sink besides: its records wait on the disk while the system that they go to is away. */
export interface BesideSink extends Beside {
  buffer?: { maxBytes?: string | number; maxAge?: string | number; full?: 'wait' | 'drop-oldest' | 'drop-newest' };
}

/** When a window gives results besides at its end. */
interface Early {
  allowedLateness?: string;
  early?: { every?: string; records?: number };
}
type Updates = Early & { lateness?: 'wait' | 'update' };
type ByClock = { clock?: 'event' | 'processing' };

/** Windows to aggregate in; `tumbling: '10s'` is `tumbling: {size: '10s'}`, `session: '10s'` is `session: {gap: '10s'}`. */
export type WindowSpec =
  | { tumbling: string | ({ size: string; offset?: string } & Updates & ByClock) }
  | { hopping: { size: string; every: string; offset?: string } & Updates }
  | { cumulative: { size: string; every: string; offset?: string } & Updates }
  | { session: string | ({ gap: string } & Early & ByClock) };

/** A window's best records: what to rank them by, and how many. */
export interface TopSpec {
  by: string | Closure;
  n?: number;
  ties?: 'none' | 'all';
  order?: 'desc' | 'asc';
  windowStart?: boolean;
}

type Expressions = Record<string, string | number | boolean | Closure>;

/**
 * A stream of a topology built in TypeScript: the records behind one stage. Every method adds a stage and gives the stream
 * behind it; a stream may be read several times. Faults of options are told by the topology's check, with the place of
 * the call.
 */
export class Stream {
  readonly topology: Topology;
  readonly #from: BuilderReference;

  constructor(topology: Topology, from: BuilderReference) {
    this.topology = topology;
    this.#from = from;
  }

  /** Any operator or learner: `use('z-score', { of: 'load' })`. */
  use<N extends StageName<'operator'>>(stage: N, options?: StageOptions<'operator', N>, beside: Beside = {}): Stream {
    return this.#step(stage, options, beside);
  }

  /** Keeps records for which the condition is true. */
  where(condition: string | Closure): Stream {
    return this.#step('where', condition);
  }

  /** Makes new records of expressions, or keeps the fields of a list. */
  select(fields: Expressions | readonly string[]): Stream {
    return this.#step('select', fields);
  }

  /** Groups what follows by a field, an expression, several fields, or name → expression. */
  key(key: string | readonly string[] | Expressions): Stream {
    return this.#step('key', key);
  }

  /** Makes one record of each by a function, or by a module's: `./pricing.js#convert`. */
  map(convert: string | UserFunction): Stream {
    return this.#step('map', convert);
  }

  /** Makes any number of records of each by a function, or by a module's. */
  flatMap(convert: string | UserFunction): Stream {
    return this.#step('flat-map', convert);
  }

  /** Windows, over event time unless they say else; say next what to compute of each: `.window({ tumbling: '10s' }).aggregate({ n: 'count()' })`. */
  window(window: WindowSpec): Windowed {
    const [[stage, given]] = Object.entries(window) as [[string, unknown]];
    const short = stage === 'session' ? 'gap' : 'size';
    const options = typeof given === 'object' ? given : { [short]: given };
    const close = (more: object) => this.#step(stage, { ...options, ...more });
    return {
      aggregate: (aggregates) => close({ aggregate: aggregates }),
      top: (top) => close({ top }),
    };
  }

  /** Aggregates of all records of each key so far, without a window: an updating result. */
  aggregate(aggregates: Record<string, string>): Stream {
    return this.#step('reduce', aggregates);
  }

  /** A side output of the stage before: `late`. */
  side(name: string): Stream {
    return new Stream(this.topology, { node: this.#from.node, side: name });
  }

  /** The records of this stream and of others, as they come. */
  union(...others: Stream[]): Stream {
    const from = [this, ...others].map((stream) => stream.#from);
    return new Stream(this.topology, { node: this.topology.add({ kind: 'union', stage: 'union', from }) });
  }

  /** Names the stream that ends here. Its name is in its stages' names, and so in the names of their state. */
  as(name: string): Stream {
    this.topology.nameStream(this.#from.node, name);
    return this;
  }

  /** Writes the records to a sink as well; the stream goes on. */
  to<N extends StageName<'sink'>>(sink: N, options?: StageOptions<'sink', N>, beside: BesideSink = {}): Stream {
    const end =
      this.#from.side === undefined
        ? this.#from.node
        : this.topology.add({ kind: 'union', stage: 'union', from: [this.#from] });
    end.sinks.push({ stage: sink, options, beside: { ...beside }, place: this.topology.placeOf(callPlace()) });
    return end === this.#from.node ? this : new Stream(this.topology, { node: end });
  }

  /** The same as {@link to}. */
  sink<N extends StageName<'sink'>>(sink: N, options?: StageOptions<'sink', N>, beside: BesideSink = {}): Stream {
    return this.to(sink, options, beside);
  }

  /** The end of this stream, as the builder knows it. */
  get reference(): BuilderReference {
    return this.#from;
  }

  /** Runs the whole topology. */
  run(options?: RunOptions): Promise<Running> {
    return this.topology.run(options);
  }

  #step(stage: string, options: unknown, beside: Beside = {}): Stream {
    const node: BuilderNode = this.topology.add({
      kind: 'operator',
      stage,
      options: marked(options),
      beside: { ...beside },
      from: [this.#from],
    });
    return new Stream(this.topology, { node });
  }
}

/** Options with other streams in them marked as such. */
function marked(options: unknown): unknown {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) return options;
  const entries = Object.entries(options).map(([name, value]) => [
    name,
    value instanceof Stream ? new OtherStream(value.reference) : value,
  ]);
  return Object.fromEntries(entries);
}

/** Windows that do not know yet what to compute. */
export interface Windowed {
  /** One record per key and window, with these fields: `{ load: 'mean(value)' }`. */
  aggregate(aggregates: Record<string, string>): Stream;
  /** The best records of each key and window, as they came in. */
  top(top: TopSpec): Stream;
}
