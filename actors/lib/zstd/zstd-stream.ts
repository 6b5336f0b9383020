import { History } from './history.ts';
import { BLOCK, Literals, uint } from './literals.ts';
import { Sequences } from './sequences.ts';
import { Xxh64 } from './xxh64.ts';

/** How far back matches may reach: as far as zstd itself allows without being told. */
const MOST_WINDOW = 128 * 2 ** 20;
/** Stands before and behind a block while it is unpacked, for those who read ahead. */
const PAD = 16;

interface Frame {
  readonly window: number;
  readonly content: number | undefined;
  readonly checksum: Xxh64 | undefined;
}

/** What is wrong with bytes that are no zstd, or damaged. */
export class ZstdError extends Error {
  /** Not within a frame. */
  readonly isOutside: boolean;

  constructor(message: string, isOutside = false) {
    super(message);
    this.isOutside = isOutside;
  }
}

/**
 * Unpacks zstd, RFC 8878, block by block: each gives 128 KiB at most, and takes time for no more than that, whatever stands in it.
 * Memory: 5/4 of the frame's window, which is refused beyond 128 MiB. No dictionaries.
 */
export class ZstdStream {
  /** Where the block or frame begins that is not whole yet. */
  offset = 0;
  #pending: Buffer = Buffer.alloc(0);
  #frame: Frame | undefined;
  #skip = 0;
  /** The last block has come, and the checksum has not. */
  #isOver = false;
  readonly #block = new Uint8Array(BLOCK + 2 * PAD);
  readonly #history = new History();
  readonly #literals = new Literals();
  readonly #sequences = new Sequences();

  push(bytes: Buffer): void {
    this.#pending = this.#pending.length === 0 ? bytes : Buffer.concat([this.#pending, bytes]);
  }

  /** What the next block unpacks to, good until the next call; undefined: more bytes are needed. Throws {@link ZstdError}. */
  next(): Uint8Array | undefined {
    for (;;) {
      const had = this.offset;
      const unpacked = this.#step();
      if (unpacked === undefined && this.offset === had) return undefined;
      if (unpacked !== undefined && unpacked.length > 0) return unpacked;
    }
  }

  /** Nothing more comes: within a frame, that is too early. */
  get isWhole(): boolean {
    return this.#frame === undefined && this.#skip === 0 && this.#pending.length === 0;
  }

  #take(size: number): void {
    this.#pending = this.#pending.subarray(size);
    this.offset += size;
  }

  #step(): Uint8Array | undefined {
    if (this.#skip > 0) {
      const size = Math.min(this.#skip, this.#pending.length);
      this.#skip -= size;
      this.#take(size);
      return undefined;
    }
    if (this.#frame === undefined) this.#begin();
    else if (this.#isOver) this.#end(this.#frame);
    else return this.#unpack(this.#frame);
    return undefined;
  }

  #begin(): void {
    const b = this.#pending;
    if (b.length === 0) return;
    // Told by its first bytes, also where no four come. Frames of 16 other numbers are to be passed over.
    const known = [0x28, 0xb5, 0x2f, 0xfd].every((byte, i) => i >= b.length || b[i] === byte);
    const passed =
      (b[0]! & 0xf0) === 0x50 && [0x2a, 0x4d, 0x18].every((byte, i) => i + 1 >= b.length || b[i + 1] === byte);
    if (!known && !passed) throw new ZstdError('it is not in zstd format', true);
    if (b.length < 5) return;
    if (passed) {
      if (b.length < 8) return;
      this.#skip = b.readUInt32LE(4);
      this.#take(8);
      return;
    }
    const flags = b[4]!;
    const isSingle = (flags & 32) !== 0;
    const idSize = [0, 1, 2, 4][flags & 3]!;
    const contentSize = [isSingle ? 1 : 0, 2, 4, 8][flags >> 6]!;
    const size = 5 + (isSingle ? 0 : 1) + idSize + contentSize;
    if (b.length < size) return;
    if ((flags & 8) !== 0) throw new ZstdError('it is corrupt (a reserved bit)');
    if (uint(b, size - contentSize - idSize, idSize) !== 0) throw new ZstdError('it needs a dictionary');
    const content =
      contentSize === 0 ? undefined : uint(b, size - contentSize, contentSize) + (contentSize === 2 ? 256 : 0);
    const window = isSingle ? content! : 2 ** (10 + (b[5]! >> 3)) * (1 + (b[5]! & 7) / 8);
    if (window > MOST_WINDOW) throw new ZstdError(`its window is of ${window} bytes, more than 128 MiB`);
    this.#frame = { window, content, checksum: (flags & 4) !== 0 ? new Xxh64() : undefined };
    this.#history.reset(window);
    this.#literals.reset();
    this.#sequences.reset();
    this.#isOver = false;
    this.#take(size);
  }

  #unpack(frame: Frame): Uint8Array | undefined {
    const b = this.#pending;
    if (b.length < 3) return undefined;
    const head = uint(b, 0, 3);
    const kind = (head >> 1) & 3;
    const size = head >> 3;
    if (kind === 3 || size > Math.min(BLOCK, Math.max(frame.window, 1024))) {
      throw new ZstdError(kind === 3 ? 'it is corrupt (a block of no kind)' : 'it is corrupt (a block too large)');
    }
    const packed = kind === 1 ? 1 : size;
    if (b.length < 3 + packed) return undefined;
    const history = this.#history;
    history.room();
    const from = history.end;
    const bytes = b.subarray(3, 3 + packed);
    if (kind === 0) history.append(bytes, 0, size);
    else if (kind === 1) history.fill(bytes[0]!, size);
    else this.#expand(bytes);
    const unpacked = history.bytes.subarray(from, history.end);
    history.total += unpacked.length;
    frame.checksum?.update(unpacked);
    this.#isOver = (head & 1) !== 0;
    if (
      history.total > (frame.content ?? Infinity) ||
      (this.#isOver && frame.content !== undefined && history.total < frame.content)
    ) {
      throw new ZstdError('it is corrupt (it has not the length that it says)');
    }
    this.#take(3 + packed);
    if (this.#isOver && frame.checksum === undefined) this.#frame = undefined;
    return unpacked;
  }

  #expand(packed: Uint8Array): void {
    const history = this.#history;
    const literals = this.#literals;
    const block = this.#block;
    block.set(packed, PAD);
    const end = PAD + packed.length;
    const from = history.end;
    let used = 0;
    try {
      const at = literals.read(block, PAD, end);
      this.#sequences.read(block, at, end, (count, length, distance) => {
        if (used + count > literals.count || history.end - from + count + length > BLOCK) {
          throw new RangeError('a block too large');
        }
        history.append(literals.bytes, used, count);
        used += count;
        history.match(distance, length);
      });
      if (history.end - from + literals.count - used > BLOCK) throw new RangeError('a block too large');
      history.append(literals.bytes, used, literals.count - used);
    } catch (error) {
      if (error instanceof RangeError) throw new ZstdError(`it is corrupt (${error.message})`);
      throw error;
    }
  }

  #end({ checksum }: Frame): void {
    const b = this.#pending;
    if (b.length < 4) return;
    if (checksum !== undefined && b.readUInt32LE(0) !== checksum.digest()) {
      throw new ZstdError('it is corrupt (a wrong checksum)');
    }
    this.#frame = undefined;
    this.#take(4);
  }
}
