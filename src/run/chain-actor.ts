import { Actor } from '../actor/behaviour.ts';
import { type ExitReason, isAbnormal } from '../actor/exit.ts';
import type { Chain } from '../flow/chain.ts';
import type { BuiltChain } from './build-chain.ts';

/** What the engine tells a chain. */
export type ToChain =
  | { type: 'barrier'; epoch: number; over: boolean }
  | { type: 'committed'; epoch: number }
  | { type: 'drain' }
  /** Time has passed: sources look at their watermarks and idleness. */
  | { type: 'tick' };

/**
 * The actor that one subtask of a chain is. Control comes as messages; records wait in the chain's own channels, bounded by
 * credit, and are taken one batch a step.
 */
export class ChainActor extends Actor<ToChain> {
  readonly #build: (wake: () => void) => BuiltChain;
  readonly #close: () => Promise<void>;
  readonly #last: () => number;
  #chain: Chain | undefined;
  /** The last checkpoint that it has heard to be durable. */
  #committed = 0;

  /**
   * `close` gives back what the chain, built in whole or in part, has opened. `last` is the last checkpoint that the host has heard to be
   * durable in this generation; 0 before the first.
   */
  constructor(build: (wake: () => void) => BuiltChain, close: () => Promise<void>, last: () => number) {
    super();
    this.#build = build;
    this.#close = close;
    this.#last = last;
  }

  /** No step is taken before sources and sinks are open. */
  override async started(): Promise<void> {
    const { chain, opened } = this.#build(() => this.context.wake());
    this.#chain = chain;
    await opened;
    this.context.wake();
  }

  override step(): boolean {
    return (this.#chain as Chain).step();
  }

  receive(message: ToChain): void {
    const chain = this.#chain as Chain;
    if (message.type === 'barrier') chain.requestBarrier(message.epoch, message.over);
    else if (message.type === 'committed') this.#tell(chain, message.epoch);
    else if (message.type === 'drain') chain.drain();
    else this.context.wake();
  }

  override async stopping(reason: ExitReason): Promise<void> {
    // The word of the last checkpoint may still be among the messages, which nobody reads any more.
    const last = this.#last();
    if (this.#chain !== undefined && last > this.#committed && !isAbnormal(reason)) this.#tell(this.#chain, last);
    await this.#close();
  }

  #tell(chain: Chain, epoch: number): void {
    this.#committed = epoch;
    chain.committed(epoch);
  }
}
