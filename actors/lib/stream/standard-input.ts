import { createReadStream, fstatSync } from 'node:fs';
import { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import { isatty, ReadStream } from 'node:tty';

/** The input of the whole process, from any of its threads: `process.stdin` is the main thread's alone. */
export function standardInput(): Readable {
  const stat = fstatSync(0);
  if (isatty(0)) return new ReadStream(0);
  if (stat.isFIFO() || stat.isSocket()) return new Socket({ fd: 0, readable: true, writable: false });
  return createReadStream('', { fd: 0, autoClose: false });
}
