import type { Socket } from 'node:net';
import { FrameCutter, type Framing } from './frames.ts';
import type { Inbox } from './inbox.ts';

export interface ReceiveOptions {
  readonly framing: Framing;
  readonly maxMessage: number;
  now(): number;
}

/**
 * Puts what a connection brings into the inbox, message by message, and reads no more while that is full. `ended` is called once,
 * when all that came is there.
 */
export function receive(socket: Socket, inbox: Inbox, options: ReceiveOptions, ended: (error?: Error) => void): void {
  const cutter = new FrameCutter(options.framing, options.maxMessage);
  const from = addressOf(socket);
  let failure: Error | undefined;
  let isDone = false;
  const put = (frame: { bytes: Buffer; refused?: string }) => inbox.put({ ...frame, time: options.now(), from });
  socket.on('data', (piece: Buffer) => {
    cutter.append(piece);
    for (let frame = cutter.next(); frame !== undefined; frame = cutter.next()) put(frame);
    if (cutter.isBroken) socket.destroy();
    else if (inbox.isFull) {
      socket.pause();
      inbox.whenRoom(() => socket.resume());
    }
  });
  socket.on('error', (error) => {
    failure = error;
  });
  socket.on('close', () => {
    if (isDone) return;
    isDone = true;
    const rest = cutter.end();
    if (rest !== undefined) put(failure === undefined ? rest : { ...rest, refused: brokenBy(failure) });
    ended(failure);
  });
}

function brokenBy(failure: Error): string {
  return `the connection broke within a message: ${failure.message}`;
}

/** `host:port` of the other side, as it was when the connection was made. */
export function addressOf({ remoteAddress = '', remotePort }: Socket): string {
  const host = remoteAddress.replace(/^::ffff:/, '');
  return `${host.includes(':') ? `[${host}]` : host}:${remotePort ?? 0}`;
}
