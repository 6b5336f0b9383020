import type { Disk } from '../world/disk.ts';

/**
 * Answers what the subtasks of an operator ask by `context.ask`. One per operator stage, on the engine's thread, beside the
 * committers of the sinks: for what only one part of a process can hold, such as a store that takes one opener.
 */
export interface Answerer {
  /** Called before any subtask runs. What it throws fails the start. */
  open?(): Promise<void>;
  /**
   * Answers all questions (plain data), in their order, with plain data. It is called again before it has resolved: as many
   * questions are under way as the subtasks ask. What it throws ends the run's present life: an answer that no operator
   * should fall over is data too.
   */
  answer(questions: readonly unknown[]): Promise<readonly unknown[]>;
  /** Nobody waits any more for answers that are under way, and no question comes. */
  close?(): Promise<void>;
}

/** What an answerer may reach of the engine. */
export interface AnswererContext {
  /** The same disk that the committers of the topology's sinks have. */
  readonly disk: Disk;
  log(level: 'info' | 'warn' | 'error', text: string): void;
}
