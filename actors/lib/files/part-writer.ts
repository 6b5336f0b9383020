import type { At, Bytes, Encoder, PendingPart, Row, SinkContext, SinkWriter } from '#stage';
import type { PartitionPath } from './partition-path.ts';
import { PendingBound } from './pending-bound.ts';
import type { Prepared } from './prepared.ts';

/** Puts the records of one part into bytes. */
export interface PartEncoder extends Encoder {
  /** The part ends: writes what was held back, and gives what the committer is to know of it, plain data. */
  end?(into: Bytes): unknown;
}

interface Open {
  readonly part: PendingPart;
  readonly encoder: PartEncoder;
}

export interface PartWriterOptions {
  /** Each part begins with the codec's header: it becomes a file of its own. */
  readonly headers: boolean;
  /** Partitions that are written to at the same time; the one that waited longest is sealed for another. */
  readonly maxOpen: number;
  /** Bytes that wait on the disk until they are committed, of all subtasks; without it as many as come. */
  readonly maxPending?: number | undefined;
  /** An encoder for a part; by default one of the sink's codec. */
  readonly encoder?: () => PartEncoder;
}

/** Writes records to pending parts, one per partition and checkpoint. */
export class PartWriter implements SinkWriter {
  readonly #context: SinkContext;
  readonly #paths: PartitionPath;
  readonly #options: PartWriterOptions;
  /** By folder, least recently used first. */
  #open = new Map<string, Open>();
  #last: { folder: string; open: Open } | undefined;
  #sealed: Promise<Prepared['parts'][number] | undefined>[] = [];
  /** It has been said that there are too many partitions. */
  #told = false;
  /** Sealings of this checkpoint that go on while records are written. */
  #sealing = 0;
  readonly #bound: PendingBound;

  constructor(context: SinkContext, paths: PartitionPath, options: PartWriterOptions) {
    this.#context = context;
    this.#paths = paths;
    this.#options = options;
    // Parts of one checkpoint may be on their way while those of the next are written.
    const most = (options.maxPending ?? Number.POSITIVE_INFINITY) / (2 * context.parallelism);
    this.#bound = new PendingBound(most, () => context.checkpoint());
  }

  write(row: Row, at: At): void {
    const folder = this.#paths.of(row, at);
    const { part, encoder } = this.#last?.folder === folder ? this.#last.open : this.#openOf(folder);
    const { bytes } = part;
    const { length } = bytes;
    try {
      encoder.encode(row, bytes);
    } catch (error) {
      // Half a record must not stay: the engine makes this one a dead letter and goes on.
      bytes.length = length;
      throw error;
    }
    this.#bound.wrote(bytes.length - length);
    part.wrote();
  }

  #openOf(folder: string): Open {
    let open = this.#open.get(folder);
    if (open === undefined) {
      if (this.#open.size >= this.#options.maxOpen) this.#sealOldest();
      const encoder = this.#options.encoder?.() ?? this.#context.encoder();
      open = { part: this.#context.pendingPart(), encoder };
      if (this.#options.headers) open.encoder.header?.(open.part.bytes);
    } else this.#open.delete(folder);
    this.#open.set(folder, open);
    this.#last = { folder, open };
    return open;
  }

  #sealOldest(): void {
    const [[folder, open]] = this.#open as unknown as [[string, Open]];
    if (!this.#told) {
      this.#told = true;
      const { maxOpen } = this.#options;
      const text = `more than ${maxOpen} partitions are written to at a time: files end early and become many (see maxOpen)`;
      this.#context.log('warn', text);
    }
    this.#open.delete(folder);
    this.#sealing++;
    this.#sealed.push(this.#seal(folder, open).finally(() => this.#sealing--));
    // Looked at in `prepare`; until then a failure must not count as unhandled.
    this.#sealed.at(-1)?.catch(() => {});
  }

  async #seal(folder: string, { part, encoder }: Open): Promise<Prepared['parts'][number] | undefined> {
    const note = encoder.end?.(part.bytes);
    const sealed = await part.seal();
    return sealed && { folder, part: sealed, ...(note === undefined ? {} : { note }) };
  }

  busy(): Promise<void> | undefined {
    const full = this.#bound.busy();
    if (full !== undefined) return full;
    if (this.#sealing > 8) return this.#allSealed();
    for (const { part } of this.#open.values()) {
      const busy = part.busy();
      if (busy !== undefined) return busy;
    }
    return undefined;
  }

  barrierAhead(): void {
    this.#bound.barrierAhead();
  }

  async #allSealed(): Promise<void> {
    await Promise.all(this.#sealed);
  }

  async prepare(): Promise<Prepared> {
    // All taken before the first await: what is written from now on belongs to the next checkpoint.
    const sealed = [...this.#sealed, ...[...this.#open].map(([folder, open]) => this.#seal(folder, open))];
    this.#bound.prepared();
    this.#sealed = [];
    this.#open = new Map();
    this.#last = undefined;
    const parts = (await Promise.all(sealed)).filter((part) => part !== undefined);
    return { subtask: this.#context.subtask, at: this.#context.now(), parts };
  }
}
