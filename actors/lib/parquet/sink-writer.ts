import type { At, Row, SinkContext, SinkWriter } from '#stage';
import { PartWriter } from '../files/part-writer.ts';
import type { PartitionPath } from '../files/partition-path.ts';
import type { Compression, Library } from './library.ts';
import { ParquetPart, type PartOptions } from './part-encoder.ts';

export interface ParquetWriterOptions extends Omit<PartOptions, 'library'> {
  readonly compression: Compression;
  readonly maxOpen: number;
  readonly maxPending?: number | undefined;
}

/** Writes records to pending parts in Parquet's form, one per partition and checkpoint. */
export class ParquetSinkWriter implements SinkWriter {
  readonly #options: ParquetWriterOptions;
  readonly #parts: PartWriter;
  #library: Library | undefined;

  constructor(context: SinkContext, paths: PartitionPath, options: ParquetWriterOptions) {
    this.#options = options;
    this.#parts = new PartWriter(context, paths, {
      headers: false,
      maxOpen: options.maxOpen,
      maxPending: options.maxPending,
      encoder: () => new ParquetPart({ ...this.#options, library: this.#library as Library }),
    });
  }

  async open(): Promise<void> {
    // Loaded when it is needed: a topology that writes no Parquet goes without.
    const { loadLibrary } = await import('./library.ts');
    this.#library = await loadLibrary(this.#options.compression);
  }

  write(row: Row, at: At): void {
    this.#parts.write(row, at);
  }

  busy(): Promise<void> | undefined {
    return this.#parts.busy();
  }

  barrierAhead(): void {
    this.#parts.barrierAhead();
  }

  prepare(): Promise<unknown> {
    return this.#parts.prepare();
  }
}
