import {
  type AssignedSplit,
  messageOf,
  type SourceContext,
  type SourceOutput,
  type SourceReader,
  WeirError,
} from '#stage';
import { type FileSystem, type InputFile, LOCAL_FILES } from '../file/input-files.ts';
import { ParquetFile, type ReadGroup } from './parquet-file.ts';
import { rowMaker } from './values.ts';

/** Records of a poll. */
const AT_ONCE = 1000;
/** Row groups that are read ahead. */
const AHEAD = 1;

export interface ParquetInput extends InputFile {
  /** Rows of each of its row groups. */
  readonly groups: readonly number[];
  /** Columns of its table that are the same in all its rows and stand elsewhere, in the log or the path. */
  readonly fixed?: Readonly<Record<string, unknown>>;
}

/** What a lane's split holds: row group `k` of all files together belongs to lane `k mod lanes`. */
export interface ParquetLane {
  readonly files: readonly ParquetInput[];
  /** Of the table that the files are of; without them each file has its own. */
  readonly columns?: readonly string[];
  readonly lane: number;
  readonly lanes: number;
}

/** A file with the rows of each of its row groups, as its footer says. Throws `WEIR_NOT_PARQUET`. */
export async function parquetInput(file: InputFile, filesystem: FileSystem): Promise<ParquetInput> {
  const opened = await ParquetFile.open(file, filesystem);
  await opened.close();
  return { ...file, groups: opened.rows };
}

/** Deals the row groups of files out to the subtasks in turns. */
export function lanesOf(
  files: readonly ParquetInput[],
  parallelism: number,
  columns?: readonly string[],
): { id: string; data: ParquetLane }[] {
  const groups = files.reduce((sum, file) => sum + file.groups.length, 0);
  const lanes = Math.max(1, Math.min(parallelism, groups));
  return Array.from({ length: lanes }, (_, lane) => ({
    id: String(lane),
    data: { files, lane, lanes, ...(columns && { columns }) },
  }));
}

interface Position {
  group: number;
  row: number;
}

interface Place {
  readonly file: ParquetInput;
  readonly index: number;
  /** Order of its first row. */
  readonly order: number;
}

interface Lane extends Position {
  readonly id: string;
  readonly lanes: number;
  readonly columns: readonly string[] | undefined;
  readonly places: readonly Place[];
  planned: number;
  ended: boolean;
}

interface Unit {
  readonly lane: Lane;
  readonly place: Place;
  group: ReadGroup | undefined;
  make: ReturnType<typeof rowMaker> | undefined;
  error: unknown;
}

/** Reads the row groups of its lanes in their order, one while the one before goes on its way. */
export class ParquetReader implements SourceReader {
  readonly #context: SourceContext;
  readonly #filesystem: FileSystem;
  readonly #wanted: ReadonlySet<string> | undefined;
  readonly #files = new Map<string, Promise<ParquetFile>>();
  readonly #units: Unit[] = [];
  #lanes: Lane[] = [];
  readonly #closed: () => void;
  #failed = false;

  /** `closed` is called when it is. */
  constructor(context: SourceContext, filesystem: FileSystem = LOCAL_FILES, closed: () => void = () => {}) {
    this.#closed = closed;
    this.#context = context;
    this.#filesystem = filesystem;
    this.#wanted = context.fields && new Set(context.fields.map(([name]) => name ?? ''));
  }

