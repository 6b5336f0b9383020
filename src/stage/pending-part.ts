import type { AppendFile, Disk } from '../world/disk.ts';
import { Bytes } from './bytes.ts';

/** A sealed part: few bytes travel inside the checkpoint itself, many lie in a file named by it. */
export type SealedPart = { bytes: number; inline: Uint8Array } | { bytes: number; file: string };

const INLINE = 1 << 16;
const FLUSH = 1 << 20;

/**
 * Bytes that a sink has written but no checkpoint has confirmed. They go to a file that is invisible to readers, or, when
 * few, into the checkpoint. Flushes run behind; `busy` holds the writer back when they fall behind, so memory stays at
 * about 3 MiB.
 */
export class PendingPart {
  readonly #disk: Disk;
  readonly #path: string;
  #file: Promise<AppendFile> | undefined;
  #writing: Promise<void> = Promise.resolve();
  #inFlight = 0;
  #spare: Bytes[] = [];
  #total = 0;
  #failed: unknown;
  /** Encode into this, then call {@link wrote}. */
  bytes = new Bytes();

  constructor(disk: Disk, path: string) {
    this.#disk = disk;
    this.#path = path;
  }

  /** Something has been written to `bytes`. */
  wrote(): void {
    if (this.bytes.length >= FLUSH) this.#flush();
  }

  /** A promise while more than 2 MiB wait for the disk. */
  busy(): Promise<void> | undefined {
    if (this.#failed !== undefined) throw this.#failed;
    return this.#inFlight >= 2 ? this.#writing : undefined;
  }

  /** Nothing has been written. */
  get empty(): boolean {
    return this.#total === 0 && this.bytes.length === 0;
  }

  #flush(): void {
    const full = this.bytes;
    this.bytes = this.#spare.pop() ?? new Bytes(FLUSH + (FLUSH >> 2));
    this.#total += full.length;
    this.#inFlight++;
    this.#file ??= this.#disk.openAppend(this.#path, { truncateTo: 0 });
    const file = this.#file;
    this.#writing = this.#writing
      .then(async () => {
        await (await file).append(full.view());
        full.clear();
        if (this.#spare.length < 2) this.#spare.push(full);
      })
      .catch((error) => {
        this.#failed ??= error;
      })
      .finally(() => {
        this.#inFlight--;
      });
  }

  /** Makes all bytes durable and ends the part; undefined when nothing was written. */
  async seal(): Promise<SealedPart | undefined> {
    if (this.empty) return undefined;
    if (this.#file === undefined && this.bytes.length <= INLINE) {
      return { bytes: this.bytes.length, inline: new Uint8Array(this.bytes.view()) };
    }
    if (this.bytes.length > 0) this.#flush();
    await this.#writing;
    if (this.#failed !== undefined) throw this.#failed;
    const file = await (this.#file as Promise<AppendFile>);
    await file.sync();
    await file.close();
    return { bytes: this.#total, file: this.#path };
  }
}
