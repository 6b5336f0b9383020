import type { Inbox } from './inbox.ts';
import type { Feed } from './inbox-reader.ts';

/** Several feeds into one inbox. */
export class Feeds implements Feed {
  readonly #feeds: readonly Feed[];

  constructor(feeds: readonly Feed[]) {
    this.#feeds = feeds;
  }

  async open(inbox: Inbox, mark: unknown): Promise<void> {
    for (const feed of this.#feeds) await feed.open(inbox, mark);
  }

  stop(): void {
    for (const feed of this.#feeds) feed.stop();
  }

  async close(): Promise<void> {
    for (const feed of this.#feeds) await feed.close();
  }
}
