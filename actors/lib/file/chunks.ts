import type { InputFile } from './input-files.ts';

/** They shrink no more than this, so that orders of the files behind a compressed one stay above its own: zstd a block to 4 bytes. */
const MAX_RATIO = { gzip: 1032, zstd: 32_768 };

/** Part of a file that is read in one go: the records that begin in [start, end). */
export interface Chunk {
  readonly file: InputFile;
  readonly start: number;
  readonly end: number;
  /** Order of the file's first byte. */
  readonly order: number;
  /** All of a file whose records cannot be found from the middle of it. */
  readonly whole: boolean;
}

/** How a file is compressed, by its name. */
export function packingOf(path: string): 'gzip' | 'zstd' | undefined {
  if (path.endsWith('.gz')) return 'gzip';
  return path.endsWith('.zst') ? 'zstd' : undefined;
}

/**
 * Numbers the chunks of all files, one file after the other. Chunk `k` belongs to lane `k mod lanes`: all lanes move through
 * the files side by side, so that event time stays nearly ordered.
 */
export class Chunks {
  readonly #files: readonly InputFile[];
  readonly #size: number;
  readonly #splittable: boolean;
  /** First chunk and first order of each file. */
  readonly #firsts: number[] = [];
  readonly #orders: number[] = [];
  readonly count: number;

  constructor(files: readonly InputFile[], size: number, splittable: boolean) {
    this.#files = files;
    this.#size = size;
    this.#splittable = splittable;
    let chunk = 0;
    let order = 0;
    for (const file of files) {
      this.#firsts.push(chunk);
      this.#orders.push(order);
      chunk += this.#isWhole(file) ? Math.min(1, file.size) : Math.ceil(file.size / size);
      const packing = packingOf(file.path);
      order += packing === undefined ? file.size : file.size * MAX_RATIO[packing];
    }
    this.count = chunk;
  }

  #isWhole(file: InputFile): boolean {
    return !this.#splittable || packingOf(file.path) !== undefined;
  }

  at(k: number): Chunk {
    // The last file that begins at or before k; empty ones begin where the next one does.
    let low = 0;
    let high = this.#firsts.length;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (this.#firsts[middle]! <= k) low = middle;
      else high = middle;
    }
    const file = this.#files[low]!;
    const order = this.#orders[low]!;
    if (this.#isWhole(file)) return { file, start: 0, end: file.size, order, whole: true };
    const start = (k - this.#firsts[low]!) * this.#size;
    return { file, start, end: Math.min(file.size, start + this.#size), order, whole: false };
  }
}
