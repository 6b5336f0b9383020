import { createReadStream, fstatSync } from 'node:fs';
import { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import { isatty, ReadStream } from 'node:tty';

const NEWLINE = 10;
/** The last byte that this thread has taken of it. */
let last: number | undefined;

/** The input of the whole process, from any of its threads: `process.stdin` is the main thread's alone. */
export function standardInput(): Readable {
  const stream = open();
  stream.on('data', (piece: Buffer) => {
    last = piece.at(-1);
  });
  return stream;
}

/** Whether it surely stands at the beginning of a line; what another thread took of it is not known. */
export const atLineStart = (): boolean => last === NEWLINE;

function open(): Readable {
  const stat = fstatSync(0);
  if (isatty(0)) return new ReadStream(0);
  if (stat.isFIFO() || stat.isSocket()) return new Socket({ fd: 0, readable: true, writable: false });
  return createReadStream('', { fd: 0, autoClose: false });
}
