import type { Terminal } from '../stage/sink.ts';

/** How much text may be on its way to the terminal. */
const LIMIT = 1 << 20;

/** The terminal as sinks on a host see it: text goes to the engine, which says when it has been shown. */
export class HostTerminal implements Terminal {
  readonly #send: (text: string) => void;
  #inFlight = 0;
  #wait: Promise<void> | undefined;
  #go: () => void = () => {};

  constructor(send: (text: string) => void) {
    this.#send = send;
  }

  write(text: string): void {
    if (text === '') return;
    this.#inFlight += text.length;
    this.#send(text);
  }

  busy(): Promise<void> | undefined {
    if (this.#inFlight < LIMIT) return undefined;
    this.#wait ??= new Promise((resolve) => {
      this.#go = resolve;
    });
    return this.#wait;
  }

  /** Text of so many characters is out. */
  shown(length: number): void {
    this.#inFlight -= length;
    if (this.#inFlight >= LIMIT || this.#wait === undefined) return;
    this.#wait = undefined;
    this.#go();
  }
}
