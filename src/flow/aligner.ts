import { assert } from '../base/errors.ts';
import { Batch, type Leader, type Message } from './batch.ts';
import type { Receiver } from './channel.ts';

interface Input {
  /** Which input of the chain's first stage it feeds. */
  readonly port: number;
  readonly receiver: Receiver;
  watermark: number;
  by: Leader | undefined;
  idle: boolean;
  ended: boolean;
  /** Its barrier has come; it waits until all others have theirs. */
  blocked: boolean;
}

/** What a chain has to do next. */
export type Step =
  | { kind: 'batch'; batch: Batch; port: number }
  | { kind: 'watermark'; time: number; by?: Leader | undefined }
  | { kind: 'barrier'; epoch: number }
  /** An input other than the first has come to its end. */
  | { kind: 'port-end'; port: number }
  | { kind: 'idle' }
  | { kind: 'end' };

/**
 * Joins a chain's input channels: takes turns between them, combines watermarks as the minimum over those that are neither
 * idle nor at their end, and holds back a channel whose barrier has come until all have theirs.
 */
export class Aligner {
  readonly #inputs: Input[];
  #next = 0;
  #watermark = Number.NEGATIVE_INFINITY;
  #idle = false;
  #barrier: number | undefined;
  #ended = false;
  readonly #awaited: ReadonlySet<number>;
  /** What the end of an input makes of the watermark is yet to be told. */
  #owing = false;

  /**
   * `ports` says for each receiver which input of the first stage it feeds; without it all feed the only one. Event time
   * stands still until the `awaited` inputs have come to their end.
   */
  constructor(receivers: readonly Receiver[], ports: readonly number[] = [], awaited: readonly number[] = []) {
    this.#awaited = new Set(awaited);
    this.#inputs = receivers.map((receiver, i) => ({
      receiver,
      port: ports[i] ?? 0,
      watermark: Number.NEGATIVE_INFINITY,
      by: undefined,
      idle: false,
      ended: false,
      blocked: false,
    }));
  }

  get watermark(): number {
    return this.#watermark;
  }

  get fill(): number {
    let fill = 0;
    for (const { receiver } of this.#inputs) fill = Math.max(fill, receiver.fill);
    return fill;
  }

  /** The next step, or undefined when nothing is at hand. */
  next(): Step | undefined {
    for (;;) {
      if (this.#owing) {
        const step = this.#combine();
        if (step !== undefined) return step;
        this.#owing = false;
        if (!this.#ended && this.#inputs.every(({ ended }) => ended)) {
          this.#ended = true;
          return { kind: 'end' };
        }
      }
      const input = this.#pick();
      if (input === undefined) return undefined;
      const message = input.receiver.take() as Message;
      const step = message instanceof Batch ? this.#batch(input, message) : this.#signal(input, message);
      if (step !== undefined) return step;
    }
  }

  #pick(): Input | undefined {
    const inputs = this.#inputs;
    for (let i = 0; i < inputs.length; i++) {
      const input = inputs[this.#next] as Input;
      this.#next = this.#next + 1 === inputs.length ? 0 : this.#next + 1;
      if (!input.blocked && input.receiver.peek() !== undefined) return input;
    }
    return undefined;
  }

  #batch(input: Input, batch: Batch): Step {
    assert(!input.ended, 'no records come after the end');
    input.idle = false;
    this.#idle = false;
    return { kind: 'batch', batch, port: input.port };
  }

  #signal(input: Input, signal: Exclude<Message, Batch>): Step | undefined {
    switch (signal.kind) {
      case 'watermark':
        assert(signal.time >= input.watermark, 'watermarks only grow');
        input.watermark = signal.time;
        input.by = signal.by;
        input.idle = false;
        return this.#combine();
      case 'idle':
        input.idle = true;
        return this.#combine();
      case 'end':
        input.ended = true;
        this.#owing = true;
        return input.port > 0 && !this.#isOpen(input.port) ? { kind: 'port-end', port: input.port } : undefined;
      case 'barrier':
        return this.#align(input, signal.epoch);
    }
  }

  #isOpen(port: number): boolean {
    return this.#inputs.some((input) => input.port === port && !input.ended);
  }

  #combine(): Step | undefined {
    for (const port of this.#awaited) if (this.#isOpen(port)) return undefined;
    let least = Number.POSITIVE_INFINITY;
    let by: Leader | undefined;
    let active = 0;
    let over = 0;
    for (const input of this.#inputs) {
      // One at its end holds nobody, but does not end the time of those that are only idle.
      if (input.ended || input.watermark === Number.POSITIVE_INFINITY) over++;
      else if (!input.idle) {
        active++;
        if (input.watermark < least) {
          least = input.watermark;
          by = input.by;
        }
      }
    }
    if (active === 0 && over < this.#inputs.length) {
      if (this.#idle) return undefined;
      this.#idle = true;
      return { kind: 'idle' };
    }
    this.#idle = false;
    if (least <= this.#watermark) return undefined;
    this.#watermark = least;
    return { kind: 'watermark', time: least, by };
  }

  #align(input: Input, epoch: number): Step | undefined {
    assert(this.#barrier === undefined || this.#barrier === epoch, 'one checkpoint at a time');
    this.#barrier = epoch;
    input.blocked = true;
    for (const other of this.#inputs) if (!other.blocked) return undefined;
    for (const other of this.#inputs) other.blocked = false;
    this.#barrier = undefined;
    return { kind: 'barrier', epoch };
  }
}
