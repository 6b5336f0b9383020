import type { Bytes, PendingPart, SealedPart } from '#stage';

/** Where one part of a checkpoint ends and the next begins, so that a committer can read each one whole. */
const PART_BYTES = 32 * 2 ** 20;

/** The pending bytes of one subtask and checkpoint, in parts of at most about 32 MiB. */
export class PartList {
  readonly #create: () => PendingPart;
  #part: PendingPart | undefined;
  #written = 0;
  #sealed: Promise<SealedPart | undefined>[] = [];

  constructor(create: () => PendingPart) {
    this.#create = create;
  }

  /** Encode into this, then call {@link wrote}. */
  get bytes(): Bytes {
    this.#part ??= this.#create();
    return this.#part.bytes;
  }

  /** `count` bytes have been written: whole records. */
  wrote(count: number): void {
    const part = this.#part as PendingPart;
    part.wrote();
    this.#written += count;
    if (this.#written >= PART_BYTES) this.#end();
  }

  #end(): void {
    const sealed = this.#part?.seal();
    // Looked at in `seal`; until then a failure must not count as unhandled.
    sealed?.catch(() => {});
    if (sealed) this.#sealed.push(sealed);
    this.#part = undefined;
    this.#written = 0;
  }

  busy(): Promise<void> | undefined {
    return this.#part?.busy();
  }

  /** Ends the checkpoint's parts: what is written from the call on belongs to the next. */
  async seal(): Promise<SealedPart[]> {
    this.#end();
    const sealed = this.#sealed;
    this.#sealed = [];
    return (await Promise.all(sealed)).filter((part) => part !== undefined);
  }
}
