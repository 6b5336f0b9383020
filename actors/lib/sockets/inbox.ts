import { BoundedQueue } from './bounded-queue.ts';

/** Something that came from outside and waits for the stream. */
export interface Message {
  readonly bytes: Buffer;
  /** When it came, ms. */
  readonly time: number;
  /** Who sent it. */
  readonly from?: string | undefined;
  /** Why it is no message: then it is a dead letter. */
  readonly refused?: string | undefined;
  /** Where reading goes on behind it, of sources that can; plain data. */
  readonly mark?: unknown;
}

/** What a message takes besides its bytes. */
const OVERHEAD = 200;

/** The messages that wait, by their bytes. */
export class Inbox extends BoundedQueue<Message> {
  constructor(limit: number, wake: () => void) {
    super(limit, wake, ({ bytes }) => bytes.length + OVERHEAD);
  }
}
