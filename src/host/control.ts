import type { MessagePort } from 'node:worker_threads';
import type { ErrorData } from '../base/errors.ts';
import type { ControlPort } from '../world/threads.ts';
import type { LinkEnd } from './link.ts';

/** What travels between a host and its starter on the control port: words of the user's, and a few of our own. */
export type HostMessage =
  | { kind: 'user'; message: unknown }
  | { kind: 'link'; end: LinkEnd }
  | { kind: 'dropped'; node: number }
  | { kind: 'fatal'; error: ErrorData };

/** A {@link ControlPort} on a message port. */
export class PortControl implements ControlPort {
  /** Called with the end of a link to a host that took the place of a dead one. */
  onLink: ((end: LinkEnd) => void) | undefined;
  /** Called when the host at the other end has let go of its old link to a node that was replaced. */
  onDropped: ((node: number) => void) | undefined;
  /** Called with the error that is about to end the thread at the other end. */
  onFatal: ((error: ErrorData) => void) | undefined;
  private readonly port: MessagePort;
  private handler: ((message: unknown) => void) | undefined;
  private early: unknown[] = [];

  constructor(port: MessagePort) {
    this.port = port;
    port.on('message', (message: HostMessage) => {
      if (message.kind === 'link') this.onLink?.(message.end);
      else if (message.kind === 'fatal') this.onFatal?.(message.error);
      else if (message.kind === 'dropped') this.onDropped?.(message.node);
      else if (this.handler) this.handler(message.message);
      else this.early.push(message.message);
    });
  }

  get onMessage() {
    return this.handler;
  }

  set onMessage(handler: ((message: unknown) => void) | undefined) {
    this.handler = handler;
    if (!handler) return;
    const early = this.early;
    this.early = [];
    for (const message of early) handler(message);
  }

  post(message: unknown, transfer: ArrayBuffer[] = []): void {
    this.port.postMessage({ kind: 'user', message } satisfies HostMessage, transfer);
  }

  /** Hands the end of a new link over; {@link onDropped} answers. */
  postLink(end: LinkEnd): void {
    this.port.postMessage({ kind: 'link', end } satisfies HostMessage, [end.port]);
  }

  /** Answers {@link postLink}. */
  postDropped(node: number): void {
    this.port.postMessage({ kind: 'dropped', node } satisfies HostMessage);
  }
}
