import { formatBytes } from '#stage';
import { Window } from '../bytes/window.ts';

/**
 * How a stream of bytes is cut into messages: at line feeds; by a length before each, four bytes, big-endian; by an octet count in
 * digits and a space (RFC 6587); `auto`: by an octet count where one stands, else at the line feed.
 */
export type Framing = 'newline' | 'length' | 'octets' | 'auto';

/** A message, or bytes that are none and why. */
export interface Frame {
  readonly bytes: Buffer;
  readonly refused?: string;
}

/** Kept of what is refused, for its dead letter. */
const SAMPLE = 64 * 1024;
/** Digits of an octet count at most: as many as any allowed length has. */
const DIGITS = 10;
const LF = 10;
const SPACE = 32;

/** Cuts the bytes of one connection into messages. Holds one message at most, of `max` bytes, and the piece that came last. */
export class FrameCutter {
  readonly #framing: Framing;
  readonly #max: number;
  readonly #window = new Window(4096);
  /** Bytes of the window, from its start, that hold no line feed. */
  #scanned = 0;
  /** Bytes to pass over: a number, or up to the next line feed. */
  #skip: number | 'line' = 0;
  /** What comes cannot be told apart any more: the connection is of no use. */
  isBroken = false;

  constructor(framing: Framing, max: number) {
    this.#framing = framing;
    this.#max = max;
  }

  append(bytes: Uint8Array): void {
    if (!this.isBroken) this.#window.append(bytes);
  }

  /** The next message; undefined when that takes more bytes. */
  next(): Frame | undefined {
    for (;;) {
      if (this.isBroken || !this.#skipped() || this.#window.length === 0) return undefined;
      const frame = this.#framing === 'length' ? this.#byLength() : this.#byText();
      if (frame === undefined || frame.refused !== undefined || frame.bytes.length > 0) return frame;
    }
  }

  /** No more will come. What is left of lines is one; what a length announced is not whole. */
  end(): Frame | undefined {
    if (this.isBroken || !this.#skipped()) return undefined;
    const { buffer, start, length } = this.#window;
    if (length === 0) return undefined;
    const isCounted = this.#framing === 'octets' || this.#framing === 'auto';
    // Line ends behind a message that was counted belong to none.
    if (isCounted && /^[\r\n]*$/.test(buffer.toString('latin1', start, start + Math.min(length, 16)))) return undefined;
    const isLine = this.#framing === 'newline' || (this.#framing === 'auto' && typeof this.#count() !== 'object');
    if (isLine) {
      const line = this.#take(0, length, length);
      return line.bytes.length === 0 ? undefined : line;
    }
    return this.#refuse(`the connection ended within a message: ${length} bytes of it came`, length);
  }

  /** Passes over what was refused; false while more of it is to come. */
  #skipped(): boolean {
    const window = this.#window;
    if (this.#skip === 'line') {
      const found = window.find(window.offset, window.offset + window.length);
      window.drop(found < 0 ? window.length : found + 1 - window.offset);
      if (found < 0) return false;
      this.#skip = 0;
    }
    const drop = Math.min(this.#skip, window.length);
    window.drop(drop);
    this.#skip -= drop;
    return this.#skip === 0;
  }

  #byLength(): Frame | undefined {
    const { buffer, start, length } = this.#window;
    if (length < 4) return undefined;
    return this.#counted(4, buffer.readUInt32BE(start));
  }

  #byText(): Frame | undefined {
    if (this.#framing === 'newline') return this.#line();
    const count = this.#count();
    if (count === 'more') return undefined;
    if (count !== undefined) return this.#counted(count.head, count.bytes);
    if (this.#framing === 'auto') return this.#line();
    this.isBroken = true;
    return this.#refuse('a message begins with its length in digits and a space, and this does not', 0);
  }

  /** The octet count that the window begins with; undefined when it does not, 'more' when it may. */
  #count(): { head: number; bytes: number } | 'more' | undefined {
    const { buffer, start, end } = this.#window;
    // What some senders put between messages all the same.
    let at = start;
    while (at < end && (buffer[at] === LF || buffer[at] === 13)) at++;
    const from = at;
    while (at < end && at - from < DIGITS && isDigit(buffer[at]!)) at++;
    if (at === end) return at - start > DIGITS + 2 && at === from ? undefined : 'more';
    if (at === from || buffer[from] === 48 || buffer[at] !== SPACE) return undefined;
    return { head: at + 1 - start, bytes: Number(buffer.toString('latin1', from, at)) };
  }

  #counted(head: number, bytes: number): Frame | undefined {
    if (bytes > this.#max) return this.#tooLong(head + bytes, head);
    return this.#window.length < head + bytes ? undefined : this.#take(head, head + bytes, head + bytes);
  }

  #line(): Frame | undefined {
    const window = this.#window;
    const from = window.offset + this.#scanned;
    const found = window.find(from, window.offset + window.length);
    if (found < 0 && window.length <= this.#max) {
      this.#scanned = window.length;
      return undefined;
    }
    this.#scanned = 0;
    if (found < 0) {
      this.#skip = 'line';
      return this.#refuse(this.#limit(), window.length);
    }
    const length = found - window.offset;
    return length > this.#max ? this.#refuse(this.#limit(), length + 1) : this.#take(0, length, length + 1);
  }

  #tooLong(bytes: number, head: number): Frame {
    const here = Math.min(bytes, this.#window.length);
    this.#skip = bytes - here;
    return this.#refuse(`${this.#limit()}: it announces ${formatBytes(bytes - head)}`, here);
  }

  #limit(): string {
    return `a message of more than ${formatBytes(this.#max)} (maxMessage)`;
  }

  #refuse(refused: string, drop: number): Frame {
    const { buffer, start, end } = this.#window;
    const bytes = Buffer.from(buffer.subarray(start, Math.min(end, start + (drop || SAMPLE), start + SAMPLE)));
    this.#window.drop(drop);
    this.#scanned = 0;
    return { bytes, refused };
  }

  #take(from: number, to: number, drop: number): Frame {
    const { buffer, start } = this.#window;
    const isLine = from === 0;
    const end = isLine && to > from && buffer[start + to - 1] === 13 ? to - 1 : to;
    const bytes = Buffer.from(buffer.subarray(start + from, start + end));
    this.#window.drop(drop);
    this.#scanned = 0;
    return { bytes };
  }
}

function isDigit(byte: number): boolean {
  return byte >= 48 && byte <= 57;
}

/** A message as it goes out: `newline` leaves it as its codec ends it. */
export function framed(framing: Exclude<Framing, 'auto'>, message: Buffer): Buffer {
  if (framing === 'newline') return Buffer.from(message);
  const head = framing === 'length' ? Buffer.alloc(4) : Buffer.from(`${message.length} `);
  if (framing === 'length') head.writeUInt32BE(message.length);
  return Buffer.concat([head, message]);
}
