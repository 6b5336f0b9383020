import type { Masks } from '../base/mask.ts';
import type { BufferSettings } from '../flow/buffer/settings.ts';
import type { CodecChoice } from '../stage/field.ts';

/** Where in its file a thing is written; lines and columns count from 1. */
export interface Place {
  file: string;
  line: number;
  column: number;
}

/** What happens with a record that a stage throws on. */
export type ErrorPolicy = 'dead-letter' | 'skip' | 'fail';

/** Event time of a source's stream. */
export interface TimeSettings {
  /** Expression text (or a closure) that gives milliseconds since the epoch, or ISO 8601 text; the source's own time if absent. */
  at?: unknown;
  /** How far a record may come behind the latest one, ms. */
  outOfOrderMs: number;
  /** A record whose time is further ahead of the clock is a dead letter, ms. */
  aheadMs?: number;
  /** A split that had nothing for so long no longer holds the watermark back, ms. */
  idleMs?: number;
  /** A split that is further ahead of the others than so much is not read until they have come nearer, ms. */
  alignMs?: number;
  /** When the source has had nothing for so long, event time goes on with the clock, ms. */
  quietMs?: number;
}

/**
 * One stage as the author wrote it. `options` are as written, parameters filled in, defaults not; a topology built in
 * TypeScript may hold functions in them.
 */
export interface GraphNode {
  /**
   * Unique, and the name of its state across restarts: the step's own `name`, else stream and stage, `cpu.tumbling`, the
   * second of them `cpu.tumbling-2`, a sink `cpu.to.lake`. No position is in it: steps may be put in between.
   */
  id: string;
  stream: string;
  kind: 'source' | 'operator' | 'sink' | 'union';
  /** The definition's name, or for one of the user's own its module as a path from `base`; `union` for a union. */
  stage: string;
  options: Record<string, unknown>;
  /**
   * Where its records come from: the id of another node, and which side output of it. Of an operator with several inputs the
   * first is the stream that it stands in; the others bear the option that names them.
   */
  inputs: { node: string; side?: string; port?: string }[];
  codec?: CodecChoice;
  time?: TimeSettings;
  onError: ErrorPolicy;
  parallelism?: number;
  /** Of a sink: its records wait on the disk for a system that is away. */
  buffer?: BufferSettings;
  /** Options, or `codec`, that hold a secret: their values are never shown. */
  secrets?: string[];
  place?: Place;
}

export interface Settings {
  checkpointIntervalMs: number;
  /** A turn longer than this means that its thread hangs, ms. */
  turnLimitMs: number;
  /** How many restarts within the period the topology takes before it fails. */
  maxRestarts: number;
  restartPeriodMs: number;
  /** Hosts; undefined leaves it to the command line and the machine. */
  threads?: number;
}

/** A checked topology: what `check` makes of a document and what the builder makes in TypeScript. */
export interface Graph {
  name: string;
  doc?: string;
  /** The folder that modules and relative paths inside modules are resolved from, as a file URL ending in a slash. */
  base: string;
  /** The module that built it, if built in TypeScript and if it holds closures: every host imports it too. */
  module?: string;
  nodes: GraphNode[];
  settings: Settings;
  /** What no log line and no dead letter may show, with what is written for it. */
  masks?: Masks;
}

export const DEFAULT_SETTINGS: Settings = {
  checkpointIntervalMs: 1000,
  turnLimitMs: 5000,
  maxRestarts: 5,
  restartPeriodMs: 60_000,
};
