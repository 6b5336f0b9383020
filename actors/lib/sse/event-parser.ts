import { StringDecoder } from 'node:string_decoder';

/** An event of a stream of server-sent events. */
export interface ServerEvent {
  readonly type: string;
  readonly data: string;
  /** The last id that the stream has given, with this event or before it. */
  readonly id: string;
}

/**
 * Takes a stream of server-sent events apart, as the HTML standard says (9.2.6). Keeps `max` characters of an event at most: what
 * is longer is told to `refuse` once, and passed over.
 */
export class EventParser {
  readonly #max: number;
  readonly #take: (event: ServerEvent) => void;
  readonly #refuse: (sample: string) => void;
  readonly #decoder = new StringDecoder('utf8');
  #line = '';
  #data = '';
  #type = '';
  #isFirst = true;
  /** The last piece ended with a carriage return: a line feed that follows is part of it. */
  #wasReturn = false;
  #isTooLong = false;
  lastId: string;
  /** What the server wants to be waited before it is asked again, ms. */
  retryMs: number | undefined;

  constructor(max: number, lastId: string, take: (event: ServerEvent) => void, refuse: (sample: string) => void) {
    this.#max = max;
    this.lastId = lastId;
    this.#take = take;
    this.#refuse = refuse;
  }

  push(bytes: Uint8Array): void {
    let text = this.#decoder.write(Buffer.from(bytes));
    if (text === '') return;
    if (this.#isFirst) text = text.replace(/^\ufeff/, '');
    this.#isFirst = false;
    if (this.#wasReturn && text.startsWith('\n')) text = text.slice(1);
    this.#wasReturn = text === '' ? false : text.endsWith('\r');
    const lines = text.split(/\r\n|\r|\n/);
    const last = lines.pop() as string;
    for (const line of lines) {
      this.#grow(line);
      const whole = this.#line;
      this.#line = '';
      this.#field(whole);
    }
    this.#grow(last);
  }

  #grow(text: string): void {
    if (this.#isTooLong && this.#line !== '') return;
    this.#line += text;
    if (this.#line.length + this.#data.length <= this.#max) return;
    if (!this.#isTooLong) this.#refuse(`${this.#data}${this.#line}`.slice(0, 1024));
    this.#isTooLong = true;
    this.#data = '';
    // It stands for a line that has begun and is not empty.
    this.#line = ':';
  }

  #field(line: string): void {
    if (line === '') {
      this.#end();
      return;
    }
    const colon = line.indexOf(':');
    if (colon === 0) return;
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(line[colon + 1] === ' ' ? colon + 2 : colon + 1);
    if (name === 'data' && !this.#isTooLong) this.#data += `${value}\n`;
    else if (name === 'event') this.#type = value;
    else if (name === 'id' && !value.includes('\0')) this.lastId = value;
    else if (name === 'retry' && /^\d{1,9}$/.test(value)) this.retryMs = Number(value);
  }

  #end(): void {
    const event = { type: this.#type === '' ? 'message' : this.#type, data: this.#data.slice(0, -1), id: this.lastId };
    if (this.#data !== '') this.#take(event);
    this.#data = '';
    this.#type = '';
    this.#isTooLong = false;
  }
}
