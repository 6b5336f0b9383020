import { Actor } from '../actor/behaviour.ts';
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
  #chain: Chain | undefined;

  /** `close` gives back what the chain, built in whole or in part, has opened. */
  constructor(build: (wake: () => void) => BuiltChain, close: () => Promise<void>) {
    super();
    this.#build = build;
    this.#close = close;
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
    else if (message.type === 'committed') chain.committed(message.epoch);
    else if (message.type === 'drain') chain.drain();
    else this.context.wake();
  }

  override async stopping(): Promise<void> {
    await this.#close();
  }
}
