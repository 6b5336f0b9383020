import type { Committer, CommitterContext } from '#stage';
import { KafkaClient } from './client.ts';
import type { ConnectOptions } from './options.ts';
import { commitPrepared, type Prepared, persist } from './transactions.ts';

/** A broker that does not come back for about five minutes fails the run, whose restart tries anew. */
const TRIES = 65;

/** Commits the transactions of a checkpoint, each as often as it takes. */
export class TransactionCommitter implements Committer {
  readonly #client: KafkaClient;
  readonly #log: CommitterContext['log'];
  #closed = false;
  #wake: () => void = () => {};

  constructor(options: ConnectOptions, { log }: CommitterContext) {
    this.#client = new KafkaClient(options, 'weir-commit');
    this.#log = log;
  }

  async commit(_epoch: number, parts: readonly unknown[]): Promise<undefined> {
    const patience = {
      closed: () => this.#closed,
      pause: (ms: number) => this.#pause(ms),
      tries: TRIES,
      log: (text: string) => this.#log('warn', text),
    };
    await Promise.all(
      (parts.filter((part) => part !== undefined && part !== null) as Prepared[]).map((part) =>
        persist(this.#client, patience, () => commitPrepared(this.#client, part)),
      ),
    );
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  abandon(): void {
    void this.close();
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#wake();
    await this.#client.close();
  }
}
