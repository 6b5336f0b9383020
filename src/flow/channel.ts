import { assert } from '../base/errors.ts';
import type { Link } from '../world/link.ts';
import { Batch, type Message } from './batch.ts';
import { encodeCredit, type FrameCodec } from './frame.ts';

/** The receiving end of a channel: messages in order, taken one at a time. */
export interface Receiver {
  /** The next message, without taking it. */
  peek(): Message | undefined;
  /** Takes it, which gives its room back to the sender. */
  take(): Message | undefined;
  /** Fill between 0 and 1. */
  readonly fill: number;
}

/** The sending end. It takes whatever it is given, but a chain sends only while none of its senders is full. */
export interface Sender {
  send(message: Message): void;
  readonly full: boolean;
}

/** How many records may wait in a channel within a thread. */
const LOCAL_RECORDS = 4096;
/** How many bytes may be on their way to another thread or wait there. */
const REMOTE_BYTES = 1 << 19;

class Queue {
  readonly #messages: Message[] = [];
  #head = 0;

  push(message: Message): void {
    this.#messages.push(message);
  }

  peek(): Message | undefined {
    return this.#messages[this.#head];
  }

  take(): Message | undefined {
    const message = this.#messages[this.#head];
    if (message === undefined) return undefined;
    this.#messages[this.#head++] = undefined as never;
    if (this.#head === this.#messages.length) {
      this.#messages.length = 0;
      this.#head = 0;
    } else if (this.#head > 256) {
      this.#messages.splice(0, this.#head);
      this.#head = 0;
    }
    return message;
  }
}

const recordsOf = (message: Message) => (message instanceof Batch ? message.length : 0);

/** A channel between two chains of one thread: the batches themselves change hands. */
export class LocalChannel implements Sender, Receiver {
  readonly #queue = new Queue();
  #waiting = 0;
  /** Something has arrived. */
  onMessage: () => void = () => {};
  /** There is room again. */
  onRoom: () => void = () => {};

  get full(): boolean {
    return this.#waiting >= LOCAL_RECORDS;
  }

  get fill(): number {
    return Math.min(1, this.#waiting / LOCAL_RECORDS);
  }

  send(message: Message): void {
    this.#waiting += recordsOf(message);
    this.#queue.push(message);
    this.onMessage();
  }

  peek(): Message | undefined {
    return this.#queue.peek();
  }

  take(): Message | undefined {
    const message = this.#queue.take();
    if (message !== undefined) {
      const wasFull = this.full;
      this.#waiting -= recordsOf(message);
      if (wasFull && !this.full) this.onRoom();
    }
    return message;
  }
}

/** The sending half of a channel to another thread. Credit is bytes: those sent and not yet taken out by the other chain. */
export class RemoteSender implements Sender {
  readonly #channel: number;
  readonly #link: LinkMux;
  readonly #codec: FrameCodec;
  #unacknowledged = 0;
  onRoom: () => void = () => {};

  constructor(channel: number, link: LinkMux, codec: FrameCodec) {
    this.#channel = channel;
    this.#link = link;
    this.#codec = codec;
    link.onFrame(channel, (frame) => {
      const message = codec.decode(frame);
      assert('credit' in message, 'only credit comes back on a sender');
      const wasFull = this.full;
      this.#unacknowledged -= message.credit;
      assert(this.#unacknowledged >= 0, 'no more credit comes back than was used');
      if (wasFull && !this.full) this.onRoom();
    });
  }

  get full(): boolean {
    return this.#unacknowledged >= REMOTE_BYTES;
  }

  send(message: Message): void {
    const frame = this.#codec.encode(message);
    this.#unacknowledged += frame.length;
    this.#link.send(this.#channel, frame);
  }
}

/** The receiving half. Frames are decoded when they arrive; their room is given back when the chain takes them. */
export class RemoteReceiver implements Receiver {
  readonly #channel: number;
  readonly #link: LinkMux;
  readonly #queue = new Queue();
  readonly #sizes: number[] = [];
  #waiting = 0;
  onMessage: () => void = () => {};

  constructor(channel: number, link: LinkMux, codec: FrameCodec) {
    this.#channel = channel;
    this.#link = link;
    link.onFrame(channel, (frame) => {
      const message = codec.decode(frame);
      assert('message' in message, 'only messages come to a receiver');
      this.#queue.push(message.message);
      this.#sizes.push(frame.length);
      this.#waiting += frame.length;
      this.onMessage();
    });
  }

  get fill(): number {
    return Math.min(1, this.#waiting / REMOTE_BYTES);
  }

  peek(): Message | undefined {
    return this.#queue.peek();
  }

  take(): Message | undefined {
    const message = this.#queue.take();
    if (message !== undefined) {
      const size = this.#sizes.shift() as number;
      this.#waiting -= size;
      this.#link.send(this.#channel, encodeCredit(size));
    }
    return message;
  }
}

/** Shares one link between the channels of two threads. What the link has no room for waits here, bounded by their credit. */
export class LinkMux {
  readonly #link: Link;
  readonly #handlers = new Map<number, (frame: Uint8Array) => void>();
  readonly #waiting: [channel: number, frame: Uint8Array][] = [];
  /** Frames for channels that this end has not opened yet: the other thread was quicker. */
  readonly #early = new Map<number, Uint8Array[]>();

  constructor(link: Link) {
    this.#link = link;
    link.onFrame = (channel, frame) => {
      const handler = this.#handlers.get(channel);
      if (handler) handler(frame);
      else this.#keep(channel, new Uint8Array(frame));
    };
    link.onRoom = () => this.#retry();
  }

  #keep(channel: number, frame: Uint8Array): void {
    const kept = this.#early.get(channel);
    if (kept) kept.push(frame);
    else this.#early.set(channel, [frame]);
  }

  onFrame(channel: number, handler: (frame: Uint8Array) => void): void {
    this.#handlers.set(channel, handler);
    for (const frame of this.#early.get(channel) ?? []) handler(frame);
    this.#early.delete(channel);
  }

  send(channel: number, frame: Uint8Array): void {
    // A frame that has to wait is copied: its bytes are used again for the next.
    if (this.#waiting.length > 0 || !this.#link.trySend(channel, frame)) this.#waiting.push([channel, frame.slice()]);
  }

  #retry(): void {
    let sent = 0;
    for (const [channel, frame] of this.#waiting) {
      if (!this.#link.trySend(channel, frame)) break;
      sent++;
    }
    this.#waiting.splice(0, sent);
  }
}
