import { pathToFileURL } from 'node:url';
import { stringify } from 'yaml';
import { WeirError } from '../base/errors.ts';
import { documentOf, type TopLevel } from './builder-document.ts';
import { type Beside, Stream } from './builder-stream.ts';
import type { BuilderNode } from './builder-tree.ts';
import { rememberTopology } from './built-topologies.ts';
import { type CallPlace, callPlace } from './call-place.ts';
import { buildGraph, type Checked, type CheckOptions, checkTopology } from './check.ts';
import type { TopologyDocument } from './document.ts';
import type { Graph, Place } from './graph.ts';
import { attachedRunner } from './runner.ts';
import type { Running, RunOptions, Summary } from './running.ts';
import type { StageName, StageOptions } from './stage-types.ts';

export { findTopology } from './built-topologies.ts';

/** What a topology says beside its streams, in the words of its YAML form. */
export interface TopologyOptions {
  doc?: string;
  params?: Record<string, { doc?: string; default?: unknown; secret?: boolean }>;
  checkpoint?: { every?: string };
  supervision?: { turnLimit?: string; maxRestarts?: number; period?: string };
  threads?: number;
  /** Folders with stages of one's own. */
  stages?: string[];
  /** `import.meta.url` of the module that builds it; else it is found from the call. */
  module?: string;
}

/** Event time of a source, as `time` in YAML. */
export interface TimeOptions {
  at?: string | ((row: Record<string, unknown>) => unknown);
  outOfOrder?: string;
  ahead?: string;
  idle?: string;
  align?: string;
  quiet?: string;
}

/** Beside a source: also the stream's name, its event time and its codec. */
export interface SourceBeside extends Omit<Beside, 'name'> {
  /** The name of the stream that begins here. */
  name?: string;
  time?: string | TimeOptions;
  codec?: string | Record<string, object>;
}

/** A node as the builder's methods give it; the rest is filled in. */
type NewNode = Pick<BuilderNode, 'kind' | 'stage'> & Partial<BuilderNode>;

/** A topology built in TypeScript. It is the same document as a YAML file, with functions where expressions stand. */
export class Topology {
  readonly name: string;
  /** The module that built it, as a URL. */
  readonly module: string | undefined;
  readonly #top: TopLevel;
  readonly #place: Place;
  readonly #nodes: BuilderNode[] = [];
  #running: Promise<Running> | undefined;

  constructor(name: string, { module, ...options }: TopologyOptions, place: CallPlace | undefined) {
    this.name = name;
    this.module = module ?? place?.url;
    this.#top = { name, ...options };
    this.#place = this.placeOf(place);
    if (this.module !== undefined) rememberTopology(this.module, this);
  }

  /** A source; the stream of its records. */
  source<N extends StageName<'source'>>(
    stage: N,
    options?: StageOptions<'source', N>,
    { name, time, codec, ...beside }: SourceBeside = {},
  ): Stream {
    const all = codec === undefined ? options : { ...(options as object), codec };
    const node = this.add({ kind: 'source', stage, options: all, beside, time, headName: name });
    return new Stream(this, { node });
  }

  /** What it amounts to in the form of a YAML file, with the places of the calls. */
  document(): TopologyDocument {
    const base = new URL('./', this.module ?? pathToFileURL('./topology').href).href;
    return documentOf(this.#top, this.#nodes, {
      file: this.#place.file,
      base,
      module: this.module,
      place: this.#place,
    });
  }

  /** Every fault of it, and its graph when there is none. */
  check(options?: CheckOptions): Promise<Checked> {
    return checkTopology(this.document(), options);
  }

  /** Its graph, without a look into the options. Throws `WEIR_TOPOLOGY`. */
  graph(options?: CheckOptions): Promise<Graph> {
    return buildGraph(this.document(), options);
  }

  /** The same topology as a YAML file. Throws `WEIR_CLOSURE` when it holds a function, which no file can. */
  toYaml(): string {
    const replacer = (key: unknown, value: unknown) => {
      if (typeof value !== 'function') return value;
      throw new WeirError('WEIR_CLOSURE', `${String(key)} is a function: name it by module, ./file.js#export`);
    };
    return stringify(this.document().value, replacer, { lineWidth: 120 });
  }

  /** Runs it; resolves when it runs. See {@link Running}. Throws `WEIR_NO_ENGINE` where nothing can run it. */
  run(options: RunOptions = {}): Promise<Running> {
    this.#running = attachedRunner()(this, options);
    return this.#running;
  }

  /** Takes a last checkpoint and ends. Nothing when it does not run. */
  async stop(): Promise<Summary | undefined> {
    return (await this.#running)?.stop();
  }

  /** Takes a checkpoint now. Nothing when it does not run. */
  async checkpoint(): Promise<void> {
    await (await this.#running)?.checkpoint();
  }

  /** Adds a node. For {@link Stream}. */
  add(node: NewNode): BuilderNode {
    const place = this.placeOf(callPlace());
    const whole: BuilderNode = { options: undefined, beside: {}, from: [], place, ...node, sinks: [] };
    if (whole.headName !== undefined) this.#refuseTaken(whole.headName);
    this.#nodes.push(whole);
    return whole;
  }

  /** Names the stream that ends at a node. For {@link Stream}. */
  nameStream(node: BuilderNode, name: string): void {
    this.#refuseTaken(name);
    node.streamName = name;
  }

  /** A call's place, or this topology's own when the stack did not tell. */
  placeOf(place: CallPlace | undefined): Place {
    if (!place) return this.#place ?? { file: this.module ?? this.name, line: 1, column: 1 };
    return { file: place.file, line: place.line, column: place.column };
  }

  #refuseTaken(name: string): void {
    const taken = this.#nodes.some((node) => node.streamName === name || node.headName === name);
    if (taken) throw new WeirError('WEIR_STREAM', `there are two streams named '${name}' in topology ${this.name}`);
  }
}

/** Begins a topology: `topology('monitor').source('host-metrics', { every: '500ms' }).where('core == 1').to('stdout')`. */
export function topology(name: string, options: TopologyOptions = {}): Topology {
  return new Topology(name, options, callPlace());
}

/** The topology that a module's export is, or the topology of a stream; undefined when it is neither. */
export function topologyOf(exported: unknown): Topology | undefined {
  if (exported instanceof Topology) return exported;
  return exported instanceof Stream ? exported.topology : undefined;
}
