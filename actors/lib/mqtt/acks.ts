/** A message that the broker awaits an acknowledgement of. */
interface Owed {
  /** What it says, in short: its number alone may be another message's by now. */
  readonly print: number;
  /** Position behind it, once it has been given to the stream. */
  behind: number | undefined;
  isDurable: boolean;
  /** Sends it, on the connection that the message came by last. */
  send: (() => void) | undefined;
}

/**
 * Acknowledgements that wait for a checkpoint. When a connection breaks and the session goes on, the broker sends again what was not
 * acknowledged, under its number: that is the same message, and not a second one.
 */
export class Acks {
  readonly #owed = new Map<number, Owed>();

  get size(): number {
    return this.#owed.size;
  }

  /** A message has come; false when it is one that was taken before. */
  take(id: number, isAgain: boolean, print: number): boolean {
    if (isAgain && this.#owed.get(id)?.print === print) return false;
    this.#owed.delete(id);
    this.#owed.set(id, { print, behind: undefined, isDurable: false, send: undefined });
    return true;
  }

  /** How to acknowledge it; done at once if a checkpoint holds it already. */
  ready(id: number, send: () => void): void {
    const owed = this.#owed.get(id);
    if (owed === undefined || owed.isDurable) {
      this.#owed.delete(id);
      send();
    } else owed.send = send;
  }

  /** It has been given to the stream. */
  given(id: number, print: number, behind: number): void {
    const owed = this.#owed.get(id);
    if (owed?.print === print) owed.behind ??= behind;
  }

  /** What lies before this position is in a checkpoint. */
  committed(position: number): void {
    for (const [id, owed] of this.#owed) {
      if (owed.behind === undefined || owed.behind > position) continue;
      owed.isDurable = true;
      if (owed.send === undefined) continue;
      this.#owed.delete(id);
      owed.send();
    }
  }

  /** The connection is gone, and with it the ways to acknowledge. */
  lost(): void {
    for (const owed of this.#owed.values()) owed.send = undefined;
  }

  /** The broker has forgotten the session: its numbers mean other messages now. */
  clear(): void {
    this.#owed.clear();
  }
}
