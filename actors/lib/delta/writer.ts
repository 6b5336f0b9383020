import { randomUUID } from 'node:crypto';
import type { At, Row, SinkContext, SinkWriter } from '#stage';
import { PartWriter } from '../files/part-writer.ts';
import type { Prepared } from '../files/prepared.ts';
import type { Compression, Library } from '../parquet/library.ts';
import { ParquetPart, type PartNote } from '../parquet/part-encoder.ts';
import type { ColumnSpec } from '../parquet/schema.ts';
import type { DeltaPartitions, PartitionValues } from './schema.ts';

export interface DeltaWriterOptions {
  readonly columns: readonly ColumnSpec[];
  readonly compression: Compression;
  readonly groupRows: number;
  readonly maxOpen: number;
  readonly maxPending?: number | undefined;
}

/** What a subtask of a Delta sink hands over at a checkpoint. */
export interface DeltaPrepared extends Prepared {
  /** Names this run in the table's log, if it is the first to say so. */
  readonly app: string;
}

/** What the log is to say of a file. */
export interface DeltaNote extends PartNote {
  readonly values: PartitionValues;
}

/** Writes records to pending parts, each of which becomes a file of a Delta table. */
export class DeltaWriter implements SinkWriter {
  readonly #app = `weir-${randomUUID()}`;
  readonly #parts: PartWriter;
  readonly #compression: Compression;
  #library: Library | undefined;

  constructor(context: SinkContext, partitions: DeltaPartitions, options: DeltaWriterOptions) {
    const { columns, compression, groupRows, maxOpen, maxPending } = options;
    this.#compression = compression;
    this.#parts = new PartWriter(context, partitions, {
      headers: false,
      maxOpen,
      maxPending,
      encoder: () => {
        const { values } = partitions;
        const kept = columns.filter(({ name }) => !(name in values));
        const part = new ParquetPart({ library: this.#library as Library, columns: kept, groupRows, whole: true });
        return {
          encode: (row, into) => part.encode(row, into),
          end: (into) => {
            const note = part.end(into);
            return note && { ...note, values };
          },
        };
      },
    });
  }

  async open(): Promise<void> {
    const { loadLibrary } = await import('../parquet/library.ts');
    this.#library = await loadLibrary(this.#compression);
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

  async prepare(): Promise<DeltaPrepared> {
    return { ...(await this.#parts.prepare()), app: this.#app };
  }
}
