import { assert, type Bytes, type Row } from '#stage';
import type { PartEncoder } from '../files/part-writer.ts';
import { footerOf, MAGIC } from './footer.ts';
import { Group, type GroupPlace, refuseNewFields } from './group.ts';
import type { Library } from './library.ts';
import type { ColumnSpec } from './schema.ts';

/** Bytes of texts and numbers that a group gathers at most. */
const GROUP_BYTES = 32 * 2 ** 20;

export interface PartOptions {
  readonly library: Library;
  /** Undefined: found in the first rows of each part. */
  readonly columns: readonly ColumnSpec[] | undefined;
  /** Rows of a group at most. */
  readonly groupRows: number;
  /** A part is a file of its own: it begins and ends as one. Else its row groups alone. */
  readonly whole: boolean;
}

/** What a committer needs to know of a part. */
export interface PartNote {
  readonly columns: readonly ColumnSpec[];
  readonly groups: readonly GroupPlace[];
}

/** Writes records as the row groups of one part. */
export class ParquetPart implements PartEncoder {
  readonly #options: PartOptions;
  readonly #group: Group;
  #columns: readonly ColumnSpec[] | undefined;
  #names: ReadonlySet<string> | undefined;
  readonly #groups: GroupPlace[] = [];

  constructor(options: PartOptions) {
    this.#options = options;
    this.#columns = options.columns;
    this.#group = new Group(options.library, options.columns);
  }

  encode(row: Row, into: Bytes): void {
    if (this.#names !== undefined) refuseNewFields(row, this.#names);
    const group = this.#group;
    group.add(row);
    if (group.rows < this.#options.groupRows && (group.rows % 64 > 0 || group.size < GROUP_BYTES)) return;
    this.#flush(into);
  }

  #flush(into: Bytes): void {
    if (this.#columns === undefined) {
      this.#columns = this.#group.specs;
      this.#names = new Set(this.#columns.map(({ name }) => name));
    }
    if (this.#groups.length === 0 && this.#options.whole) into.append(MAGIC);
    this.#groups.push(this.#group.write(into));
  }

  end(into: Bytes): PartNote | undefined {
    if (this.#group.rows > 0) this.#flush(into);
    if (this.#groups.length === 0) return undefined;
    const columns = this.#columns;
    assert(columns, 'a part with rows has columns');
    if (this.#options.whole) into.append(footerOf(this.#options.library, columns, this.#groups));
    return { columns, groups: this.#groups };
  }
}
