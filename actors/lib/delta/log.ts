import { type Disk, messageOf, parseJson } from '#stage';
import { deltaFault } from './faults.ts';

/** A file of a table. */
export interface DeltaFile {
  readonly path: string;
  readonly size: number;
  readonly partitionValues: Readonly<Record<string, string | null>>;
  /** Not all of its rows are there: a deletion vector says which are. */
  readonly hasVector?: boolean;
}

/** A table as its log says it is at a version. */
export interface DeltaTable {
  /** −1 of a table that there is not yet. */
  readonly version: number;
  readonly schema: string | undefined;
  readonly partitionColumns: readonly string[];
  readonly minReader: number;
  readonly minWriter: number;
  /** What more a writer must know. */
  readonly writerFeatures: readonly string[];
  readonly readerFeatures: readonly string[];
  readonly files: ReadonlyMap<string, DeltaFile>;
  /** The last transaction of each application. */
  readonly transactions: ReadonlyMap<string, number>;
  readonly state: DeltaState;
}

/** The actions that make a table what it is, as they stand in its log. */
export interface DeltaState {
  protocol: Action | undefined;
  metaData: Action | undefined;
  readonly txns: Map<string, Action>;
  readonly adds: Map<string, Action>;
  /** Files that are gone, for those who read an older version. */
  readonly removes: Map<string, Action>;
}

/** What a table is kept on: a disk, or another store of files that puts one where there is none. */
export type DeltaStore = Pick<Disk, 'list' | 'read' | 'create'>;
/** What it is read from. */
export type DeltaLog = Pick<DeltaStore, 'list' | 'read'>;

const VERSION = /^(\d{20})\.json$/;
/** One file, or one of several that each hold a part of the actions. */
const CHECKPOINT = /^(\d{20})\.checkpoint(?:\.(\d{10})\.(\d{10}))?\.parquet$/;

/** The path of a version's commit, within the table's folder. */
export function commitPath(version: number): string {
  return `_delta_log/${String(version).padStart(20, '0')}.json`;
}

type Action = Record<string, any>;

/** Reads the log of a table from its last checkpoint on, up to version `at` where that is given. `root` ends in a slash. Throws `WEIR_DELTA_LOG` for one that cannot be read. */
export async function readDeltaTable(store: DeltaLog, root: string, at?: number): Promise<DeltaTable> {
  const names = await store.list(`${root}_delta_log/`);
  const wanted = (version: number) => at === undefined || version <= at;
  const [checkpoint, parts] = lastCheckpoint(names, wanted);
  const commits = names
    .flatMap((name) => VERSION.exec(name)?.[1] ?? [])
    .map(Number)
    .filter((version) => wanted(version) && version > checkpoint)
    .sort((a, b) => a - b);
  const state = { protocol: undefined, metaData: undefined, txns: new Map(), adds: new Map(), removes: new Map() };
  const table = { ...EMPTY, files: new Map<string, DeltaFile>(), transactions: new Map<string, number>(), state };
  table.version = Math.max(checkpoint, ...commits);
  if (at !== undefined && table.version !== at && names.some((name) => VERSION.test(name)))
    throw deltaFault('WEIR_DELTA_LOG', `${root}: the Delta log has no version ${at}`);
  for (const name of parts) {
    const path = `${root}_delta_log/${name}`;
    for (const action of await checkpointActions(store, path)) apply(table, sound(action, path));
  }
  let next = checkpoint + 1;
  for (const version of commits) {
    if (version !== next++)
      throw deltaFault('WEIR_DELTA_LOG', `${root}: version ${next - 1} of the Delta log is missing`);
    const path = `${root}${commitPath(version)}`;
    const text = Buffer.from((await store.read(path)) ?? []).toString();
    for (const line of text.split('\n')) {
      if (line.trim() === '') continue;
      apply(table, sound(actionOf(line, path), path));
    }
  }
  return table;
}

const EMPTY = {
  version: -1,
  schema: undefined as string | undefined,
  partitionColumns: [] as readonly string[],
  minReader: 1,
  minWriter: 2,
  writerFeatures: [] as readonly string[],
  readerFeatures: [] as readonly string[],
};

/** Throws `WEIR_DELTA_LOG` for an action of which something is missing or of another type than the protocol says. */
function sound(action: Action, path: string): Action {
  const fault = faultIn(action);
  if (fault === undefined) return action;
  throw deltaFault('WEIR_DELTA_LOG', `${path} cannot be read: ${fault}`, { path });
}

const isText = (value: unknown): value is string => typeof value === 'string';
const isGiven = (value: unknown) => value !== undefined && value !== null;
const isMap = (value: unknown): value is Action => typeof value === 'object' && value !== null && !Array.isArray(value);
const areTexts = (value: unknown) => !isGiven(value) || (Array.isArray(value) && value.every(isText));

