import type { At } from '../stage/row.ts';
import type { Clock } from '../world/clock.ts';
import type { Aligner } from './aligner.ts';
import type { ChainNode, ChainPart } from './chain-part.ts';
import type { Consumer } from './consumer.ts';
import type { DeadLetterWriter } from './dead-letters.ts';
import type { LateJournal } from './late-journal.ts';
import type { Partitioner } from './partitioner.ts';
import type { SourceInput } from './source-input.ts';

/** What a chain tells the host that it runs on. */
export interface ChainListener {
  part(part: ChainPart): void;
  /** All input has come to its end and has been passed on. */
  ended(): void;
  /** A source stage has given all that it had when it was asked to drain. */
  drained(): void;
  /** A checkpoint is wanted soon: what has come is to be part of one. */
  checkpoint(): void;
  failed(error: unknown): void;
}

/** What a chain is made of, and what it reaches of its host. */
export interface ChainOptions {
  chain: number;
  subtask: number;
  at: At;
  /** In topological order. */
  nodes: ChainNode[];
  /** Where records go: one consumer, or one for each port of an operator with several inputs. */
  heads: readonly Consumer[];
  /** The input of this port has come to its end. True asks to be called again. */
  portEnd?: (port: number) => boolean;
  source?: { stage: string; input: SourceInput; committed?: (positions: Record<string, unknown>) => void };
  aligner?: Aligner;
  outputs: Partitioner[];
  deadLetters: DeadLetterWriter;
  /** Of records that a sink refuses only after it has taken them: a server said no. */
  lateLetters: DeadLetterWriter;
  journal: LateJournal;
  clock: Clock;
  listener: ChainListener;
  /** Asks for a turn. */
  wake: () => void;
  /** The first checkpoint after a change of parallelism holds all state. */
  full: boolean;
}
