import type { Link } from '../world/link.ts';
import type { Codec } from './codec.ts';
import { ACTOR_CHANNEL, CREDIT, type Frame } from './frames.ts';

/**
 * The line to one other node. Messages are bounded by credit: `limit` bytes of them may be on their way, wait for the
 * link, or lie in mailboxes at the other end; they come back when the messages are taken. Frames of the system itself
 * pass the bound, being few and small. All arrive in the order they were sent.
 */
export class Wire {
  /** Torn down: what is sent vanishes. */
  closed = false;
  private readonly link: Link;
  private readonly codec: Codec;
  private readonly limit: number;
  private readonly outbox: Uint8Array[] = [];
  private sent = 0;
  private taken = 0;

  constructor(link: Link, codec: Codec, limit: number) {
    this.link = link;
    this.codec = codec;
    this.limit = limit;
    link.onRoom = () => this.flush();
  }

  /** No credit for another message. */
  get full(): boolean {
    return this.sent >= this.limit;
  }

  /** Sends a message; only while not {@link full}. One frame may pass the limit, so that any message can be sent. */
  message(frame: Frame): void {
    if (!this.closed) this.sent += this.post(this.codec.packMessage(frame));
  }

  /** Sends a frame of the system's own. Returns its bytes. */
  send(frame: Frame): number {
    if (this.closed) return 0;
    return this.post(this.codec.pack(frame));
  }

  private post(bytes: Uint8Array): number {
    if (this.outbox.length > 0 || !this.link.trySend(ACTOR_CHANNEL, bytes)) this.outbox.push(bytes);
    return bytes.length;
  }

  /** The other end has taken so many bytes of messages. */
  credited(bytes: number): void {
    this.sent -= bytes;
  }

  /** A message of so many bytes from the other end has been taken. */
  took(bytes: number): void {
    this.taken += bytes;
    // In large steps: a frame of credit costs as much as a message.
    if (this.taken < this.limit / 8) return;
    this.send([CREDIT, this.taken]);
    this.taken = 0;
  }

  close(): void {
    this.closed = true;
    this.outbox.length = 0;
    this.link.onFrame = undefined;
    this.link.onRoom = undefined;
    this.link.close();
  }

  private flush(): void {
    let done = 0;
    while (done < this.outbox.length && this.link.trySend(ACTOR_CHANNEL, this.outbox[done]!)) done++;
    this.outbox.splice(0, done);
  }
}
