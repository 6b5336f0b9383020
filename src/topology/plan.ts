import type { AnyDefinition } from '../stage/definition.ts';
import type { GraphNode, Settings } from './graph.ts';

/** A stage of the graph with its definition and its options parsed; what a union is made of is nothing. */
export interface Resolved {
  node: GraphNode;
  definition?: AnyDefinition;
  // biome-ignore format: one line
  options: any;
}

/** Where a planned node's records go next. */
export type Target = { node: number } | { edge: number };

/** What runs: a stage, or one half of one that was split in two around an exchange. */
export interface PlanNode {
  index: number;
  /** The stage's id; what its state is kept under. */
  id: string;
  kind: GraphNode['kind'];
  stage: string;
  half?: 'partial' | 'final';
  chain: number;
  /** The options that name its other inputs, in the order of their ports from 1. */
  ports?: readonly string[];
  /** Its updates have to say which rows they take the place of. */
  retractions?: boolean;
  /** Its main input is updating. */
  updating?: boolean;
  /** One of its other inputs is updating. */
  othersUpdating?: boolean;
  /** Of a sink: the changes of one key may come from several subtasks. See {@link SinkContext.scattered}. */
  scattered?: boolean;
  /** Its records have no event time but that at which they were read. */
  clocked?: boolean;
  /** Names of the key fields that its records come with. */
  keyNames: readonly string[];
  /** Fields of the records that reach it, exactly and in order, when known. */
  fields?: readonly string[];
  /** Relational stages behind a source that its decoder runs: indexes into the graph's nodes, in order. */
  pushed?: string[];
  /** Paths that the decoder has to read; undefined for all. */
  wanted?: readonly (readonly string[])[];
  targets: Target[];
  sides: Record<string, Target[]>;
}

/** How an edge deals its records out to the subtasks of the next chain. */
export type Exchange = 'forward' | 'rebalance' | 'gather' | 'broadcast' | 'hash-key' | 'hash-own' | 'range';

/** A connection between two chains, from every subtask to every subtask (`forward`: to the one of the same number). */
export interface PlanEdge {
  index: number;
  from: number;
  to: number;
  /** Which input of the chain's first stage it feeds: 0, or the place of one of its `ports`. */
  port: number;
  exchange: Exchange;
  fields?: readonly string[];
  keyed: boolean;
  /** The first of its channel numbers; from subtask i to subtask j it is `firstChannel + i * parallelism(to) + j`. */
  firstChannel: number;
}

/** Stages fused into one actor. */
export interface PlanChain {
  index: number;
  /** In topological order; the first is the one that input or the source goes to. */
  nodes: number[];
  parallelism: number;
  /** Host of each subtask. */
  hosts: number[];
  inputs: number[];
  outputs: number[];
}

/** How a graph runs on a number of hosts. Plain data: every host gets the whole. */
export interface Plan {
  name: string;
  hosts: number;
  nodes: PlanNode[];
  edges: PlanEdge[];
  chains: PlanChain[];
  settings: Settings;
}
