import { messageOf } from '../base/errors.ts';
import type { Cancel, Clock } from '../world/clock.ts';
import type { AppendFile, Disk, Kv } from '../world/disk.ts';
import { over } from './over.ts';

/**
 * What one life of a chain, or of the sinks' committers, has taken of the world: timers, files and stores that it opened,
 * and whatever asked to be closed. {@link close} gives all of it back, since the thread may live on and be used again.
 */
export class Owned {
  readonly disk: Disk;
  readonly #clock: Clock | undefined;
  readonly #timers = new Set<Cancel>();
  readonly #open = new Set<Promise<{ close(): Promise<void> }>>();
  readonly #closers: (() => void | Promise<void>)[] = [];

  constructor(disk: Disk, clock?: Clock) {
    this.#clock = clock;
    this.disk = over<Disk>(disk, {
      openAppend: (path, options) => this.#opened<AppendFile>(disk.openAppend(path, options)),
      openKv: (path) => this.#opened<Kv>(disk.openKv(path)),
    });
  }

  #opened<T extends { close(): Promise<void> }>(opening: Promise<T>): Promise<T> {
    const made: Promise<T> = opening.then((open) => {
      const close = () => {
        this.#open.delete(made);
        return open.close();
      };
      return over(open, { close } as Partial<T>);
    });
    this.#open.add(made);
    made.catch(() => this.#open.delete(made));
    return made;
  }

  /** A timer that does not run any more once all is closed. */
  after(ms: number, task: () => void): Cancel {
    const cancel = (this.#clock as Clock).after(ms, () => {
      this.#timers.delete(cancel);
      task();
    });
    this.#timers.add(cancel);
    return () => {
      this.#timers.delete(cancel);
      cancel();
    };
  }

  /** Has `close` called, last come first. */
  add(close: () => void | Promise<void>): void {
    this.#closers.push(close);
  }

  /** Closes everything, also when something of it fails; `failed` is told what did. */
  async close(failed: (text: string) => void): Promise<void> {
    for (const cancel of this.#timers) cancel();
    const attempt = async (close: () => unknown) => {
      try {
        await close();
      } catch (error) {
        failed(`closing: ${messageOf(error)}`);
      }
    };
    for (const close of this.#closers.splice(0).reverse()) await attempt(close);
    for (const open of [...this.#open]) await attempt(async () => (await open.catch(() => undefined))?.close());
  }
}