  open(splits: readonly AssignedSplit[]): void {
    this.#lanes = splits.map(({ id, data, position }) => {
      const { files, lane, lanes, columns } = data as ParquetLane;
      const { group, row } = (position as Position | undefined) ?? { group: lane, row: 0 };
      return { id, lanes, columns, places: placesOf(files), group, row, planned: group, ended: false };
    });
  }

  positions(): Record<string, Position> {
    return Object.fromEntries(this.#lanes.map(({ id, group, row }) => [id, { group, row }]));
  }

  poll(out: SourceOutput): 'more' | 'wait' | 'end' {
    if (this.#failed) return 'wait';
    for (const lane of this.#lanes) {
      if (lane.ended || lane.group < lane.places.length) continue;
      lane.ended = true;
      out.endSplit(lane.id);
    }
    this.#plan();
    const [unit] = this.#units;
    if (unit === undefined) return 'end';
    if (unit.error !== undefined) return this.#refuse(unit, out);
    if (unit.group === undefined) return 'wait';
    this.#emit(unit, unit.group, out);
    return 'more';
  }

  #plan(): void {
    while (this.#units.length <= AHEAD) {
      let lane: Lane | undefined;
      for (const each of this.#lanes) {
        if (each.planned < each.places.length && (lane === undefined || each.planned < lane.planned)) lane = each;
      }
      if (lane === undefined) return;
      const place = lane.places[lane.planned]!;
      lane.planned += lane.lanes;
      const unit: Unit = { lane, place, group: undefined, make: undefined, error: undefined };
      this.#units.push(unit);
      this.#load(unit)
        .catch((error) => {
          unit.error = error;
        })
        .finally(this.#context.wake);
    }
  }

  async #load(unit: Unit): Promise<void> {
    const { file, index } = unit.place;
    let opened = this.#files.get(file.path);
    if (opened === undefined) {
      opened = this.#filesystem.checkUnchanged(file).then(() => ParquetFile.open(file, this.#filesystem));
      this.#files.set(file.path, opened);
    }
    const group = await (await opened).group(index, this.#wanted);
    const { columns } = unit.lane;
    unit.group = this.#ofTable(group, columns, file.fixed);
    unit.make = rowMaker(unit.group.names);
  }

  /** A row group as its table has it: columns that came to the table later are null, those that left it are not there. */
  #ofTable(
    { names, columns, rows }: ReadGroup,
    table: readonly string[] | undefined,
    fixed: ParquetInput['fixed'] = {},
  ): ReadGroup {
    if (table === undefined && Object.keys(fixed).length === 0) return { names, columns, rows };
    const all = table ?? [...new Set([...names, ...Object.keys(fixed)])];
    const shown = all.filter((name) => this.#wanted?.has(name) ?? true);
    const same = (name: string) => new Array<unknown>(rows).fill(fixed[name] ?? null);
    const columnOf = (name: string) =>
      Object.hasOwn(fixed, name) ? same(name) : (columns[names.indexOf(name)] ?? same(name));
    return { names: shown, columns: shown.map(columnOf), rows };
  }

  #emit({ lane, place, make }: Unit, { columns, rows }: ReadGroup, out: SourceOutput): void {
    const to = Math.min(rows, lane.row + AT_ONCE);
    const now = this.#context.now();
    while (lane.row < to) {
      const at = lane.row++;
      out.emit(lane.id, make!(columns, at), place.order + at, now);
    }
    if (lane.row >= rows) this.#next(lane);
  }

  #next(lane: Lane): void {
    this.#units.shift();
    lane.group += lane.lanes;
    lane.row = 0;
    const open = new Set(this.#units.map(({ place }) => place.file.path));
    for (const [path, file] of this.#files) {
      if (open.has(path)) continue;
      this.#files.delete(path);
      file.then((one) => one.close()).catch(() => {});
    }
  }

  /** A row group that cannot be read is one dead letter; that the file is another one ends the source. */
  #refuse({ lane, place, error }: Unit, out: SourceOutput): 'more' | 'wait' {
    if (error instanceof WeirError) {
      this.#failed = true;
      this.#context.fail(error);
      return 'wait';
    }
    const where = `${place.file.path}, row group ${place.index}`;
    out.malformed(lane.id, where, `the row group cannot be read: ${messageOf(error)}`, place.order);
    this.#next(lane);
    return 'more';
  }

  async close(): Promise<void> {
    this.#closed();
    const files = [...this.#files.values()];
    this.#files.clear();
    for (const file of files) await (await file.catch(() => undefined))?.close();
  }
}

function placesOf(files: readonly ParquetInput[]): Place[] {
  let order = 0;
  return files.flatMap((file) =>
    file.groups.map((rows, index) => {
      const place = { file, index, order };
      order += rows;
      return place;
    }),
  );
}
