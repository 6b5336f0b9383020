import type { MessagePort } from 'node:worker_threads';
import { assert } from '../base/errors.ts';
import type { Link } from '../world/link.ts';
import { type Drainable, drainer } from './drain.ts';
import { RingReader, RingWriter } from './ring.ts';

/** What one end of a link is made of; crosses to its thread by structured clone, the port transferred. */
export interface LinkEnd {
  peer: number;
  port: MessagePort;
  incoming: SharedArrayBuffer;
  outgoing: SharedArrayBuffer;
}

// The tag of a frame in the ring: the channel, and whether it is a piece of a frame too long to lie there whole.
const PIECE = 1 << 29;
const FIRST = 1 << 30;
const CHANNEL = PIECE - 1;

/**
 * A link to another thread over two rings in shared memory. A bell (a message port) is rung only when the consumer
 * sleeps, or when a producer that was refused has room again; sending into a busy ring makes no system call. Frames
 * longer than a quarter of the ring travel in pieces and are joined, so only memory bounds them.
 */
export class RingLink implements Link, Drainable {
  readonly peer: number;
  onRoom: (() => void) | undefined;
  private readonly port: MessagePort;
  private readonly writer: RingWriter;
  private readonly reader: RingReader;
  private handler: ((channel: number, frame: Uint8Array) => void) | undefined;
  private refused = false;
  private closed = false;
  private rest: { channel: number; frame: Uint8Array; sent: number } | undefined;
  private joined: { frame: Buffer; received: number } | undefined;

  constructor(end: LinkEnd) {
    this.peer = end.peer;
    this.port = end.port;
    this.writer = new RingWriter(end.outgoing);
    this.reader = new RingReader(end.incoming);
    this.port.on('message', this.onBell);
    // Whether the process lives on is for the hosts' control ports to say.
    this.port.unref();
  }

  get onFrame() {
    return this.handler;
  }

  set onFrame(handler: ((channel: number, frame: Uint8Array) => void) | undefined) {
    this.handler = handler;
    if (handler && !this.closed) drainer.wake(this);
  }

  trySend(channel: number, frame: Uint8Array): boolean {
    assert(channel >= 0 && channel < PIECE, 'a channel number has 29 bits');
    if (this.closed) return false;
    if (this.rest) {
      this.refused = true;
      return false;
    }
    if (frame.length > this.writer.maxFrame) {
      // One long frame at a time: the copy is what keeps it whole while the caller goes on with its buffer.
      this.rest = { channel, frame: Uint8Array.prototype.slice.call(frame), sent: 0 };
      this.sendRest();
      return true;
    }
    if (!this.writer.tryWrite(channel, frame)) {
      this.refused = true;
      return false;
    }
    if (this.writer.takeSleeping()) this.port.postMessage(0);
    return true;
  }

  drain(budgetMs: number): boolean {
    const { reader, handler } = this;
    if (this.closed || !handler) return false;
    const end = performance.now() + budgetMs;
    for (let count = 1; ; count++) {
      const frame = reader.read();
      if (!frame) return !reader.trySleep();
      if (reader.takeWaiting()) this.port.postMessage(0);
      const { length } = frame;
      this.deliver(reader.tag, frame, handler);
      if (this.closed) return false;
      // Small frames are handled in less time than it takes to ask for it.
      if ((length > 1024 || (count & 7) === 0) && performance.now() >= end) return true;
    }
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.rest = undefined;
    this.joined = undefined;
    drainer.forget(this);
    this.port.close();
  }

  private readonly onBell = () => {
    if (this.closed) return;
    if (this.rest) this.sendRest();
    if (this.refused && !this.rest) {
      this.refused = false;
      this.onRoom?.();
    }
    drainer.wake(this);
  };

  private sendRest(): void {
    const rest = this.rest!;
    const { frame, channel } = rest;
    const most = this.writer.maxFrame;
    while (rest.sent < frame.length) {
      const first = rest.sent === 0;
      let piece = frame.subarray(rest.sent, rest.sent + most);
      if (first) {
        piece = Buffer.alloc(4 + Math.min(most - 4, frame.length));
        new DataView(piece.buffer, piece.byteOffset).setUint32(0, frame.length);
        piece.set(frame.subarray(0, piece.length - 4), 4);
      }
      if (!this.writer.tryWrite(channel | PIECE | (first ? FIRST : 0), piece)) return;
      rest.sent += first ? piece.length - 4 : piece.length;
      if (this.writer.takeSleeping()) this.port.postMessage(0);
    }
    this.rest = undefined;
  }

  private deliver(tag: number, frame: Uint8Array, handler: (channel: number, frame: Uint8Array) => void): void {
    if ((tag & PIECE) === 0) {
      handler(tag, frame);
      return;
    }
    let piece = frame;
    if ((tag & FIRST) !== 0) {
      const length = new DataView(frame.buffer, frame.byteOffset).getUint32(0);
      this.joined = { frame: Buffer.allocUnsafeSlow(length), received: 0 };
      piece = frame.subarray(4);
    }
    const { joined } = this;
    assert(joined, 'the first piece of a frame comes first');
    joined.frame.set(piece, joined.received);
    joined.received += piece.length;
    if (joined.received < joined.frame.length) return;
    this.joined = undefined;
    handler(tag & CHANNEL, joined.frame);
  }
}
