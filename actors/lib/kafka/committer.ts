import type { Committer, CommitterContext } from '#stage';
import { clock } from '../connect/clock.ts';
import { type Patience, persist } from '../delivery/persist.ts';
import { KafkaClient } from './client.ts';
import type { ConnectOptions } from './options.ts';
import { patienceOf } from './patience.ts';
import { commitPrepared, type Prepared } from './transactions.ts';

/** A broker that does not come back for about five minutes fails the run, whose restart tries anew. */
const TRIES = 65;

/** Commits the transactions of a checkpoint, each as often as it takes. */
export class TransactionCommitter implements Committer {
  readonly #client: KafkaClient;
  readonly #patience: Patience;
  readonly #closed = new AbortController();

  constructor(options: ConnectOptions, { log }: CommitterContext) {
    this.#client = new KafkaClient(options, 'weir-commit');
    this.#patience = { ...patienceOf(this.#client, { ...clock, log }, this.#closed.signal), tries: TRIES };
  }

  async commit(_epoch: number, parts: readonly unknown[]): Promise<undefined> {
    await Promise.all(
      (parts.filter((part) => part !== undefined && part !== null) as Prepared[]).map((part) =>
        persist(this.#patience, () => commitPrepared(this.#client, part)),
      ),
    );
  }

  abandon(): void {
    void this.close();
  }

  async close(): Promise<void> {
    this.#closed.abort();
    await this.#client.close();
  }
}