function faultIn(action: Action): string | undefined {
  if (!isMap(action)) return 'an action is no object';
  const { add, remove, metaData, protocol, txn } = action;
  const odd = Object.entries({ add, remove, metaData, protocol, txn }).find(([, it]) => isGiven(it) && !isMap(it));
  if (odd !== undefined) return `${odd[0]} is no object`;
  if ((add && !isText(add.path)) || (remove && !isText(remove.path))) return 'a file has no path';
  if (txn && !isText(txn.appId)) return 'a transaction has no appId';
  const values = add?.partitionValues;
  if (isGiven(values) && !isMap(values)) return 'partitionValues is no object';
  const each = values instanceof Map ? [...values.values()] : Object.values(values ?? {});
  if (each.some((value) => isGiven(value) && !isText(value))) return 'a value of partitionValues is no text';
  if (!areTexts(protocol?.readerFeatures) || !areTexts(protocol?.writerFeatures)) return 'features are no texts';
  if (metaData && !areTexts(metaData.partitionColumns)) return 'partitionColumns are no texts';
  return metaData && !isSchema(metaData.schemaString) ? 'schemaString is no schema' : undefined;
}

function isSchema(text: unknown): boolean {
  if (!isGiven(text)) return true;
  try {
    const { fields } = parseJson(text as string) as Action;
    return Array.isArray(fields) && fields.every((column) => isMap(column) && isText(column.name));
  } catch {
    return false;
  }
}

function actionOf(line: string, path: string): Action {
  try {
    return parseJson(line) as Action;
  } catch (cause) {
    throw deltaFault('WEIR_DELTA_LOG', `${path} cannot be read: ${messageOf(cause)}`, { cause, path });
  }
}

function apply(
  table: typeof EMPTY & { files: Map<string, DeltaFile>; transactions: Map<string, number>; state: DeltaState },
  { add, remove, metaData, protocol, txn }: Action,
): void {
  const { state } = table;
  if (metaData) {
    state.metaData = metaData;
    table.schema = metaData.schemaString ?? undefined;
    table.partitionColumns = metaData.partitionColumns ?? [];
  }
  if (protocol) {
    state.protocol = protocol;
    table.minReader = Number(protocol.minReaderVersion);
    table.minWriter = Number(protocol.minWriterVersion);
    table.readerFeatures = protocol.readerFeatures ?? [];
    table.writerFeatures = protocol.writerFeatures ?? [];
  }
  if (txn) {
    table.transactions.set(txn.appId, Number(txn.version));
    state.txns.set(txn.appId, txn);
  }
  if (remove) {
    table.files.delete(remove.path);
    state.adds.delete(remove.path);
    state.removes.set(remove.path, remove);
  }
  if (add) {
    state.adds.set(add.path, add);
    state.removes.delete(add.path);
    const values = add.partitionValues ?? {};
    const partitionValues = values instanceof Map ? Object.fromEntries(values) : values;
    const file = { path: add.path, size: Number(add.size), partitionValues };
    table.files.set(add.path, add.deletionVector ? { ...file, hasVector: true } : file);
  }
}

/** The version of the last checkpoint that is there as a whole, and its files; −1 without one. */
function lastCheckpoint(names: readonly string[], wanted: (version: number) => boolean): [number, string[]] {
  const byForm = new Map<string, string[]>();
  for (const name of names) {
    const [, version, , of = '1'] = CHECKPOINT.exec(name) ?? [];
    if (version === undefined || !wanted(Number(version))) continue;
    const form = `${version} ${of}`;
    byForm.set(form, [...(byForm.get(form) ?? []), name]);
  }
  let last: [number, string[]] = [-1, []];
  for (const [form, files] of byForm) {
    const [version, of] = form.split(' ').map(Number) as [number, number];
    if (files.length === of && version > last[0]) last = [version, files.sort()];
  }
  return last;
}

/** Kinds of actions that are read: each is a column of a checkpoint. */
const KINDS = ['add', 'remove', 'metaData', 'protocol', 'txn'] as const;

/** Actions of a checkpoint for each of its bytes, at most. */
const MOST_PER_BYTE = 8;

async function checkpointActions(store: DeltaLog, path: string): Promise<Action[]> {
  const bytes = await store.read(path);
  if (bytes === undefined) throw deltaFault('WEIR_DELTA_LOG', `${path} is gone`);
  // Where no log has been summed up the library stays on the disk.
  const [{ readFooter }, { RowGroups }] = await Promise.all([
    import('../parquet/footer-guard.ts'),
    import('../parquet/row-group.ts'),
  ]);
  const { buffer } = new Uint8Array(bytes);
  const file = { byteLength: buffer.byteLength, slice: async (from: number, to?: number) => buffer.slice(from, to) };
  try {
    const metadata = await readFooter(file);
    const groups = new RowGroups(file, metadata, { utf8: true });
    const actions: Action[] = [];
    for (const [index, { columns }] of metadata.row_groups.entries()) {
      const there = new Set(columns.map(({ meta_data }) => meta_data?.path_in_schema[0]));
      const from = actions.length;
      const rows = groups.rows(index);
      // Each names a file, an application or the like: of nothing but nulls a few bytes would stand for millions.
      if (from + rows > MOST_PER_BYTE * bytes.length)
        throw new Error(`it has more actions than ${bytes.length} bytes hold`);
      for (let row = 0; row < rows; row++) actions.push({});
      for (const [kind, pieces] of await groups.read(
        index,
        KINDS.filter((each) => there.has(each)),
      )) {
        let at = from;
        for (const piece of pieces) for (const value of piece) actions[at++]![kind] = value;
      }
    }
    return actions;
  } catch (cause) {
    throw deltaFault('WEIR_DELTA_LOG', `${path} cannot be read: ${messageOf(cause)}`, { cause, path });
  }
}
