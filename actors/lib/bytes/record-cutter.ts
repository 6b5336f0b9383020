import { assert, type Decoder, formatBytes, WeirError } from '#stage';
import type { Window } from './window.ts';

/** Decoded at a time: about half a millisecond's work. */
const SLICE = 192 * 1024;
/** Kept of a record that is too long, for its dead letter. */
const SAMPLE = 64 * 1024;
/** A header that is longer is none. */
const MAX_HEADER = 64 * 1024;

export interface CutterOptions {
  readonly decoder: Decoder;
  /** Records end with the delimiter, so that reading can go on behind one that is too long. */
  readonly splittable: boolean;
  readonly maxRecord: number;
  /** Order of the first byte of the file or stream. */
  readonly order: number;
  malformed(input: Uint8Array, reason: string, order: number): void;
}

/** Leads the bytes of a window through a decoder: what is no whole record yet waits until more has come. */
export class RecordCutter {
  readonly window: Window;
  /** Where the next record begins that has not been given out: reading on from here loses nothing. */
  resume: number;
  /** Order of the first byte of the file or stream. */
  base: number;
  readonly #o: CutterOptions;
  /** How many bytes the decoder needs to be asked again, when it found no whole record; else 0. */
  #retry = 0;
  #skipping = false;

  constructor(window: Window, options: CutterOptions) {
    this.window = window;
    this.resume = window.offset;
    this.base = options.order;
    this.#o = options;
  }

  /** Takes a header off the front; false while it is not whole. */
  header(last: boolean): boolean {
    const { decoder } = this.#o;
    const { window } = this;
    if (decoder.header === undefined) return true;
    const behind = decoder.header(window.buffer, window.start, window.end, last);
    if (behind >= 0) {
      window.drop(behind - window.start);
      this.resume = window.offset;
      return true;
    }
    if (window.length < MAX_HEADER) return false;
    throw new WeirError('WEIR_HEADER', `no header ends within the first ${formatBytes(MAX_HEADER)} of the input`);
  }

  /** The stream begins somewhere in the middle: what stands before the next delimiter is no record. */
  skip(): void {
    this.#skipping = this.#o.splittable;
  }

  /** Goes to a place further on, as far as the window reaches; true when it is there. */
  seek(offset: number): boolean {
    this.window.drop(Math.min(this.window.length, Math.max(0, offset - this.window.offset)));
    this.resume = Math.max(offset, this.window.offset);
    return this.window.offset >= offset;
  }

  /**
   * Decodes part of what is there; false when that takes more bytes. `complete`: no more will come. `last`: nor will any
   * delimiter, so that what is left is a record.
   */
  step(complete: boolean, last: boolean): boolean {
    const { window } = this;
    if (this.#skipping) return this.#skip();
    if (window.length === 0 || (window.length < this.#retry && !complete)) return false;
    if (this.#decode(last)) {
      this.resume = window.offset;
      this.#retry = 0;
      return true;
    }
    assert(!complete, 'a decoder takes all that there is');
    if (window.length > this.#o.maxRecord) {
      this.refuse(window.length);
      this.#skipping = true;
      return true;
    }
    // A record that is not whole is tried again when twice as much is there, or more than is allowed.
    this.#retry = Math.min(2 * window.length, this.#o.maxRecord + 1);
    return false;
  }

  /** Decodes part of what is there, of which the last record may be cut; false when no whole one is left. */
  stepWhole(): boolean {
    if (this.#skipping) return this.#skip();
    if (this.window.length === 0 || !this.#decode(false)) return false;
    this.resume = this.window.offset;
    return true;
  }

  /** The input cannot be read any further: what is left of it is a dead letter, be it nothing. */
  breakOff(reason: string): void {
    const { window } = this;
    const { buffer, start, offset } = window;
    const sample = Buffer.from(buffer.subarray(start, Math.min(window.end, start + SAMPLE)));
    this.#o.malformed(sample, reason, this.base + offset);
    window.drop(window.length);
    this.resume = window.offset;
  }

  #decode(last: boolean): boolean {
    const { window } = this;
    const { buffer, start, end } = window;
    const order = this.base + window.offset;
    let to = Math.min(end, start + SLICE);
    let next = this.#o.decoder.decode(buffer, start, to, order, last && to === end);
    if (next === start && to < end) {
      to = end;
      next = this.#o.decoder.decode(buffer, start, to, order, last);
    }
    window.drop(next - start);
    return next > start;
  }

  /** The record at hand, of so many bytes as far as is known, is too long: a dead letter. */
  refuse(bytes: number): void {
    const { buffer, start, offset } = this.window;
    const sample = Buffer.from(buffer.subarray(start, start + Math.min(bytes, SAMPLE)));
    const reason = `a record of more than ${formatBytes(this.#o.maxRecord)} (maxRecord)`;
    this.#o.malformed(sample, reason, this.base + offset);
  }

  /** Goes to behind the next delimiter; without one all that comes is part of what was refused. */
  #skip(): boolean {
    const { window } = this;
    const delimiter = this.#o.splittable ? window.find(window.offset, window.offset + window.length) : -1;
    const count = delimiter < 0 ? window.length : delimiter + 1 - window.offset;
    window.drop(count);
    if (delimiter >= 0) {
      this.#skipping = false;
      this.#retry = 0;
      this.resume = window.offset;
    }
    return count > 0;
  }
}
