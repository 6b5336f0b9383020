/** A message that the broker awaits an acknowledgement of. */
interface Owed {
  /** What it says, in short: its number alone may be another message's by now. */
  readonly print: number;
  /** Position behind it, once it has been given to the stream. */
  behind: number | undefined;
  isDurable: boolean;
  /** Sends it, on the connection that the message came by last. */
  send: (() => void) | undefined;
  /** Of QoS 2: its number is its own until the broker lets go of it. */
  readonly isExact: boolean;
}

/**
 * Acknowledgements that wait for a checkpoint. When a connection breaks and the session goes on, the broker sends again what was not
 * acknowledged, under its number: that is the same message, and not a second one. With QoS 1 the number is free as soon as the
 * acknowledgement is sent, so what comes under it then is taken (MQTT-4.3.2-5), also where it was only the acknowledgement that was lost.
 */
export class Acks {
  readonly #owed = new Map<number, Owed>();

  get size(): number {
    return this.#owed.size;
  }

  /** A message has come; false when it is one that was taken before. */
  take(id: number, isAgain: boolean, print: number, isExact = false): boolean {
    if (isAgain && this.#owed.get(id)?.print === print) return false;
    this.#owed.delete(id);
    this.#owed.set(id, { print, behind: undefined, isDurable: false, send: undefined, isExact });
    return true;
  }

  /** How to acknowledge it; done at once if a checkpoint holds it already. */
  ready(id: number, send: () => void): void {
    const owed = this.#owed.get(id);
    if (owed === undefined || owed.isDurable) {
      if (owed?.isExact !== true) this.#owed.delete(id);
      send();
    } else owed.send = send;
  }

  /** The broker lets go of a message of QoS 2: it never sends it again. */
  released(id: number): void {
    this.#owed.delete(id);
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
      const { send } = owed;
      if (send === undefined) continue;
      if (owed.isExact) owed.send = undefined;
      else this.#owed.delete(id);
      send();
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
